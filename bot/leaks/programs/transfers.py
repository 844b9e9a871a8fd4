"""Programs that transfer files: `lftp`, `ncftpput`, `smbclient`, `pscp`, `rclone`."""

from __future__ import annotations

from bot.leaks.program import NEVER, Argument, Program

_NETRC = "a .netrc file of mode 0600"

PROGRAMS = (
    Program(
        names=("lftp",),
        # `-u USER,PASSWORD`, also in the commands behind `-e` and `-c` (lftp(1), 2026-11)
        arguments=(
            Argument(
                r"[^,\s]+,|.*(?:-u|user)\s+\S+[,\s]", NEVER, f"{_NETRC}, or LFTP_PASSWORD with --env-password"
            ),
        ),
    ),
    Program(names=("ncftp", "ncftpput", "ncftpget"), arguments=(Argument(r"-p", r"-p", "a file behind -f"),)),
    Program(names=("smbclient",), arguments=(Argument(r"[^%]+%|.*-U\s*[^%]+%", NEVER, "a file behind -A"),)),
    Program(names=("pscp", "plink", "psftp"), arguments=(Argument(NEVER, r"-pw", "a key behind -i"),)),
    Program(names=("ftp", "tnftp")),
)
