"""The console's pages: what they query and show. Without a session none shows anything."""

from __future__ import annotations

import csv
import datetime as dt
import io
import logging
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort, render_template, request, url_for
from markupsafe import Markup, escape

from bot.console import surveyed
from bot.console.audits import DRIFT
from bot.console.charts import trend, trust_map
from bot.console.databases import RecordsUnavailable
from bot.console.guide import markdown, rules, sealed, version
from bot.console.signin import SignIn, seated
from bot.console.view import AGES, DAY, DUE_DAYS, FIXES_DAYS, PAGE, SORTS, STATES, Filter, ShownFinding
from bot.findings import Severity
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from flask.typing import ResponseReturnValue

    from bot.console.status import BotStatus
    from bot.console.view import View

log = logging.getLogger(__name__)
LONGEST_SECONDS = 3600
"""No setting lets a review take longer."""
TREND_DAYS, EXPIRY_DAYS, SOON_DAYS, ROWS, FEW = 60, 30, 7, 10, 5
COLUMNS = (
    "severity", "rule", "project", "merge_request", "author", "path", "line", "subject", "first_seen", "gone", "how",
    "ignored_by", "ignored_why", "ignored_until",
)  # fmt: skip
"""Of a table for other programs; times are ISO 8601 in UTC."""


@dataclass(frozen=True, slots=True)
class Console:
    """What the pages need."""

    sign_in: SignIn
    status: BotStatus

    @property
    def gitlab_url(self) -> str:
        """Where links go."""
        return self.sign_in.gitlab_url


def blueprint(console: Console) -> Blueprint:
    """The routes below /console."""
    routes = Blueprint(
        "console", __name__, url_prefix="/console", template_folder="templates", static_folder="static"
    )
    routes.app_template_filter("age")(age)
    routes.app_template_filter("moment")(moment)
    routes.app_template_filter("breakable")(breakable)
    routes.app_template_filter("markdown")(markdown)
    routes.after_request(sealed)
    routes.app_context_processor(lambda: {"version": version()})
    sign_in = console.sign_in
    sign_in.add_routes(routes)

    shown_by_group = {"exported"}

    def page(path: str, name: str, show: Callable[..., dict[str, Any]]) -> None:
        """A page that needs a seat; without one, over GitLab and back."""

        def answer(**named: Any) -> ResponseReturnValue:
            with seated(sign_in) as view:
                if view is None:
                    return sign_in.first(request.script_root + request.full_path)
                shown = show(view, **named)
                return render_template(
                    f"console/{name}.html", here=name, view=view, **_known(console), **shown
                )

        shown_by_group.add(name)
        routes.add_url_rule(path, name, answer)

    def exported() -> ResponseReturnValue:
        """The findings of the filter as a table for other programs."""
        with seated(sign_in) as view:
            if view is None:
                return sign_in.first(request.script_root + request.full_path)
            return _csv(view.every(_asked(Filter())))

    @routes.url_defaults
    def keep_group(endpoint: str, values: dict[str, Any]) -> None:
        """A link leads to the same group, unless it names one."""
        if endpoint.removeprefix("console.") in shown_by_group and request.args.get("group"):
            values.setdefault("group", request.args["group"])

    page("/", "overview", lambda view: _overview(view, console))
    page("/findings", "findings", lambda view: {**_found(view, Filter()), "rule_ids": sorted(rules())})
    page("/projects/<int:project_id>", "project", _project)
    page("/unwatched", "unwatched", _unwatched)
    page("/survey", "survey", surveyed.overview)
    page("/survey/<int:project_id>", "surveyed", surveyed.project)
    page("/audits", "audits", _audits)
    routes.add_url_rule("/findings.csv", "exported", exported)
    page("/rules/", "rules", _rules)
    page("/rules/<rule_id>", "rule", _rule)
    routes.add_url_rule("/<path:_unknown>", "unknown", lambda _unknown: abort(404))

    @routes.errorhandler(404)
    def missing(_problem: Exception) -> ResponseReturnValue:
        text = "There is no such page, or GitLab does not let you see the project that it is about."
        return _notice("Not found", text), 404

    @routes.errorhandler(RecordsUnavailable)
    def away(problem: Exception) -> ResponseReturnValue:
        log.error("the console cannot read its records: %s", problem)
        return _notice("Not now", "The database does not answer. Reviews are not affected by this page."), 503

    return routes


