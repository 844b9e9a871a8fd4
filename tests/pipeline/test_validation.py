"""What GitLab refuses is said once, on its line, in words like its own; what it takes is not spoken of."""

from __future__ import annotations

import pytest

from bot.analysis.engine import run_rules
from bot.documents.documents import Documents
from bot.pipeline.load import load_pipelines
from bot.repository import Repository
from bot.snapshot import ForeignFile, Tree
from tests.pipeline.gitlab_tables import ROOT, loaded

JOB = "a: {script: x}\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a:\n  script: x\n  typ: test\n", 3, "jobs:a config contains unknown keys: typ"),
        (
            "a:\n  stage: tests\n  script: x\n",
            2,
            "a job: chosen stage tests does not exist; available stages are .pre, build, test, deploy, .post",
        ),
        (
            "stages: [one]\n" + JOB,
            2,
            "a job: chosen stage test does not exist; available stages are .pre, one, .post",
        ),
        ("a:\n  script: x\n  needs:\n    - b\n", 4, "a job: undefined need: b"),
        (
            "a:\n  script: x\n  needs: [b]\n  stage: build\nb: {script: x, stage: test}\n",
            3,
            "a job: need b is not defined in current or prior stages",
        ),
        ("a:\n  script: x\n  needs: [a]\n", 3, "The pipeline has circular dependencies: self-dependency: a"),
        ("a: {script: x, needs: [b, b]}\nb: {script: x}\n", 1, "a has the following needs duplicated: b."),
        (
            "a: {script: x, needs: ['b 3/2']}\nb: {script: x, parallel: 2}\n",
            1,
            "a job: undefined need: b 3/2",
        ),
        ("a: {script: x, dependencies: [c]}\n", 1, "a job: undefined dependency: c"),
        (
            "a: {script: x, needs: [b], dependencies: [c]}\nb: {script: x}\nc: {script: x}\n",
            1,
            "jobs:a dependencies the c should be part of needs",
        ),
        (
            "a:\n  script: x\n  id_tokens:\n    T: {aud: 5}\n",
            4,
            "jobs:a:id_tokens:t aud should be an array of strings or a string",
        ),
        (
            "a:\n  script: x\n  id_tokens:\n    T:\n",
            4,
            "jobs:a:id_tokens:t config missing required keys: aud",
        ),
        ("a:\n  script: x\n  parallel: 201\n", 3, "jobs:a:parallel config must be less than or equal to 200"),
        (
            f"a:\n  script: x\n  parallel:\n    matrix: [{{A: [1, 2, 3], B: {list(range(67))}}}]\n",
            4,
            "jobs:a:parallel:matrix config generates too many jobs (maximum is 200)",
        ),
        (
            "a:\n  script: x\n  parallel: {matrix: [{A: 1.5}]}\n",
            3,
            "jobs:a:parallel:matrix:variables config should be a hash of key value pairs, value can be an array",
        ),
        (
            "a:\n  script: x\n  only: main\n",
            3,
            "jobs:a:only has to be either an array of conditions or a hash",
        ),
        (
            "a:\n  script: x\n  except: ['/(/']\n",
            3,
            "jobs:a:except config should be an array of strings or regular expressions using re2 syntax",
        ),
        (
            "a:\n  script: x\n  only: [main]\n  rules: [{when: always}]\n",
            3,
            "jobs:a config key may not be used with `rules`: only",
        ),
        ("a:\n  script: x\n  rules:\n    - if: $A =\n", 4, "jobs:a:rules:rule if invalid expression syntax"),
        (
            "a:\n  script: x\n  rules: [{when: sometimes}]\n",
            3,
            "jobs:a:rules:rule when unknown value: sometimes",
        ),
        ("a:\n  script: x\n  rules: []\n", 3, "jobs:a:rules config can't be blank"),
        (
            "a:\n  script: x\n  when: never\n",
            3,
            "jobs:a when should be one of: on_success, on_failure, always, manual, delayed",
        ),
        ("a:\n  script: x\n  when: delayed\n  start_in: soon\n", 4, "jobs:a start in should be a duration"),
        ("a:\n  script: x\n  start_in: 1 hour\n", 3, "jobs:a start in must be blank"),
        ("a:\n  script: x\n  timeout: 90\n", 3, "jobs:a:timeout config should be a duration"),
        ("a:\n  script: x\n  timeout: 3 fortnights\n", 3, "jobs:a:timeout config should be a duration"),
        (
            "a:\n  script:\n    - echo\n    - echo one: two\n",
            4,
            "jobs:a:script config should be a string or a nested array of strings up to 10 levels deep",
        ),
        ("a:\n  script: []\n", 2, "jobs:a script can't be blank"),
        (
            "a:\n  script: x\n  run: [{name: s, script: x}]\n",
            3,
            "jobs:a config these keys cannot be used together: script, run",
        ),
        ("a:\n  script: x\n  image: [i]\n", 3, "jobs:a:image config should be a hash or a string"),
        ("a:\n  script: x\n  services: mysql\n", 3, "jobs:a:services config should be a array"),
        ("a:\n  script: x\n  tags: docker\n", 3, "jobs:a:tags config should be an array of strings"),
        ("a:\n  script: x\n  retry: 3\n", 3, "retry config must be less than or equal to 2"),
        (
            "a:\n  script: x\n  coverage: '50%'\n",
            3,
            "jobs:a:coverage config must be a regular expression with re2 syntax",
        ),
        (
            "a:\n  script: x\n  environment: {name: /x/}\n",
            3,
            "jobs:a:environment name can contain only letters",
        ),
        ("a:\n  script: x\n  environment: {name: x, on_stop: b}\n", 3, "a job: on_stop job b is not defined"),
        (
            "a:\n  script: x\n  artifacts: {paths: x}\n",
            3,
            "jobs:a:artifacts paths should be an array of strings",
        ),
        (
            "a:\n  script: x\n  artifacts: {reports: {license_management: x}}\n",
            3,
            "jobs:a:artifacts:reports config contains unknown keys: license_management",
        ),
        (
            "a:\n  script: x\n  cache: {key: a/b}\n",
            3,
            'jobs:a:cache:key config cannot contain the "/" character',
        ),
        (
            "a:\n  script: x\n  allow_failure: 'yes'\n",
            3,
            "jobs:a allow failure should be a hash or a boolean value",
        ),
        (
            "a:\n  script: x\n  inherit: {default: [nope]}\n",
            3,
            "jobs:a:inherit:default config contains unknown values: nope",
        ),
        (
            "a:\n  trigger: {project: g/p, strategy: now}\n",
            2,
            "jobs:a:trigger strategy should be depend or mirror",
        ),
        ("a:\n  trigger: g/p\n  tags: [x]\n", 3, "jobs:a config contains unknown keys: tags"),
        ("a:\n  extends: .b\n", 2, "a: unknown keys in `extends` (.b)"),
        (
            "a: {extends: b, script: x}\nb: {extends: a, script: x}\n",
            2,
            "a: circular dependency detected in `extends`",
        ),
        ("a: {extends: .b, script: x}\n.b: [x]\n", 1, "a: invalid base hashes in `extends` (.b)"),
        ("a: {script: !reference [.b, script]}\n", 1, '!reference [".b", "script"] could not be found'),
        (
            "a: {script: [!reference [a, script]]}\n",
            1,
            '!reference ["a", "script"] is part of a circular chain',
        ),
        (
            "a: {script: [x, [!reference [.b, script]]]}\n.b: {script: [y, [!reference [.c, script]]]}\n.c: {script: [z]}\n",
            2,
            "jobs:a:script config should be a string or a nested array",
        ),
        ("variables: {A: {value: x, note: y}}\n" + JOB, 1, "variables:a config uses invalid data keys: note"),
        ("variables: {A: [x]}\n" + JOB, 1, "variable definition must be either a string or a hash"),
        (
            "variables: {A: {value: x, options: [y]}}\n" + JOB,
            1,
            "variables:a config value must be present in options",
        ),
        ("variables: {1.5: x}\n" + JOB, 1, "variables:1.5 key must be an alphanumeric string"),
        ("default: {stage: x}\n" + JOB, 1, "default config contains unknown keys: stage"),
        ("image: i\ndefault: {image: j}\n" + JOB, 1, "image is defined in top-level and `default:` entry"),
        ("workflow: {rules: [{when: manual}]}\n" + JOB, 1, "workflow:rules:rule when unknown value: manual"),
        ("stages: build\n" + JOB, 1, "stages config should be an array of strings or a nested array"),
        (
            "my_job: {image: i}\n" + JOB,
            1,
            "jobs my job config should implement the script:, run:, or trigger: keyword",
        ),
        (".a: {script: x}\n", 1, "jobs config should contain at least one visible job"),
        (".a:\n" + JOB, 1, "jobs:.a config can't be blank"),
        ("include: none.yml\n" + JOB, 1, "Local file `none.yml` does not exist"),
        ("include: none.json\n" + JOB, 1, "Included file `none.json` does not have YAML extension"),
        ("include: [{locale: x.yml}]\n" + JOB, 1, "does not have a valid subkey for include"),
        ("include: [{local: x.yml, template: y.yml}]\n" + JOB, 1, "Each include must use only one of"),
        ("include: [5]\n" + JOB, 1, "Each include must be a hash or a string"),
        (
            "include: {local: x.yml, rules: [{exists: []}]}\n" + JOB,
            1,
            "include config should be an array or a string",
        ),
        (
            "include: [{local: x.yml, rules: [{when: manual}]}]\n" + JOB,
            1,
            "include:rule when unknown value: manual",
        ),
        (f"include: {ROOT}\n" + JOB, 1, "Maximum of 150 nested includes are allowed"),
    ],
)
def test_it_is_said_once_and_on_its_line(text: str, line: int, words: str) -> None:
    pipeline = loaded(text)
    assert pipeline.refusal is not None, pipeline.unread
    assert words in pipeline.refusal.words
    reported = [each for each in pipeline.unread if "GitLab refuses the file" in each.reason]
    assert [each.line for each in reported] == [line], reported


