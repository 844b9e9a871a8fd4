"""The log line and the metrics of each job that a worker runs."""

from __future__ import annotations

import logging
import time

from bot.jobs.port import Done, Execute, Failed, HandedBack, Key, Later, Outcome, Refused
from bot.observability import logs, metrics

log = logging.getLogger(__name__)


def logged(execute: Execute) -> Execute:
    """The same, with a log line and metrics for each job."""

    def run(key: Key) -> Outcome:
        with logs.bind(job=str(key), project_id=key.project_id, iid=key.iid):
            began = time.monotonic()
            outcome = execute(key)
            seconds = time.monotonic() - began
            metrics.JOBS.labels(key.kind, type(outcome).__name__).inc()
            metrics.JOB_SECONDS.labels(key.kind).observe(seconds)
            fields = {"fields": {"seconds": round(seconds, 3), "outcome": type(outcome).__name__}}
            match outcome:
                case Done():
                    log.info("done", extra=fields)
                case Failed(reason):
                    log.warning("failed: %s", reason, extra=fields)
                case Later(pause, _, reason):
                    log.warning("comes back in %.0f s: %s", pause, reason, extra=fields)
                case Refused(reason):
                    log.warning("GitLab refuses the bot's token: %s", reason, extra=fields)
                case HandedBack():
                    log.info("handed back", extra=fields)
            return outcome

    return run