def _notice(heading: str, text: str) -> str:
    return render_template("console/notice.html", heading=heading, text=text)


def _known(console: Console) -> dict[str, Any]:
    return {
        "severities": [each.value for each in Severity],
        "states": list(STATES),
        "sorts": list(SORTS),
        "gitlab_url": console.gitlab_url,
    }


def _overview(view: View, console: Console) -> dict[str, Any]:
    series = view.trend(TREND_DAYS)
    today = dt.datetime.fromtimestamp(view.now, dt.UTC).date()
    first_day = today - dt.timedelta(days=TREND_DAYS - 1)
    projects = view.projects(ROWS)
    merged_total, merged = view.found(Filter("merged"))
    return {
        "table": view.ages,
        "ages": AGES,
        "total": sum(map(sum, view.ages)),
        "week": view.week(),
        "paces": [each for each in view.paces() if each.severity in DUE_DAYS],
        "fixes_days": FIXES_DAYS,
        "authors": view.authors(FEW),
        "own": view.unwatched(),
        "seen": view.totals(),
        "chart": trend(series, list(Severity)),
        "first_total": sum(each[0] for each in series),
        "first_day": f"{first_day.day} {first_day:%B}",
        "days": TREND_DAYS,
        "projects": projects,
        "most_of_project": max((sum(ranks) for _, _, ranks in projects), default=1),
        "rules": view.rules(ROWS),
        "expiring": view.expiring((today + dt.timedelta(days=EXPIRY_DAYS)).isoformat(), FEW + 1),
        "soon": (today + dt.timedelta(days=SOON_DAYS)).isoformat(),
        "merged": merged[:FEW],
        "merged_total": merged_total,
        "running": view.reviews("running", FEW),
        "longest": LONGEST_SECONDS,
        "failed": view.reviews("failed", FEW),
        "status": console.status.lines(view.now),
    }


def _project(view: View, project_id: int) -> dict[str, Any]:
    reviews = view.of_project(project_id)
    if not reviews:
        abort(404)
    found = view.trust(project_id)
    drawn: dict[str, Any] = {"map": None}
    if found is not None:
        iid, sha, arrows = found
        story = "; ".join(f"{start[1]} to {end[1]}" for start, end in arrows)
        drawn = {"map": trust_map(arrows), "map_iid": iid, "map_sha": sha, "map_story": story}
    path = next((each.project for each in reviews if each.project), f"project {project_id}")
    shown = {"path": path, "project_id": project_id, "reviews": reviews[: 2 * ROWS]}
    return {**shown, **drawn, **_found(view, Filter(project_id=project_id))}


def _audits(view: View) -> dict[str, Any]:
    """Each server's last audit: what is open, what drifted, what is ignored, and how many of each severity."""
    shown = []
    for audit in view.audits():
        ignored = [each for each in audit.found if each.ignored]
        left = [each for each in audit.found if not each.ignored]
        drifted = [each for each in left if each.rule == DRIFT]
        counts = Counter(each.rank for each in left)
        shown.append(
            (audit, [each for each in left if each.rule != DRIFT], drifted, ignored, sorted(counts.items()))
        )
    return {"audits": shown}


def _unwatched(view: View) -> dict[str, Any]:
    own, paths = view.unwatched()
    return {"own": own, "paths": paths}