@pytest.mark.parametrize(
    "text",
    [
        "a: {script: x, inputs: {version: {default: '1'}}}\n",  # GitLab 18.6
        "a: {script: x, identity: google_cloud, secrets: {S: {vault: a/b}}}\n",  # the paid editions
        "a: {script: x, artifacts: {paths: [x], access: maintainer}}\n",
        "a: {script: x, cache: {key: {files_commits: [x]}}}\n",
        "a: {script: x, pages: {path_prefix: $X, expire_in: never}, publish: dist}\n",
        "a: {script: x, needs: [{pipeline: $P, job: b}, {project: g/p, job: b, ref: main}]}\n",
        "a: {script: x, timeout: two days, when: delayed, start_in: 1h 30m}\n",
        "a: {script: x, environment: {name: 'review/$CI_COMMIT_REF_SLUG', action: access}}\n",
        "a: {script: x, needs: [{job: b, optional: true}]}\n",
        "a: {script: x, needs: ['b: [1]']}\nb: {script: x, parallel: {matrix: [{A: [1, 2]}]}}\n",
        "a: {trigger: {include: [{local: c.yml}], strategy: mirror}}\n",
        "a: {needs: [{pipeline: g/p}]}\n",
        "a: {script: x, rules: [[{if: $A}], {changes: {paths: [x], compare_to: main}}]}\n",
        "a: {script: x, parallel: {matrix: [{A: '', B: []}]}}\n",
        "a: {script: x, id_tokens: {T: {aud: []}, U: {aud: ''}}}\n",
        "a: {script: x}\n.b: [x]\n.c: {script: {x: y}}\n",
    ],
)
def test_nothing_is_said_of_a_file_that_gitlab_takes(text: str) -> None:
    pipeline = loaded(text)
    assert (pipeline.refusal, pipeline.unread) == (None, ())


