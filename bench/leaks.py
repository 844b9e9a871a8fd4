"""Script lines per second: reading a shell script, and following secrets through it.

Run: .venv/bin/python -m bench.leaks
"""

from __future__ import annotations

import time

from bot.documents.shell import parse_shell
from bot.leaks.analysis import leaks_of
from bot.snapshot import Tree
from tests.leaks.jobs import job

LINES = 3000
BLOCK = """\
export APP_URL="https://app:$K@db.example.com/app"
if [ -n "$CI_COMMIT_TAG" ]; then VERSION="${CI_COMMIT_TAG#v}"; else VERSION="$CI_COMMIT_SHORT_SHA"; fi
deploy() { ./deploy.sh --version "$1" --token "$K" | tee deploy.log > /dev/null; }
for host in one two three; do ssh "$host" "docker pull app:$VERSION" < /dev/null; done
echo "$K" | docker login -u ci --password-stdin registry.example.com
cat <<END > config.json
{"version": "$VERSION", "host": "$(hostname)"}
END
kubectl get pods -o name | while read -r pod; do kubectl logs "$pod" | grep -c ERROR || true; done
deploy "$VERSION"
"""


def main() -> None:
    """Print seconds and lines per second for a script of 3,000 lines."""
    text = (BLOCK * (LINES // BLOCK.count("\n")))[:-1]
    lines = text.count("\n") + 1
    start = time.process_time()
    parse_shell(text)
    read = time.process_time()
    leaks_of(job(text), Tree({}))
    done = time.process_time()
    each = lines / (done - start)
    print(
        f"{lines} lines, seconds of CPU: read {read - start:.3f}, followed {done - read:.3f}; {each:,.0f} lines/s"
    )


if __name__ == "__main__":
    main()
