"""Code that a script fetches and runs unseen is found, with who fetches it and who runs it."""

from __future__ import annotations

import pytest

from bot.pipeline.fetched import fetched_code
from tests.leaks.jobs import job

URL = "https://get.example.com/install"
CURL = ("curl", "bash")


@pytest.mark.parametrize(
    ("script", "found"),
    [
        (f"curl -sSL {URL} | bash", [CURL]), (f"wget -qO- {URL} | sh", [("wget", "sh")]), (f"curl {URL} | sudo -E bash -", [CURL]), (f"curl {URL} | env A=1 bash -s -- -b /x", [CURL]), (f"curl {URL} | tee log | bash", [CURL]), (f"curl {URL} | /bin/bash", [CURL]),
        (f"curl {URL} | bash -c 'cat'", []), (f"curl {URL} | bash install.sh", []), (f"curl {URL} | tar xz", []), (f"cat x | bash; curl {URL}", []), (f"curl {URL} | python3 -", [("curl", "python3")]), (f"curl {URL} | python3 -m json.tool", []), (f"curl {URL} | python3 -c 'x'", []),
        (f"curl {URL} | perl", [("curl", "perl")]), (f"curl {URL} | perl -ne 'print'", []), (f"curl {URL} | node -e 'x'", []), (f"curl {URL} | jq .", []), (f"bash <(curl -s {URL})", [CURL]), (f"source <(curl {URL})", [("curl", "source")]), (f'bash -c "$(curl {URL})"', [CURL]), (f'bash x "$(curl {URL})"', []),
        (f'eval "$(wget -O- {URL})"', [("wget", "eval")]), (f'echo "$(curl {URL})"', []), (f'eval "$(curl {URL} | cat)"', []), (f"diff <(curl {URL}) x", []), (f"curl -o i.sh {URL}\nbash i.sh", [CURL]), (f"curl -o i.sh {URL}\nbash ./i.sh", [CURL]), (f"curl -o ./i.sh {URL}\nbash -x i.sh", [CURL]),
        (f"curl -sSLo i.sh {URL}\nchmod +x i.sh\n./i.sh", [("curl", "./i.sh")]), (f"curl --output i.sh {URL}\n. i.sh", [("curl", ".")]), (f"curl {URL} > i.sh\nsh i.sh", [("curl", "sh")]), (f"curl {URL} 2> i.sh\nsh i.sh", []), (f"curl {URL} >> i.sh\nsh i.sh", []), (f"curl -O {URL}\nsh install", [("curl", "sh")]),
        (f"curl --remote-name {URL}?a=b\nsh install", [("curl", "sh")]), (f"curl {URL}\nsh install", []), (f"wget {URL}\nsh install", [("wget", "sh")]), (f"wget -O i {URL}\nsudo sh i", [("wget", "sh")]), (f"wget -qO i {URL}\n/x/i", []), (f"curl -o $F {URL}\nsh $F", []), (f"curl -o i {URL}\nsh j", []), (f"curl -o i {URL}\nsh", []), (f"curl -o i {URL}\ni", []),
        (f"curl -o i {URL}\nsha256sum -c i.sum\nsh i", []), (f"curl -o i {URL}\ngpg --verify i\nsh i", []), (f"sha256sum x\ncurl {URL} | bash", [CURL]), ("curl https://x/v1.2.3/install.sh | bash", []), (f"curl https://x/{'0a' * 20}/i | bash", []), ("curl https://x/main/i | bash", [CURL]), ("wget -i list | sh", [("wget", "sh")]),
        (f"if true; then curl {URL} | bash; fi", [CURL]), (f"echo 'curl {URL} | bash'", []), ("./x | bash", []), (f"(curl {URL}) | bash", []),
    ],
)  # fmt: skip
def test_it_is_found(script: str, found: list[tuple[str, str]]) -> None:
    lines = job(*script.split("\n")).scripts
    assert [(each.fetcher, each.runner) for each in fetched_code(lines)] == found
