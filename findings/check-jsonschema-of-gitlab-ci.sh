#!/bin/sh
# check-jsonschema's schema for GitLab CI refuses three files that GitLab takes.
#
# Expected: what GitLab takes is valid. A file with inputs has a header and a second document (docs.gitlab.com/ci/inputs);
# Psych, GitLab's reader, follows YAML 1.1, in which `yes` is true; a script may be nested ten lists deep (gitlabhq
# lib/gitlab/config/entry/validators.rb, NestedStringsValidator).
# Seen (November 2026): check-jsonschema 0.39.0 cannot parse the file with a header ("expected a single document"), reads
# `yes` as a text and finds it no boolean, and has room for one nested list alone.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tool
tool/bin/pip install --quiet --disable-pip-version-check check-jsonschema==0.39.0
cat >header.yml <<'YAML'
spec:
  inputs:
    stage:
      default: test
---
unit:
  stage: $[[ inputs.stage ]]
  script: make test
YAML
cat >truth.yml <<'YAML'
unit:
  script: make test
  allow_failure: yes
YAML
cat >nested.yml <<'YAML'
unit:
  script: [[[make test]]]
YAML
cat >plain.yml <<'YAML'
unit:
  script: [[make test]]
  allow_failure: true
YAML
for file in plain header truth nested; do
    if tool/bin/check-jsonschema --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci "$file.yml" >"$file.out" 2>&1
    then echo "$file: valid"; else echo "$file: $(grep -oE 'expected a single document|not of type .boolean.|not of type .string.' "$file.out" | head -1)"; fi
done | tee seen
diff - seen <<'SEEN'
plain: valid
header: expected a single document
truth: not of type 'boolean'
nested: not of type 'string'
SEEN
