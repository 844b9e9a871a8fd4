"""Procrastinate, fitted to our promise: its worker's loop, heartbeats and notifications; our SQL where ours differs.

Written against its version 3.10 (read in 2026-11). Three of its verbs are replaced, each for a reason:
- `fetch_job`: one project must not have every slot, and a job in its pause must not hold up its lane.
- `finish_job`: it ends a job by its number, even if another replica runs it by then; the fenced one is in
  `bot.jobs.postgres`.
- `register_worker`: returns the number under which this replica sends its heartbeat.
Its deferring and its rescue are not used: each is several statements where one is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.jobs import Job
from procrastinate.manager import JobManager

from bot.jobs.port import Key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from bot.jobs.lease import Lease

QUEUE: Final = "sealcheck"
TASK: Final = "sealcheck.run"
_ENQUEUE: Final = """
{before}
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
SELECT 'sealcheck', 'sealcheck.run',
    1 - row_number() OVER (PARTITION BY project_id) - (SELECT count(*) FROM (SELECT FROM procrastinate_jobs
        WHERE status = 'todo' AND args ->> 'project_id' = project_id::text LIMIT 1000) AS backlog),
    lane, key, jsonb_build_object('key', key, 'project_id', project_id, 'attempts', %(attempts)s::int),
    CASE WHEN %(delay)s > 0 THEN now() + make_interval(secs => %(delay)s) END
FROM {wanted}
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO UPDATE SET {waiting}
"""
"""What makes keys wait; a row's priority is its rank in its project's own backlog (counted to 1,000)."""
PUSH: Final = _ENQUEUE.format(
    before="""
WITH fresh AS (
    INSERT INTO sealcheck_deliveries (id) SELECT %(delivery)s WHERE %(delivery)s::text IS NOT NULL
    ON CONFLICT DO NOTHING RETURNING id
), wanted AS (
    SELECT * FROM unnest(%(keys)s::text[], %(lanes)s::text[], %(projects)s::bigint[]) AS each (key, lane, project_id)
    WHERE %(delivery)s::text IS NULL OR EXISTS (SELECT FROM fresh)
), woken AS (
    DELETE FROM sealcheck_parked WHERE key IN (SELECT key FROM wanted)
)""",
    wanted="wanted",
    waiting="""scheduled_at = nullif(
        least(coalesce(procrastinate_jobs.scheduled_at, '-infinity'), coalesce(excluded.scheduled_at, '-infinity')),
        '-infinity')""",
)
"""A waiting key keeps its attempts and gets the earlier time. Inserts nothing for a delivery seen before."""
AGAIN: Final = _ENQUEUE.format(
    before="",
    wanted="(VALUES (%(key)s, %(lane)s, %(project_id)s::bigint)) AS each (key, lane, project_id)",
    waiting="args = jsonb_set(procrastinate_jobs.args, '{attempts}', excluded.args -> 'attempts')",
)
"""A job that is not done: if its key is queued again already, that entry keeps its time and gets the attempts."""
FETCH: Final = """
WITH busy AS (
    SELECT args ->> 'project_id' AS project_id, count(*) AS jobs
    FROM procrastinate_jobs WHERE status = 'doing' GROUP BY 1
), room AS (
    SELECT greatest(2, %(slots)s * count(*) - 1) AS jobs
    FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %(stalled)s)
), next AS (
    SELECT job.id FROM procrastinate_jobs AS job LEFT JOIN busy ON busy.project_id = job.args ->> 'project_id'
    WHERE job.status = 'todo' AND job.queue_name = ANY (%(queues)s)
      AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())
      AND coalesce(busy.jobs, 0) < (SELECT jobs FROM room)
      AND NOT EXISTS (
          SELECT FROM procrastinate_jobs AS other WHERE other.lock = job.lock AND (
              other.status = 'doing'
              OR other.status = 'todo' AND (other.scheduled_at IS NULL OR other.scheduled_at <= now())
                 AND (other.priority, -other.id) > (job.priority, -job.id)))
    ORDER BY job.priority DESC, job.id LIMIT 1 FOR UPDATE OF job SKIP LOCKED
)
UPDATE procrastinate_jobs AS job SET status = 'doing', worker_id = %(worker_id)s FROM next WHERE job.id = next.id
RETURNING job.id, status, task_name, priority, lock, queueing_lock, args, scheduled_at, queue_name, attempts, worker_id
"""
END: Final = """
DELETE FROM procrastinate_jobs
WHERE id = %(id)s AND status = 'doing' AND worker_id = %(worker_id)s AND attempts = %(attempts)s
"""
"""Only if it is still this run's: a replica that took it over has another number, or has counted another attempt."""
PARK: Final = """
INSERT INTO sealcheck_parked (key, attempts, reason) SELECT %(key)s, %(attempts)s, %(reason)s
WHERE NOT EXISTS (SELECT FROM procrastinate_jobs WHERE queueing_lock = %(key)s AND status = 'todo')
ON CONFLICT (key) DO UPDATE SET attempts = excluded.attempts, reason = excluded.reason, since = now()
"""
"""Not where an event came during the last try: that entry has all tries of its own."""
ROOM: Final = """
SELECT pg_notify('procrastinate_queue_v1#sealcheck', '{"type": "job_inserted", "job_id": 0}')
WHERE EXISTS (SELECT FROM procrastinate_jobs WHERE status = 'todo' AND args ->> 'project_id' = %(project_id)s
              AND (scheduled_at IS NULL OR scheduled_at <= now()))
"""
"""The end of a job makes room for those of its merge request and its project; without a word, a poll would find it."""
RESCUE: Final = """
WITH stalled AS (
    SELECT job.id, EXISTS (SELECT FROM procrastinate_jobs AS newer
                           WHERE newer.queueing_lock = job.queueing_lock AND newer.status = 'todo') AS superseded
    FROM procrastinate_jobs AS job
    WHERE job.status = 'doing' AND NOT EXISTS (
        SELECT FROM procrastinate_workers AS worker
        WHERE worker.id = job.worker_id AND worker.last_heartbeat > now() - make_interval(secs => %(stalled)s))
    FOR UPDATE OF job SKIP LOCKED
), superseded AS (
    DELETE FROM procrastinate_jobs WHERE id IN (SELECT id FROM stalled WHERE superseded) RETURNING queueing_lock
), again AS (
    UPDATE procrastinate_jobs SET status = 'todo', attempts = attempts + 1, scheduled_at = NULL
    WHERE id IN (SELECT id FROM stalled WHERE NOT superseded) RETURNING queueing_lock
)
SELECT queueing_lock FROM superseded UNION ALL SELECT queueing_lock FROM again
"""
"""One statement, so that one of several replicas rescues a job, and none steals one that was rescued."""
BEAT: Final = "UPDATE procrastinate_workers SET last_heartbeat = now() WHERE id = %(worker_id)s RETURNING id"


