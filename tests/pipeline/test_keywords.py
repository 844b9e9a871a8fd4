"""What each keyword may contain: GitLab's own answers (18.3's code, 2026-11; what is newer says so), one a row."""

from __future__ import annotations

import pytest

from tests.pipeline.gitlab_tables import loaded

OTHER = "b: {script: x, stage: build}\n"

REFUSED = """
allow_failure: {exit_codes: x} | jobs:a:allow_failure exit codes should be an array of integers or an integer
artifacts: {expire_in: $A} | jobs:a:artifacts expire in should be a duration
artifacts: {expire_in: '0'} | jobs:a:artifacts expire in should be a duration
cache: {fallback_keys: longer} | jobs:a:cache fallback keys has to many entries (maximum 5)
cache: {key: {}} | jobs:a:cache:key config must use exactly one of these keys: files, files_commits
environment: {name: 'a\\b'} | jobs:a:environment name can contain only letters
environment: {name: x, deployment_tier: qa} | jobs:a:environment deployment tier must be one of production, staging, testing, development, other
environment: {name: x, kubernetes: {}} | jobs:a:environment:kubernetes config can't be blank
environment: {name: x, kubernetes: {agents: y}} | jobs:a:environment:kubernetes config contains unknown keys: agents
environment: {name: x, kubernetes: {agent: 5}} | jobs:a:environment:kubernetes agent should be a string
environment: {name: x, kubernetes: {agent: y, flux_resource_path: z}} | jobs:a:environment:kubernetes namespace can't be blank
extends: {} | jobs:a extends should be an array of strings or a string
image: {name: x, docker: amd64} | jobs:a:image executor opts value at `/docker` is not an object
image: {name: x, docker: {arch: y}} | jobs:a:image executor opts object property at `/docker/arch` is a disallowed additional property
image: {name: x, docker: {user: 5}} | jobs:a:image executor opts value at `/docker/user` is not a string
image: {name: x, docker: {user: ''}} | jobs:a:image executor opts string length at `/docker/user` is less than: 1
image: {name: x, pull_policy: ['']} | jobs:a:image:pull_policy config contains unknown values:
inherit: {default: ['']} | jobs:a:inherit:default config contains unknown values:
needs: [{job: b, artifacts: 1}] | jobs:a:needs:need artifacts should be a boolean value
needs: [{pipeline: x}] | jobs:a:needs config uses invalid types: bridge
needs: [{pipeline: x, job: 5}] | jobs:a:needs:need job should be a string
needs: [{pipeline: '', job: y}] | jobs:a:needs:need pipeline can't be blank
needs: [{project: x, job: y}] | jobs:a:needs:need ref should be a string
needs: [{project: x, job: y, ref: z, optional: true}] | jobs:a:needs:need config contains unknown keys: optional
release: {tag_name: x, description: y, assets: z} | jobs:a:release:assets config should be a hash
release: {tag_name: x, description: y, assets: {link: []}} | jobs:a:release:assets config contains unknown keys: link
release: {tag_name: x, description: y, assets: {links: x}} | jobs:a:release:assets links should be an array of hashes
release: {tag_name: x, description: y, assets: {links: []}} | jobs:a:release:assets links can't be blank
release: {tag_name: x, description: y, released_at: soon} | jobs:a:release released at must be a valid datetime
release: {tag_name: x, description: y, ref: 'a b'} | jobs:a:release ref must be a valid ref
retry: {max: '3'} | retry max must be less than or equal to 2
retry: {max: 1.5} | retry max must be an integer
retry: {max: many} | retry max is not a number
retry: {when: failure} | retry when is not included in the list
retry: {when: [always, failure]} | retry when contains unknown values: failure
rules: [{variables: {A: }}] | jobs:a:rules:rule:variables:a config must be a string
services: [{name: x, variables: {A: }}] | jobs:a:services:service:variables:a config must be a string
services: [{name: x, kubernetes: {user: [y]}}] | jobs:a:services:service executor opts value at `/kubernetes/user` is not one of the types: string, integer
timeout: $A | jobs:a:timeout config should be a duration
timeout: a day | jobs:a:timeout config should be a duration
timeout: 31 days | jobs:a:timeout config should not exceed the limit
timeout: 5 weeks and 1:00 | jobs:a:timeout config should be a duration
""".strip().splitlines()
OF_THE_PAID_EDITIONS = """
secrets: {S: {valut: a/b}} | jobs:a:secrets:s config contains unknown keys: valut
secrets: {S: {file: true}} | jobs:a:secrets:s config must use exactly one of these keys: vault, azure_key_vault
secrets: {S: {vault: a/b, gcp_secret_manager: {name: x}}} | jobs:a:secrets:s config must use exactly one of these keys
secrets: {S: {vault: [a]}} | jobs:a:secrets:s:vault should be a hash or a string
secrets: {S: {vault: {engine: kv, path: a, field: b}}} | jobs:a:secrets:s:vault engine should be a hash
secrets: {S: {vault: {engine: {name: kv, mount: m}, path: a, field: b}}} | jobs:a:secrets:s:vault:engine config contains unknown keys: mount
secrets: {S: {vault: a/b, file: 'no'}} | jobs:a:secrets:s:file config should be a boolean value
secrets: {S: {vault: a/b, token: [x]}} | jobs:a:secrets:s token should be a string
secrets: {S: {aws_secrets_manager: a#b#c}} | jobs:a:secrets:s:aws_secrets_manager config must contain at most one '#'
secrets: {S: {azure_key_vault: {name: x, version: 5}}} | jobs:a:secrets:s:azure_key_vault version should be a string
secrets: {S: {gcp_secret_manager: x}} | jobs:a:secrets:s:gcp_secret_manager config should be a hash
secrets: {S: {gitlab_secrets_manager: {name: x, source: [y]}}} | jobs:a:secrets:s:gitlab_secrets_manager source should be a string
""".strip().splitlines()
TAKEN = """
cache: {policy: false}
cache: {policy: ''}
environment: {name: x, action: false}
environment: {name: x, kubernetes: {agent: 'g/p:a', dashboard: {namespace: n}, managed_resources: {enabled: true}}}
environment: {name: '$A/{b}', deployment_tier: staging}
image: {name: x, docker: {platform: arm64/v8, user: dave}, kubernetes: {user: 1001}}
image: {name: x, docker: }
needs: [{pipeline: $A, job: y, artifacts: false}]
needs: [{project: x, job: y, ref: z, artifacts: }]
pages: {expire_in: $A}
release: {tag_name: $A, description: y, ref: $CI_COMMIT_SHA, released_at: '2026-01-01T00:00:00Z'}
release: {tag_name: x, description: y, ref: release/1.0, assets: {links: [{name: n, url: $A}]}}
retry: {max: '1', when: [script_failure, always]}
retry: {when: runner_interrupted, exit_codes: 137}
secrets: {S: {vault: {path: a}}}
secrets: {S: {aws_secrets_manager: a#b, token: $T}, U: {akeyless: {name: x}}}
services: [{name: x, command: run it}]
timeout: '1:30:00'
timeout: 3h30m
timeout: 1 month
timeout: 2 days, 5 hrs and 1 min
timeout: day
variables: {A: }
""".strip().splitlines()


