"""What a job takes after, what starts its pipeline, and where it finds Vault."""

import pytest

from bot.pipeline.family import is_whole, parents, starters
from bot.pipeline.vault_servers import host_of, vault_server
from bot.repository import Repository
from bot.snapshot import Project, Tree


def repository(**files):
    named = {name.replace("__", "/") + ".yml": text for name, text in files.items()}
    named[".gitlab-ci.yml"] = named.pop("root.yml")
    project = Project(ci_files=("ci/*.yml",))
    return Repository(Tree(named, project=project, listing=frozenset(named)))


def test_parents_are_found_through_others_and_each_once():
    held = repository(
        root=".a: {}\n.b: {extends: .a}\n.c: {extends: [.b, .a]}\njob:\n  extends: .c\n  script: [x]\n"
    )
    (pipeline,) = held.pipelines
    job = pipeline.jobs["job"]
    assert sorted(parent.name for parent in parents(job, pipeline)) == [".a", ".b", ".c"]
    assert is_whole(job, pipeline)
    assert held.pipeline_of(job) is pipeline


@pytest.mark.parametrize("missing", ["job", "parent"])
def test_a_job_with_an_unread_ancestor_is_not_whole(missing):
    own, other = (".gone", "{}") if missing == "job" else (".a", "{extends: .gone}")
    (pipeline,) = repository(root=f".a: {other}\njob:\n  extends: {own}\n  script: [x]\n").pipelines
    assert not is_whole(pipeline.jobs["job"], pipeline)


@pytest.mark.parametrize(
    "include", ["ci/child.yml", "[{local: /ci/child.yml}]", "[{local: ci/other.yml}, {local: ci/child.yml}]"]
)
def test_the_trigger_job_of_a_child_pipeline(include):
    held = repository(root=f"start:\n  trigger:\n    include: {include}\n", ci__child="job:\n  script: [x]\n")
    assert {
        pipeline.root: [job.name for job in starters(held.jobs).get(pipeline.root, ())]
        for pipeline in held.pipelines
    } == {
        ".gitlab-ci.yml": [],
        "ci/child.yml": ["start"],
    }


@pytest.mark.parametrize(
    ("job", "server"),
    [
        ("variables: {VAULT_ADDR: 'https://v.example.com'}\n  script: [x]", "https://v.example.com"),
        (
            "variables: {H: v.example.com, VAULT_SERVER_URL: 'https://$H:8200'}\n  script: [x]",
            "https://v.example.com:8200",
        ),
        ("script: ['export VAULT_ADDR=https://v.example.com', x]", "https://v.example.com"),
        ("script: ['VAULT_ADDR=https://v.example.com vault status']", "https://v.example.com"),
        ("variables: {VAULT_ADDR: $OF_THE_PROJECT}\n  script: [x]", None),
        ("variables: {VAULT_ADDR: $VAULT_ADDR}\n  script: [x]", None),
        ("script: ['echo VAULT_ADDR=https://v.example.com']", None),
    ],
)
def test_the_address_of_vault_where_the_file_says_it_in_full(job, server):
    (pipeline,) = repository(root=f"job:\n  {job}\n").pipelines
    assert vault_server(pipeline.jobs["job"]) == server


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Vault.example.com:8200/v1", "vault.example.com"),
        ("http://u:p@a.b/x", "a.b"),
        ("vault", ""),
        ("", ""),
    ],
)
def test_the_host_of_an_address(url, host):
    assert host_of(url) == host
