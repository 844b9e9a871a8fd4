#!/bin/sh
# gitlab-ci-local previews a job that GitLab does not run: a merge key below a key, and `default` in a trigger job.
#
# Expected, as in GitLab: `<<` is an assignment in the order of the file (Psych 4 and 5, visitors/to_ruby.rb,
# revive_hash), so below `script` it wins; a job with `trigger` inherits from `default` only what it may hold itself
# (gitlabhq lib/gitlab/ci/config/entry/bridge.rb), so neither `before_script` nor `image`.
# Seen (Debian, Node 26, November 2026): gitlab-ci-local 4.75.1 keeps the script that is above the `<<`, as the YAML
# specification has it, and gives the trigger job both keywords.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit --prefix tool gitlab-ci-local@4.75.1 node@26.10.0 >/dev/null 2>&1
mkdir repository
cd repository
cat >.gitlab-ci.yml <<'YAML'
.base: &base
  script: [echo base]
merged:
  script: [echo own]
  <<: *base
default:
  before_script: [echo before]
  image: ruby:3.3
child:
  trigger: {include: child.yml}
YAML
git init --quiet --initial-branch main
git remote add origin https://gitlab.example.com/group/app.git
git add .
git -c user.name=app -c user.email=app@example.com commit --quiet --message first
../tool/node_modules/node/bin/node ../tool/node_modules/gitlab-ci-local/dist/index.js --preview 2>/dev/null |
    sed -n '/^merged:/,$p' >../seen
cat ../seen
diff - ../seen <<'SEEN'
merged:
  script:
    - echo own
  image:
    name: ruby:3.3
  before_script: &ref_0
    - echo before
child:
  trigger:
    include:
      - local: child.yml
  image:
    name: ruby:3.3
  before_script: *ref_0
SEEN
