"""A credential is written in the repository.

What it finds
-------------
- Credentials with a form of their own: tokens of more than a hundred vendors, private keys in every form (PEM, on one
  line or in base64 too, PuTTY, JSON web keys, age), signed JSON web tokens; in every kind of file that is read.
- Literals under a name that promises a secret, in every spelling (`DEPLOY_TOKEN`, `clientSecret`, `db-pass`), in
  pipelines with all places where variables are set, Terraform, HCL, JSON and YAML (Ansible, Helm, Kubernetes, compose),
  shell and PowerShell scripts, Dockerfiles, and the settings that jobs read (`.env`, `.npmrc`, `.netrc`, properties).
- Literals in quotes under a clear name in programs of other languages (Python, JavaScript, Ruby, PHP, Go, Java, Groovy,
  Perl), where a script names them, and in a `Jenkinsfile` or `Vagrantfile`.
- Passwords on command lines (`mysql -pX`, `curl -u user:X`, `docker login -p X`, `echo X | docker login
  --password-stdin`), in headers, addresses, here-documents and comments, also as `user:password` in base64.

Why it matters
--------------
Anyone who can read the repository, a fork of it or an old clone has the credential, and nothing in the log
of the service distinguishes them from the pipeline. Deleting the line does not take it back: it stays in the history.

Fix
---
Revoke the credential first and make a new one. Keep the new one in Vault and let the job fetch it with `secrets:`.

Bad:

```yaml
variables:
  DEPLOY_TOKEN: the token itself
```

Good:

```yaml
deploy:
  secrets:
    DEPLOY_TOKEN:
      vault: shop/deploy/token@secret
      file: false
```

Limits
------
References (`$VAR`, `{{ }}`, `vault:...`), paths, placeholders, words without a digit or a sign, encrypted values and
words of tests are no credentials. A typed password is accepted where a service of the job, a `docker run` or the same
compose file starts the database that it is for; one that a machine made is reported everywhere. The same credential in
several places is one finding. A typed password has medium confidence. Whether a credential still works is not
tried, nor its check digits: a token with a wrong one is a token that somebody changed by hand.

There is no suggestion: a line that takes the value away would break the job until the secret exists somewhere else, and
would look like a repair although the credential is still in the history.

Programs in other languages are read at the top of the repository and in folders such as `scripts/`, `ci/`, `tools/` or
`deploy/`; what is under `tests/` is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.credentials.model import BY_FORM
from bot.credentials.read import credentials_in
from bot.credentials.run_by_jobs import is_run, programs_named
from bot.credentials.throwaway import is_thrown_away, started_at, started_by_file
from bot.documents.documents import Documents
from bot.documents.kinds import FileKind
from bot.findings import Confidence, Hit, Related, Severity
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from bot.credentials.model import PlainCredential
    from bot.repository import Repository

    Place: TypeAlias = tuple[str, int]
    """the path of a file, and which of its credentials (from 0)"""

_ATTACK: Final = "Anyone who can read the repository, a fork or an old clone of it can use the credential."


def check(documents: Documents, repository: Repository) -> Iterator[Hit]:
    """A hit for each credential, on its own characters; one of several places speaks for all of them."""
    for path in documents.paths(*FileKind):
        own = repository.ask(reported_in, path)
        if own:
            places = repository.ask(places_of_values)
            then = repository.base.ask(places_of_values) if repository.base is not None else None
            for number, credential in enumerate(own):
                here = places[credential.value]
                before = None if then is None else then.get(credential.value, ())
                if _speaker(here, before, (path, number)) == (path, number):
                    yield _hit(credential, _others(repository, here, (path, number)))


def reported_in(repository: Repository, path: str) -> tuple[PlainCredential, ...]:
    """The credentials of one file, without the passwords that die with their job."""
    documents = repository.documents
    if documents.kind(path) is FileKind.SOURCE and not is_run(path, repository.ask(_named)):
        return ()
    found = repository.ask(_written_in, path)
    if all(each.made for each in found):
        return found
    of_file = started_by_file(documents, path)
    is_ci = documents.kind(path) is FileKind.GITLAB_CI
    return tuple(
        each
        for each in found
        if not is_thrown_away(
            each,
            started_at(repository.pipelines_with(path), path, each.span.start_line) if is_ci else of_file,
        )
    )


def _named(repository: Repository) -> frozenset[str]:
    """The programs that scripts of the repository name."""
    return programs_named(repository.pipelines, repository.documents)


def _written_in(repository: Repository, path: str) -> tuple[PlainCredential, ...]:
    """All of them: a question of its own, for it rests on the file's text alone."""
    return credentials_in(repository.documents, path)


def places_of_values(repository: Repository) -> dict[str, tuple[Place, ...]]:
    """Every place of each credential's value, in the order of the files."""
    places: dict[str, tuple[Place, ...]] = {}
    for path in repository.documents.paths(*FileKind):
        for number, each in enumerate(repository.ask(reported_in, path)):
            places[each.value] = (*places.get(each.value, ()), (path, number))
    return places


def _speaker(places: tuple[Place, ...], before: tuple[Place, ...] | None, place: Place) -> Place | None:
    """The place that speaks for `place`: what stood there before the change speaks for itself, as it did then."""
    if before is None:
        return places[0]
    old = {path for path, _ in before}
    if place[0] not in old:
        return next(each for each in places if each[0] not in old)
    return next((each for each in places if each[0] == before[0][0]), None)


def _others(repository: Repository, places: tuple[Place, ...], place: Place) -> tuple[Related, ...]:
    others = (repository.ask(reported_in, path)[number] for path, number in places if (path, number) != place)
    return tuple(Related(each.span, f"the same credential: {each.what}") for each in others)


def _hit(credential: PlainCredential, others: tuple[Related, ...]) -> Hit:
    what = credential.what
    is_named = credential.what.startswith("the value of `")
    also = f" The same one is written in {_count(len(others))} more." if others else ""
    return Hit(
        span=credential.span,
        subject=f"variable:{credential.name}" if is_named else "credential",
        construct=credential.route,
        message=f"{what[0].upper()}{what[1:]} is written here in plain text (not shown).{also}",
        attack=_ATTACK,
        text=credential.name,
        related=others,
        severity=_severity(credential, is_named=is_named),
        confidence=Confidence.HIGH if credential.made else Confidence.MEDIUM,
    )


def _severity(credential: PlainCredential, *, is_named: bool) -> Severity:
    """A name may promise too much of what a person typed; a login on a command line or in an address is one."""
    if credential.known == BY_FORM:
        return Severity.CRITICAL
    return Severity.HIGH if credential.made or not is_named else Severity.MEDIUM


def _count(places: int) -> str:
    return "one place" if places == 1 else f"{places} places"


RULE = Rule(
    "hardcoded-credential", Documents, check, Severity.CRITICAL, others=(Severity.HIGH, Severity.MEDIUM)
)