class JobStore(JobManager):
    """The engine's view of the tables, with our fetching. `slots`: of each replica."""

    def __init__(self, connector: PsycopgConnector, slots: int, stalled_seconds: float, lease: Lease) -> None:
        super().__init__(connector)
        self._slots, self._stalled_seconds, self._lease = slots, stalled_seconds, lease
        self.worker_id: int | None = None

    async def register_worker(self) -> int:
        """The number under which this replica sends its heartbeat."""
        registered = int(await super().register_worker())
        self.worker_id = registered
        return registered

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """The next job, which is this worker's from now on; None where nothing is due."""
        number = self._lease.number
        found = await self.connector.execute_query_all_async(
            FETCH,
            queues=queues,
            worker_id=worker_id,
            slots=self._slots,
            stalled=self._stalled_seconds,
        )
        if not found:
            return None
        job = Job.from_row(found[0])
        self._lease.take(Key.parse(str(job.task_kwargs["key"])), number)
        return job

    async def finish_job(self, job: Job, status: object, delete_job: bool) -> None:  # noqa: FBT001 - the engine's signature
        """Nothing: the job has ended already, in one transaction with what follows from it."""

    async def rescue(self) -> list[str]:
        """The jobs of workers without a heartbeat: they are queued again, or a newer one covers their work."""
        found = await self.connector.execute_query_all_async(RESCUE, stalled=self._stalled_seconds)
        return [str(each["queueing_lock"]) for each in found]

    async def beat(self) -> bool:
        """Refresh the heartbeat; False if our row is gone."""
        return bool(await self.connector.execute_query_all_async(BEAT, worker_id=self.worker_id))


def engine(store: JobStore, run: Callable[[JobContext], Awaitable[None]]) -> App:
    """The engine with our one task."""
    app = App(connector=store.connector)
    app.job_manager = store

    @app.task(name=TASK, queue=QUEUE, pass_context=True)
    async def task(context: JobContext, /, **_kwargs: Any) -> None:
        await run(context)

    return app