def _csv(lines: Sequence[ShownFinding]) -> Response:
    """The findings, one a row. No text starts like a spreadsheet's formula."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for line in lines:
        texts = (
            line.severity.value,
            line.rule,
            line.project,
            line.iid,
            line.author,
            line.path,
            line.line,
            line.subject,
        )
        times = (_iso(line.first_seen), _iso(line.gone))
        ignoring = (line.how, line.ignored_by, line.ignored_why, line.ignored_until)
        writer.writerow(_cell(each) for each in (*texts, *times, *ignoring))
    headers = {"Content-Disposition": "attachment; filename=sealcheck-findings.csv"}
    return Response(file.getvalue(), mimetype="text/csv", headers=headers)


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def _iso(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else ""


def _rules(view: View) -> dict[str, Any]:
    counts = {rule: row for rule, _, *row in view.rules(len(rules()) + ROWS)}
    return {"rows": [(rule, *counts.get(rule.id, (0, 0, 0))[:3]) for rule in rules().values()]}


def _rule(view: View, rule_id: str) -> dict[str, Any]:
    rule = rules().get(rule_id)
    if rule is None:
        abort(404)
    return {"rule": rule, **_found(view, Filter(rule=rule_id))}


def _asked(wanted: Filter) -> Filter:
    """The filter, narrowed by the address's parameters; a wrong one is left out."""
    asked = request.args
    state, severity, page = asked.get("state", ""), asked.get("severity", ""), asked.get("page", "")
    wanted = replace(wanted, author=asked.get("author", ""), text=asked.get("q", "")[:200])
    if state in STATES:
        wanted = replace(wanted, state=state)
    if severity in list(Severity):
        wanted = replace(wanted, severity=Severity(severity))
    if not wanted.rule and asked.get("rule", "") in rules():
        wanted = replace(wanted, rule=asked["rule"])
    if asked.get("sort", "") in SORTS:
        wanted = replace(wanted, sort=asked["sort"])
    if wanted.project_id is None and re.fullmatch(r"[0-9]{1,15}", asked.get("project", "")):
        wanted = replace(wanted, project_id=int(asked["project"]))
    if re.fullmatch(r"[1-9][0-9]{0,6}", page):
        wanted = replace(wanted, page=int(page))
    return wanted


def _found(view: View, wanted: Filter) -> dict[str, Any]:
    """One page of findings, and where the others are."""
    wanted = _asked(wanted)
    count, lines = view.found(wanted)
    pages = max(1, -(-count // PAGE))

    names = ("state", "severity", "rule", "author", "q", "sort")
    kept: dict[str, Any] = {name: request.args[name] for name in names if request.args.get(name)}

    def page_url(number: int) -> str:
        return url_for(str(request.endpoint), **(request.view_args or {}), **kept, page=number)

    shown_pages = list(_shown(wanted.page, pages))
    return {
        "wanted": wanted,
        "count": count,
        "lines": lines,
        "pages": pages,
        "page_url": page_url,
        "shown_pages": shown_pages,
        "csv_url": url_for(
            "console.exported", **{**kept, "rule": wanted.rule or None, "project": wanted.project_id}
        ),
    }


def _shown(page: int, pages: int) -> Iterator[int]:
    """The page numbers that are offered; 0 for a gap."""
    near = sorted({1, pages, *range(page - 2, page + 3)} & set(range(1, pages + 1)))
    for before, number in zip([0, *near], near, strict=False):
        if number - before > 1:
            yield 0
        yield number


def age(seconds: int) -> str:
    """A span of time, short: "40 s", "5 min", "3 h", "12 d"."""
    for unit, length in (("d", DAY), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{max(0, seconds)} s"


def moment(seconds: int) -> str:
    """A time, in UTC."""
    when = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return f"{when.day} {when:%B %Y, %H:%M} UTC"


def breakable(path: str) -> Markup:
    """A path that may break after a slash."""
    return Markup("<wbr>").join(escape(part) for part in re.split(r"(?<=/)", path))
