#!/bin/sh
# A Google Cloud attribute condition that compares a claim's text with a number: two CEL implementations disagree.
#
# Expected: `assertion.project_id == 42` is false for the text "42", since CEL has compared values of different types
# without an error since its heterogeneous equality (github.com/google/cel-spec, doc/langdef.md, "Equality"); so
# `!= 42` holds for every token.
# Seen (Debian, Python 3.11, November 2026): common-expression-language 0.10.0 says so; cel-python 0.5.0 raises
# "no matching overload" for ==, !=, `in`, and even for `1 == 1.0`, but not where one side is a boolean.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check cel-python==0.5.0 common-expression-language==0.10.0
"$folder/venv/bin/python" - >"$folder/seen" <<'PYTHON'
import cel
import celpy

TOKEN = {"project_id": "42", "ref_protected": "true"}
CONDITIONS = (
    "assertion.project_id == '42'",
    "assertion.project_id == 42",
    "assertion.project_id != 42",
    "assertion.project_id in [42]",
    "assertion.ref_protected == true",
    "1 == 1.0",
)


def with_celpy(condition):
    environment = celpy.Environment()
    program = environment.program(environment.compile(condition))
    return bool(program.evaluate({"assertion": celpy.json_to_cel(TOKEN)}))


def with_cel(condition):
    return cel.evaluate(condition, {"assertion": TOKEN})


for name, evaluate in (("cel-python", with_celpy), ("common-expression-language", with_cel)):
    for condition in CONDITIONS:
        try:
            answer = str(evaluate(condition))
        except Exception as problem:
            answer = type(problem).__name__
        print(f"{name}: {condition}: {answer}")
PYTHON
cat "$folder/seen"
diff - "$folder/seen" <<'SEEN'
cel-python: assertion.project_id == '42': True
cel-python: assertion.project_id == 42: CELEvalError
cel-python: assertion.project_id != 42: CELEvalError
cel-python: assertion.project_id in [42]: CELEvalError
cel-python: assertion.ref_protected == true: False
cel-python: 1 == 1.0: CELEvalError
common-expression-language: assertion.project_id == '42': True
common-expression-language: assertion.project_id == 42: False
common-expression-language: assertion.project_id != 42: True
common-expression-language: assertion.project_id in [42]: False
common-expression-language: assertion.ref_protected == true: False
common-expression-language: 1 == 1.0: True
SEEN
