"""Jobs out of the merged configuration: `default:`, `inherit:`, variables, scripts, secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence, is_null, text_of
from bot.pipeline.job_inputs import with_inputs
from bot.pipeline.matrix import cells_of
from bot.pipeline.merging import came
from bot.pipeline.model import Job, ScriptLine, Section, Variable
from bot.pipeline.secrets import id_tokens_of, secrets_of
from bot.pipeline.specs import written

if TYPE_CHECKING:
    from collections.abc import Iterator

GLOBAL_KEYS: Final = frozenset(
    "default include before_script image services after_script variables stages types cache workflow spec".split()  # noqa: SIM905 - reads as a list
)
"""Top-level keywords that are no jobs (gitlabhq `lib/gitlab/ci/config/entry/root.rb`, 2026-11)."""
_ALSO_JOBS: Final = frozenset({"default", "workflow", "spec", "types"})
"""Keywords that are jobs all the same where they have a script (GitLab 18.3's own code, asked in 2026-11)."""
_JOB_MARKS: Final = ("script", "run", "trigger")
_TOP_DEFAULTS: Final = ("image", "services", "before_script", "after_script", "cache")
_DEFAULTS: Final = (
    *_TOP_DEFAULTS,
    "tags",
    "timeout",
    "interruptible",
    "retry",
    "artifacts",
    "hooks",
    "id_tokens",
    "identity",
)
"""What `default:` may hold (docs.gitlab.com/ci/yaml/#default, 2026-11)."""
_TRIGGER_DEFAULTS: Final = ("interruptible",)
_SCRIPTS: Final[tuple[tuple[Section, list[str]], ...]] = tuple(
    (section, section.value.split(":")) for section in Section
)
MAX_SCRIPT_DEPTH: Final = 10
"""Nested script arrays go up to 10 levels (docs.gitlab.com/ci/yaml/script, 2026-11)."""


def is_job(name: str, node: Node) -> bool:
    """Return whether a top-level entry is a job, hidden ones among them."""
    if not isinstance(node, Mapping):
        return False
    return name not in GLOBAL_KEYS or (name in _ALSO_JOBS and any(mark in node for mark in _JOB_MARKS))


def workflow_rules_of(root: Mapping) -> Node | None:
    """The rules of the pipeline as a whole, where there are any; a job called `workflow` has rules of its own."""
    workflow = root.get("workflow")
    return (
        workflow.get("rules") if isinstance(workflow, Mapping) and not is_job("workflow", workflow) else None
    )


def jobs_of(root: Mapping) -> tuple[dict[str, Job], dict[str, Job]]:
    """The jobs of the merged configuration and its hidden jobs, by name, in order."""
    jobs: dict[str, Job] = {}
    hidden: dict[str, Job] = {}
    global_variables = variables_of(root.get("variables"), "global")
    defaults = _defaults_of(root)
    for name, entry in root.entries.items():
        if not isinstance(entry.value, Mapping) or not is_job(name, entry.value):
            continue
        is_hidden = name.startswith(".")
        job = _job(name, entry, entry.value, defaults, global_variables, hidden=is_hidden)
        (hidden if is_hidden else jobs)[name] = job
    return jobs, hidden


def variables_of(node: Node | None, scope: str) -> dict[str, Variable]:
    """The variables of a `variables:`; of the long form its `value`."""
    if not isinstance(node, Mapping):
        return {}
    found = {}
    for name, entry in node.entries.items():
        value = entry.value.get("value") if isinstance(entry.value, Mapping) else entry.value
        found[name] = Variable(name, _value_of(value), entry, scope)
    return found


def _value_of(node: Node | None) -> str | None:
    """The text that a job sees of a variable's value: `010` is "8", `yes` is "true"; None where there is none.

    GitLab accepts what Ruby's `to_s` makes of it (gitlabhq `lib/gitlab/ci/config/entry/variable.rb`, read 2026-11).
    """
    return written(node) if isinstance(node, Scalar) and node.value is not None else None


def _job(
    name: str,
    entry: Entry,
    own: Mapping,
    defaults: dict[str, Entry],
    global_variables: dict[str, Variable],
    *,
    hidden: bool,
) -> Job:
    node = own if hidden else _with_defaults(own, defaults)
    from_default = node.get("id_tokens") is not own.get("id_tokens")
    inherited = _inherited(own.get("inherit", "variables"), global_variables)
    environment = node.get("environment")
    if isinstance(environment, Mapping):
        environment = environment.get("name")
    rules = node.get("rules")
    rule_items = flat(rules) if isinstance(rules, Sequence) else ()
    return Job(
        name=name,
        entry=entry,
        node=node,
        scripts=tuple(_scripts(node)),
        secrets=secrets_of(node.get("secrets")),
        id_tokens=id_tokens_of(node.get("id_tokens"), from_default=from_default),
        variables=inherited | variables_of(node.get("variables"), "job"),
        rule_variables=tuple(
            variable
            for rule in rule_items
            if isinstance(rule, Mapping)
            for variable in variables_of(rule.get("variables"), "rule").values()
        ),
        cells=cells_of(node) if "parallel" in node else (),
        environment=text_of(environment),
        hidden=hidden,
    )


def flat(node: Node) -> Iterator[Node]:
    """The items of nested lists, in order."""
    if isinstance(node, Sequence):
        for item in node.items:
            yield from flat(item)
    else:
        yield node


def _inherited(choice: Node | None, variables: dict[str, Variable]) -> dict[str, Variable]:
    if isinstance(choice, Scalar) and choice.value is False:
        return {}
    if isinstance(choice, Sequence):
        names = {text_of(item) for item in choice.items}
        return {name: variable for name, variable in variables.items() if name in names}
    return dict(variables)


def _defaults_of(root: Mapping) -> dict[str, Entry]:
    """What jobs inherit, by key."""
    found = {}
    own = root.get("default")
    has_defaults = own is not None and not is_job("default", own)
    for key in _DEFAULTS:
        entry = root.entry("default", key) if has_defaults else None
        # A null in `default:` counts as not written.
        if (entry is None or is_null(entry.value)) and key in _TOP_DEFAULTS:
            entry = root.entry(key)
        if entry is not None and not is_null(entry.value):
            found[key] = came(entry, ("default",))
    return found


def _with_defaults(own: Mapping, defaults: dict[str, Entry]) -> Mapping:
    choice = own.get("inherit", "default")
    if isinstance(choice, Scalar) and choice.value is False:
        return own
    names = {text_of(item) for item in choice.items} if isinstance(choice, Sequence) else None
    inherited = {
        key: entry
        for key, entry in defaults.items()
        if (names is None or key in names)
        and is_null(own.get(key))
        and (key in _TRIGGER_DEFAULTS or "trigger" not in own)
    }
    return Mapping(own.entries | inherited, own.span, own.tag) if inherited else own


def _scripts(node: Mapping) -> Iterator[ScriptLine]:
    inputs = node.get("inputs")
    for section, route in _SCRIPTS:
        entry = node.entry(*route)
        if entry is not None:
            lines = _steps(entry) if section is Section.RUN else _lines(section, entry.value, entry.via, 0)
            yield from lines if inputs is None else _filled(lines, inputs)


def _filled(lines: Iterator[ScriptLine], inputs: Node) -> Iterator[ScriptLine]:
    for line in lines:
        line.scalar = with_inputs(line.scalar, inputs)
        yield line


def _lines(section: Section, node: Node, via: tuple[str, ...], depth: int) -> Iterator[ScriptLine]:
    if isinstance(node, Scalar):
        if node.value is not None:
            yield ScriptLine(section, node, via)
    elif isinstance(node, Sequence) and depth <= MAX_SCRIPT_DEPTH:
        for item in node.items:
            yield from _lines(section, item, (*node.via, *via), depth + 1)


def _steps(entry: Entry) -> Iterator[ScriptLine]:
    if not isinstance(entry.value, Sequence):
        return
    for step in entry.value.items:
        script = step.get("script") if isinstance(step, Mapping) else None
        if isinstance(script, Scalar) and script.value is not None:
            yield ScriptLine(Section.RUN, script, entry.via)