def test_what_another_file_may_bring_is_not_missed() -> None:
    text = "include: [{project: g/p, file: c.yml}]\na: {extends: .theirs, stage: theirs, needs: [b]}\n"
    pipeline = load_pipelines(Tree({ROOT: text}), Documents({ROOT: text}))[0]
    assert pipeline.refusal is None
    assert not any("refuses" in each.reason for each in pipeline.unread)


def test_a_job_whose_script_another_file_may_bring_is_no_trigger_job() -> None:
    text = "include: [{template: Scan.gitlab-ci.yml}]\nscan: {needs: [], before_script: [x]}\n"
    assert loaded(text).refusal is None


def test_what_is_wrong_whatever_other_files_bring_is_said() -> None:
    text = "include: [{project: g/p, file: c.yml}]\na: {script: x, id_tokens: {T: {aud: 5}}}\n"
    pipeline = load_pipelines(Tree({ROOT: text}), Documents({ROOT: text}))[0]
    assert pipeline.refusal is not None
    assert "aud should be" in pipeline.refusal.words


def test_a_part_of_a_pipeline_that_lacks_the_rest_is_not_refused() -> None:
    files = {"ci/part.gitlab-ci.yml": "a: {extends: .rest, stage: theirs, script: x, needs: [theirs]}\n"}
    (pipeline,) = load_pipelines(Tree(files, listing=frozenset(files)), Documents(files))
    assert pipeline.refusal is None