@pytest.mark.parametrize("row", REFUSED + OF_THE_PAID_EDITIONS)
def test_what_a_keyword_may_not_contain_is_refused_in_gitlabs_words(row: str) -> None:
    keyword, _, words = row.partition(" | ")
    refusal = loaded(f"a:\n  script: x\n  {keyword}\n{OTHER}").refusal
    assert refusal is not None
    assert refusal.words.startswith(words), refusal.words
    assert refusal.span.start_line == 3


@pytest.mark.parametrize("keyword", TAKEN)
def test_what_a_keyword_may_contain_is_not_refused(keyword: str) -> None:
    assert loaded(f"a:\n  script: x\n  {keyword}\n{OTHER}").refusal is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("trigger: {project: g/p, forward: {yaml: true}}", "forward config contains unknown keys: yaml"),
        (
            "trigger: {include: c.yml, forward: {yaml_variables: 1}}",
            "forward yaml variables should be a boolean",
        ),
        ("needs: [{pipeline: g/p, artifacts: true}]", "needs:need config contains unknown keys: artifacts"),
    ],
)
def test_of_a_job_that_starts_a_pipeline_the_parts_are_checked_too(text: str, words: str) -> None:
    refusal = loaded(f"a:\n  {text}\n{OTHER}").refusal
    assert refusal is not None
    assert words in refusal.words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: {run: {name: x, script: y}}", "jobs:a run value at root is not an array"),
        ("image: []\nafter_script: {}", "after_script config should be"),
        ("yes: {script: x}\n'true': {script: y}", "jobs:true name should be a symbol"),
        ("'true': {script: y}\nyes: {script: x}", "jobs:true name should be a symbol"),
        ("a: {script: x, yes: 1, 'true': 2}", "jobs:a config contains unknown keys: yes"),
    ],
)
def test_what_is_said_of_the_whole_file(text: str, words: str) -> None:
    refusal = loaded(f"{text}\n{OTHER}").refusal
    assert refusal is not None
    assert refusal.words.startswith(words), refusal.words


@pytest.mark.parametrize("matrix", ["[]", "[{A: []}]", "[{A: [], B: x}]", ""])
def test_of_an_empty_matrix_gitlab_makes_no_job_so_nothing_of_it_is_wrong(matrix: str) -> None:
    text = f"a: {{script: x, stage: none, needs: [none], parallel: {{matrix: {matrix}}}}}\nc: {{script: x, needs: [a]}}\n"
    assert loaded(text).refusal is None
    refusal = loaded(text + "d: {script: x, rules: [{needs: [a]}]}\n").refusal
    assert refusal is not None
    assert refusal.words == "d job: undefined need: a"


def test_the_name_of_a_workflow_may_be_empty_and_not_endless() -> None:
    assert loaded(f"workflow: {{name: ''}}\n{OTHER}").refusal is None  # since GitLab 18.5
    refusal = loaded(f"workflow: {{name: {'x' * 256}}}\n{OTHER}").refusal
    assert refusal is not None
    assert refusal.words == "workflow name is too long (maximum is 255 characters)"
