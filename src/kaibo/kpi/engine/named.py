"""Rows that name the person: read as they are, since they are few, and credited by kpi.direct."""

from collections import defaultdict
from collections.abc import Collection

from kaibo.facts.schema import CLOCK_IN, SERVICE_CASE, SERVICE_RESULT
from kaibo.facts.store import table_path
from kaibo.facts.visible import BatchFile, visible_sql
from kaibo.kpi import direct
from kaibo.kpi.engine.run import Run
from kaibo.kpi.inputs import DOUYIN, DirectOut
from kaibo.kpi.local_days import DAY_MS

# a period may begin before the month; of cases only the month's are read
WANTED = {
    SERVICE_RESULT: (
        "row", "platform", "agent", "agent_name", "start_ms", "end_ms", "received", "ratings", "good_ratings",
        "in_3_minutes_ppm", "first_reply_ms", "mean_reply_ms", "askers", "payers",
    ),
    SERVICE_CASE: ("row", "agent", "opened_ms", "answered_ms", "handling_ms", "rating"),
    CLOCK_IN: ("row", "person_name", "date", "first_minute", "last_minute"),
}  # fmt: skip
AROUND_DAYS = 2


def credits(run: Run, tables: Collection[str] = tuple(WANTED)) -> list[DirectOut]:
    """Everything that the month's rows, of these tables, say of people by name."""
    low, high = ((day + near) * DAY_MS for day, near in ((run.month.first_day, -AROUND_DAYS),
                                                        (run.month.next_day, AROUND_DAYS)))  # fmt: skip
    near = {
        SERVICE_RESULT: f"end_ms > {low} and start_ms < {high}",
        SERVICE_CASE: f"opened_ms between {low} and {high}",
        CLOCK_IN: f"date[:7] = '{run.inputs.month}'",
    }
    rows = {}
    for table, columns in WANTED.items():
        files = [
            BatchFile(b.id, b.as_of_ms, table_path(b.folder, table), b.platform or DOUYIN, b.scope)
            for b in run.inputs.batches
            if b.table == table
        ]
        if files and table in tables:
            sql = f"select * from ({visible_sql(table, files, columns)}) where {near[table]}"  # noqa: S608 - our own names
            found = run.con.raw_sql(sql)
            names = [column[0] for column in found.description]
            rows[table] = [dict(zip(names, values, strict=True)) for values in found.fetchall()]
    owners: dict[str, set[int]] = defaultdict(set)
    for person in run.inputs.people:
        for name in person.names:
            owners[name].add(person.id)
    # a name that two people have is nobody's
    people = {name: min(ids) for name, ids in owners.items() if len(ids) == 1}
    return direct.credits(rows, people, run.inputs.due, run.inputs.month, run.inputs.settings.zone)