def test_an_endless_chain_is_given_up_and_that_is_reported() -> None:
    chain = "".join(f".j{each}: {{extends: .j{each + 1}}}\n" for each in range(60))
    pipeline = loaded(f"a: {{extends: .j0, script: x}}\n{chain}.j60: {{tags: [t]}}\n")
    assert any("too many `extends`: the rest was not followed" in each.reason for each in pipeline.unread)


def test_of_another_projects_file_no_name_is_shown() -> None:
    text = "include: [{project: g/p, file: c.yml}]\na: {script: x}\n"
    foreign = {ForeignFile("g/p", "", "c.yml"): "secret_job: {script: x, typo_key: y}\n"}
    tree = Tree({ROOT: text}, foreign=foreign)
    pipeline = load_pipelines(tree, Documents({ROOT: text}))[0]
    assert pipeline.refusal is not None
    assert pipeline.refusal.span.path.startswith("//")


def test_a_condition_leaves_open_what_gitlab_says() -> None:
    files = {"b.yml": "b: {script: x, stage: nowhere}\n"}
    pipeline = loaded("include: [{local: b.yml, rules: [{if: $A}]}]\na: {script: x}\n", files)
    assert pipeline.refusal is None


def test_a_finding_of_a_refused_file_says_that_nothing_of_it_runs() -> None:
    leaky = "a:\n  script: echo $TOKEN\n  secrets: {TOKEN: {vault: a/b, file: false}}\n"
    attacks = {}
    for text in (leaky, leaky + "  typo: x\n"):
        result = run_rules(Repository(Tree({ROOT: text}, listing=frozenset({ROOT}))))
        attacks[text] = [each.attack for each in result.findings if each.rule == "secret-in-log"]
    fine, refused = attacks.values()
    assert len(fine) == len(refused) == 1
    note = "GitLab refuses this pipeline as it is (`.gitlab-ci.yml`, line 4)"
    assert (note in fine[0], note in refused[0]) == (False, True)


def test_a_file_that_may_be_no_pipeline_is_not_judged_as_one() -> None:
    files = {"ci/stack.yml": "services:\n  app: {image: app}\n", ROOT: JOB}
    documents = Documents(files)
    pipelines = load_pipelines(Tree(files, listing=frozenset(files)), documents)
    assert [each.refusal for each in pipelines] == [None] * len(pipelines)


def test_a_file_that_is_no_yaml_is_refused_and_reported_once() -> None:
    pipeline = loaded("a: {script: x}\nb: [\n")
    assert pipeline.refusal is not None
    assert [each.reason for each in pipeline.unread] == [pipeline.refusal.words]


def test_a_pattern_that_takes_in_its_own_file_is_reported_and_not_refused() -> None:
    pipeline = loaded("include: '*.yml'\na: {script: x}\n")
    assert pipeline.refusal is None
    assert ["before 19" in each.reason for each in pipeline.unread] == [True]
