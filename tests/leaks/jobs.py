"""Jobs built by hand, for tests of the analysis of scripts."""

from __future__ import annotations

from bot.documents.location import Place, Span
from bot.documents.nodes import Entry, Mapping, Scalar, Sequence
from bot.pipeline.model import IdToken, Job, ScriptLine, Secret, SecretProvider, Section, Variable

PATH = ".gitlab-ci.yml"


def scalar(text: str, line: int = 1, column: int = 5) -> Scalar:
    """A scalar whose first character is at `line` and `column`, each further line at column 5."""

    def locate(offset: int) -> Place:
        before = text[:offset]
        breaks = before.count("\n")
        return Place(line + breaks, offset - (before.rfind("\n") + 1) + (5 if breaks else column))

    end = line + text.count("\n")
    return Scalar(text, text, Span(PATH, line, column, end, column + len(text)), locate=locate)


def entry(name: str, value: object | None = None) -> Entry:
    """An entry whose place does not matter."""
    return Entry(scalar(name), value if value is not None else Mapping({}, scalar("").span))


def job(
    *script: str,
    files: tuple[str, ...] = ("F",),
    values: tuple[str, ...] = ("K",),
    id_tokens: tuple[str, ...] = (),
    variables: dict[str, str] | None = None,
    artifacts: str = "",
    after: tuple[str, ...] = (),
    name: str = "deploy",
) -> Job:
    """A job with one script entry for each text, the first at line 10."""
    lines = []
    line = 10
    for section, texts in ((Section.SCRIPT, script), (Section.AFTER, after)):
        for text in texts:
            lines.append(ScriptLine(section, scalar(text, line)))
            line += text.count("\n") + 1
    node = Mapping({}, scalar("").span)
    if artifacts:
        paths = Sequence((scalar(artifacts),), scalar("").span)
        inner = Mapping({"paths": entry("paths", paths)}, scalar("").span)
        node.entries["artifacts"] = entry("artifacts", inner)
    made = Job(name, entry(name, node), node, tuple(lines))
    made.secrets = {n: Secret(n, SecretProvider.VAULT, True, None, entry(n)) for n in files}
    made.secrets |= {n: Secret(n, SecretProvider.VAULT, False, None, entry(n)) for n in values}
    made.id_tokens = {n: IdToken(n, ("https://vault.example.com",), entry(n)) for n in id_tokens}
    made.variables = {n: Variable(n, v, entry(n)) for n, v in (variables or {}).items()}
    return made
