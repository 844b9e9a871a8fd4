#!/bin/sh
# Three readers of shell and Dockerfiles for Python lose what comes in a here-document.
#
# Expected, as bash and BuildKit read them: quotes around a delimiter do not belong to it; a line may open two
# here-documents, whose texts follow one another (bash(1), "Here Documents"); the lines of a here-document behind RUN are
# no instructions (docs.docker.com/reference/dockerfile, "Here-Documents").
# Seen (November 2026): bashlex 0.18 looks for the delimiter with its quotes and finds none; tree-sitter-bash 0.25.1 takes
# the second here-document of a line for commands; dockerfile-parse 2.0.1 takes the lines behind RUN for instructions, and
# a line `ENV ...` among them sets a variable of the image.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tool
tool/bin/pip install --quiet --disable-pip-version-check \
    bashlex==0.18 tree-sitter==0.26.1 tree-sitter-bash==0.25.1 dockerfile-parse==2.0.1
cat >read.py <<'PYTHON'
import io

import bashlex
import dockerfile_parse
import tree_sitter
import tree_sitter_bash

QUOTED = "cat <<'END'\nhello\nEND\n"
TWO = "paste /dev/fd/3 - 3<<LEFT <<RIGHT\nhello\nLEFT\nworld\nRIGHT\n"
BUILD = b"FROM alpine:3.20\nRUN <<END\ncat >profile <<LINES\nENV PLACE=script\nLINES\nEND\nENV PLACE=image\n"

try:
    bashlex.parse(QUOTED)
    print("bashlex: read")
except bashlex.errors.ParsingError as error:
    print("bashlex:", str(error).split("(", 1)[1].split(")")[0])
tree = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language())).parse(TWO.encode())
print("tree-sitter-bash:", "error," if tree.root_node.has_error else "no error,", [
    child.text.decode() for child in tree.root_node.children if child.type == "command"])
file = dockerfile_parse.DockerfileParser(fileobj=io.BytesIO(BUILD))
print("dockerfile-parse:", [step["instruction"] for step in file.structure])
PYTHON
tool/bin/python read.py | tee seen
diff - seen <<'SEEN'
bashlex: wanted "'END'"
tree-sitter-bash: error, ['world', 'RIGHT']
dockerfile-parse: ['FROM', 'RUN', 'CAT', 'ENV', 'LINES', 'END', 'ENV']
SEEN
