"""What is in doubt is shown with its candidates and sums, settled in bulk with one reason, and taken back."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kaibo.audit.models import AuditEvent
from kaibo.facts.schema import ORDER_LINE
from kaibo.facts.store import write_batch
from kaibo.imports.models import Batch
from kaibo.imports.tests.made import SESSIONS, session
from kaibo.jobs.queue import Progress
from kaibo.live import actions
from kaibo.live.matches import decisions_in_force
from kaibo.live.models import Account, MatchDecision, Session, Shift
from kaibo.live.tests.test_importer import EVENING, followed
from kaibo.live.tests.test_platforms import MINUTES, minutes
from kaibo.live.tests.test_platforms import followed as landed
from kaibo.measurement.computing import compute_month
from kaibo.measurement.matches_page import waiting
from kaibo.measurement.models import ExchangeRate, SegmentFact
from kaibo.measurement.order_doubts import order_items, stretches
from kaibo.org.models import Person

pytestmark = pytest.mark.django_db
START = datetime(2026, 10, 30, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)
OCTOBER = (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))


def ms(instant: datetime) -> int:
    return int(instant.timestamp()) * 1000


def line(row: int, at: datetime, product: str, amount: int) -> dict[str, object]:
    return {
        "row": row, "raw": "{}", "sub_order": f"s{row}", "product_id": product or None,
        "product": f"商品{product}" if product else None,
        "payable_minor": amount, "currency": "CNY", "ordered_ms": ms(at), "paid_ms": ms(at), "flow_kind": "直播",
    }  # fmt: skip


@pytest.fixture
def doubtful(settings) -> tuple[Session, Session]:
    """一 is on 19–23, 二 20–22; of four orders that name no room three are bought while both are on."""
    one, two = (Account.objects.create(handle=name, name=name) for name in ("一", "二"))
    sessions = (
        Session.objects.create(account=one, start=START, end=START + 4 * HOUR, by_hand=True),
        Session.objects.create(account=two, start=START + HOUR, end=START + 3 * HOUR, by_hand=True),
    )
    rows = [
        line(2, START + 1.1 * HOUR, "p", 1000), line(3, START + 1.2 * HOUR, "p", 500),
        line(4, START + 2 * HOUR, "q", 99), line(5, START + 3.5 * HOUR, "p", 7),
    ]  # fmt: skip
    write_batch(Path(settings.FACTS_ROOT) / "orders", ORDER_LINE, rows)
    Batch.objects.create(
        source="x", table=ORDER_LINE, file_name="x.csv", sha256="1" * 64, as_of=START + 48 * HOUR, folder="orders",
        accepted=4, rejected=0,
    )  # fmt: skip
    compute_month(Progress(), "2026-10")
    return sessions


def key(sessions: tuple[Session, Session], product: str) -> str:
    return f"{sessions[0].pk}-{sessions[1].pk}~{product}"


def test_doubtful_orders_stand_by_candidates_and_product_with_their_sums(doubtful) -> None:
    assert [(item.key, item.count, item.amount) for item in order_items()] == [
        (key(doubtful, "p"), 2, 1500), (key(doubtful, "q"), 1, 99),
    ]  # fmt: skip
    assert [c.key for c in order_items()[0].choices] == [str(doubtful[0].pk), str(doubtful[1].pk), "split", "none"]
    assert waiting() == 2


def test_one_decision_covers_the_time_both_are_on_air_and_nothing_else(doubtful) -> None:
    assert stretches(list(doubtful)) == [(START + HOUR, START + 3 * HOUR)]
    third = Account.objects.create(handle="三", name="三")
    Session.objects.create(account=third, start=START + 1.5 * HOUR, end=START + 2 * HOUR)
    assert stretches(list(doubtful)) == [
        (START + HOUR, START + 1.5 * HOUR),
        (START + 2 * HOUR, START + 3 * HOUR),
    ]


def test_marked_rows_are_settled_with_one_reason_and_come_back_with_undo(cast, doubtful) -> None:
    client: Client = cast.client("lead")
    p, q = key(doubtful, "p"), key(doubtful, "q")
    answer = client.post(
        "/matches/",
        {
            "kind": "orders", "mark": [p, q], f"choice-{p}": str(doubtful[1].pk), f"choice-{q}": "split",
            f"part-{doubtful[0].pk}-{q}": "3", "reason": "看过回放",
        },
    )  # fmt: skip
    assert answer.status_code == 302
    made = {d.product_id: (d.sessions, d.weights) for d in decisions_in_force(*OCTOBER)}
    assert made == {"p": ((doubtful[1].pk,), (1,)), "q": ((doubtful[0].pk, doubtful[1].pk), (3, 1))}
    assert (order_items(), waiting()) == ([], 0)
    page = client.get(answer["Location"]).content.decode()
    act = MatchDecision.objects.first().act  # type: ignore[union-attr]
    assert act in page
    client.post("/matches/undo/", {"act": act, "kind": "orders"})
    assert [item.key for item in order_items()] == [p, q]
    assert decisions_in_force(*OCTOBER) == []


def test_a_rows_own_button_and_the_one_for_all_products_need_no_mark(cast, doubtful) -> None:
    client = cast.client("lead")
    every = f"{key(doubtful, '*')}|{doubtful[0].pk}"
    client.post("/matches/", {"kind": "orders", "only": every, "ready": "场控确认"})
    assert [(d.product_id, d.sessions) for d in decisions_in_force(*OCTOBER)] == [("", (doubtful[0].pk,))]
    assert order_items() == []


def test_lines_without_a_product_are_settled_alone(cast, doubtful, settings) -> None:
    rows = [line(n, START + (1.5 + n / 100) * HOUR, "", 10 * n) for n in (11, 12)]
    write_batch(Path(settings.FACTS_ROOT) / "more", ORDER_LINE, rows)
    Batch.objects.create(
        source="x", table=ORDER_LINE, file_name="y.csv", sha256="2" * 64, as_of=START + 48 * HOUR, folder="more",
        accepted=2, rejected=0,
    )  # fmt: skip
    compute_month(Progress(), "2026-10")
    p, q, nameless = (key(doubtful, product) for product in ("p", "q", ""))
    assert [(item.key, item.count, item.amount) for item in order_items()] == [
        (p, 2, 1500),
        (nameless, 2, 230),
        (q, 1, 99),
    ]
    client = cast.client("lead")
    client.post("/matches/", {"kind": "orders", "only": f"{nameless}|{doubtful[1].pk}", "ready": "场控确认"})
    made = {(d.sub_order, d.product_id, d.sessions) for d in decisions_in_force(*OCTOBER)}
    assert made == {("s11", "", (doubtful[1].pk,)), ("s12", "", (doubtful[1].pk,))}
    assert [item.key for item in order_items()] == [p, q]
    compute_month(Progress(), "2026-10")
    assert [item.key for item in order_items()] == [p, q]
    assert client.post(
        "/matches/", {"kind": "orders", "only": f"{nameless}|{doubtful[1].pk}", "ready": "再来"}
    ).status_code == 422  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"reason": ""}, id="no reason"),
        pytest.param({"mark": []}, id="nothing marked"),
        pytest.param({"choice": ""}, id="no choice"),
        pytest.param({"choice": "999"}, id="no candidate"),
        pytest.param({"kind": "nonsense"}, id="no kind"),
        pytest.param({"part": "½"}, id="no whole part"),
        pytest.param({"part": "9" * 5000}, id="a part of 5,000 digits"),
    ],
)
def test_what_is_refused_says_so_keeps_the_input_and_changes_nothing(cast, doubtful, wrong) -> None:
    p = key(doubtful, "p")
    said = {"kind": "orders", "mark": [p], "choice": str(doubtful[0].pk), "reason": "因为", "part": "1"} | wrong
    data = {
        "kind": said["kind"], "mark": said["mark"], f"choice-{p}": said["choice"], "reason": said["reason"],
        f"part-{doubtful[0].pk}-{p}": said["part"],
    }  # fmt: skip
    answer = cast.client("lead").post("/matches/", data)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert said["reason"] in answer.content.decode()
    assert not MatchDecision.objects.exists()


def test_joins_reports_and_minutes_are_settled_on_the_same_page(cast) -> None:
    client = cast.client("owner")
    followed(SESSIONS, [session(2, *EVENING)], sha="a", as_of="2026-10-06 08:00")
    rows = [
        session(2, "2026-10-03 22:00:00", "2026-10-04 01:00:00"),
        session(3, "2026-10-03 18:00:00", "2026-10-03 18:55:00"),
    ]
    old = followed(SESSIONS, rows, sha="b", as_of="2026-10-05 08:00")
    file = landed(MINUTES, minutes([1, 2]), sha="m")
    assert waiting() == 3
    first, second = Session.objects.order_by("start")
    for kind, item, choice in (
        ("reports", f"{old.pk}-2", "keep"),
        ("minutes", str(file.pk), str(second.pk)),
        ("joins", f"{first.pk}-{second.pk}", "join"),
    ):
        page = client.get(f"/matches/?kind={kind}").content.decode()
        assert f'value="{item}"' in page
        answer = client.post("/matches/", {"kind": kind, "only": item, f"choice-{item}": choice, "reason": "看过"})
        assert answer.status_code == 302
    second.refresh_from_db()
    assert second.joined_to == first
    assert client.get("/matches/?kind=joins").content.decode().count("data-item") == 0


def test_doubtful_shifts_are_settled_in_bulk_and_taken_back(cast) -> None:
    account = Account.objects.create(handle="一", name="一")
    now = timezone.now()
    Session.objects.create(account=account, start=now - 2 * HOUR, end=now - HOUR, by_hand=True)
    shifts = [
        Shift.objects.create(
            account=account, person=cast.host, role="host", planned_start=now - (24 * n + 4) * HOUR,
            planned_end=now - (24 * n + 3) * HOUR,
        )
        for n in range(1, 4)
    ]  # fmt: skip
    client = cast.client("owner")
    data = {"kind": "shifts", "mark": [str(s.pk) for s in shifts], "ready": "当天没有开播"}
    data |= {f"choice-{s.pk}": choice for s, choice in zip(shifts, ("cancel", "absent", "confirm"), strict=True)}
    act = client.post("/matches/", data)["Location"].rpartition("done=")[2]
    assert [s.state for s in Shift.objects.order_by("pk")] == ["cancelled", "absent", "confirmed"]
    client.post("/matches/undo/", {"act": act, "kind": "shifts"})
    assert {s.state for s in Shift.objects.all()} == {"planned"}
    client.post("/matches/", {"kind": "shifts", "only": button(client, "cancel"), "ready": "当天没有开播"})
    assert {(s.state, s.note) for s in Shift.objects.all()} == {("cancelled", "当天没有开播")}


def button(client: Client, choice: str, page: int = 1) -> str:
    """What the button for the whole group says."""
    found = re.search(
        rf'value="(group~\w+\|{choice})"', client.get(f"/matches/?kind=shifts&page={page}").content.decode()
    )
    assert found
    return found[1]


def planned(account: Account, person: Person, count: int) -> None:
    now = timezone.now()
    Session.objects.create(account=account, start=now - 2 * HOUR, end=now - HOUR, by_hand=True)
    Shift.objects.bulk_create(
        Shift(
            account=account, person=person, role="host", planned_start=now - (6 * n + 4) * HOUR,
            planned_end=now - (6 * n + 3) * HOUR,
        )
        for n in range(1, count + 1)
    )  # fmt: skip


def test_shifts_without_a_broadcast_are_settled_at_once_however_many_pages_they_fill(cast) -> None:
    client = cast.client("owner")
    planned(Account.objects.create(handle="一", name="一"), cast.host, 130)
    page = client.get("/matches/?kind=shifts&page=2").content.decode()
    assert "全部 130 条，包括其他页" in page
    every = button(client, "cancel", 2)
    assert every == button(client, "cancel")
    # one that somebody settled since makes it another group, of which nothing was said
    first = Shift.objects.order_by("pk")[0]
    actions.set_aside_shifts(by=cast.owner, shifts=[first], state="absent", reason="x")
    refused = client.post("/matches/", {"kind": "shifts", "only": every, "ready": "当天没有开播"})
    assert refused.status_code == 422
    assert "这份列表变了" in refused.content.decode()
    with CaptureQueriesContext(connection) as asked:
        client.post("/matches/", {"kind": "shifts", "only": button(client, "cancel"), "ready": "当天没有开播"})
    states = [shift.state for shift in Shift.objects.order_by("pk")]
    assert states == ["absent", *["cancelled"] * 129]
    # the page before and the verb: nothing is asked or written shift by shift
    assert len(asked) < 90
    (event,) = AuditEvent.objects.filter(verb="cancel_shift")
    assert event.count == 129
    assert event.data["members"]["sha256"]
    act = event.data["act"]
    client.post("/matches/undo/", {"act": act, "kind": "shifts"})
    assert [shift.state for shift in Shift.objects.order_by("pk")] == ["absent", *["planned"] * 129]


def test_what_another_settled_meanwhile_is_not_settled_twice(cast) -> None:
    account = Account.objects.create(handle="一", name="一")
    day = timezone.make_aware(datetime.combine(date(2026, 10, 3), datetime.min.time()))
    pair = [Session.objects.create(account=account, start=day + n * HOUR, end=day + (n + 0.9) * HOUR) for n in range(2)]
    item = f"{pair[0].pk}-{pair[1].pk}"
    actions.keep_apart(by=cast.owner, sessions=pair[1:], reason="两场")
    Session.objects.filter(pk=pair[1].pk).update(gone=True)
    answer = cast.client("owner").post(
        "/matches/", {"kind": "joins", "only": item, f"choice-{item}": "join", "reason": "x"}
    )
    assert answer.status_code == 422
    assert Session.objects.filter(joined_to=None).count() == 2


def test_a_joined_broadcast_stands_once_and_its_parts_lead_to_it(cast, doubtful) -> None:
    part = Session.objects.create(
        account=doubtful[0].account, start=START + 4.2 * HOUR, end=START + 5 * HOUR, by_hand=True
    )
    actions.join_sessions(by=cast.owner, sessions=[doubtful[0], part], reason="断网")
    client = cast.client("owner")
    page = client.get("/sessions/?from=2026-10-30&to=2026-10-30").content.decode()
    assert f"/sessions/{doubtful[0].pk}/" in page
    assert f"/sessions/{part.pk}/" not in page
    assert "19:00–次日 00:00" in page or "19:00–24:00" in page
    answer = client.get(f"/sessions/{part.pk}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/sessions/{doubtful[0].pk}/")


def test_the_sessions_page_tells_leads_who_decided_what_and_why(cast, doubtful) -> None:
    p = key(doubtful, "p")
    data = {"kind": "orders", "only": p, f"choice-{p}": str(doubtful[1].pk), "reason": "看过回放"}
    cast.client("lead").post("/matches/", data)
    page = cast.client("owner").get(f"/sessions/{doubtful[1].pk}/").content.decode()
    assert "看过回放" in page
    assert str(cast.lead.user) in page


def also_in_doubt(
    settings, rooms: list[Account], rows: list[dict[str, object]], start: datetime = START
) -> list[Session]:
    """These rooms on air together for four hours, with orders that name none of them."""
    made = [Session.objects.create(account=room, start=start, end=start + 4 * HOUR, by_hand=True) for room in rooms]
    write_batch(Path(settings.FACTS_ROOT) / "more", ORDER_LINE, rows)
    Batch.objects.create(
        source="y", table=ORDER_LINE, file_name="y.csv", sha256="2" * 64, as_of=START + 48 * HOUR, folder="more",
        accepted=len(rows), rejected=0,
    )  # fmt: skip
    return made


@pytest.mark.parametrize("choice", ["none", "split", "first"])
def test_two_platforms_that_sell_in_one_currency_at_once_are_settled_apart(cast, settings, doubtful, choice) -> None:
    shops = [Account.objects.create(handle=name, name=name, platform="taobao") for name in ("淘甲", "淘乙")]
    rows = [line(12, START + 2 * HOUR, "p", 70) | {"sub_order": "t1", "platform": "taobao"}]
    theirs = "-".join(str(s.pk) for s in also_in_doubt(settings, shops, rows)) + "~p"
    compute_month(Progress(), "2026-10")
    p, q = key(doubtful, "p"), key(doubtful, "q")
    assert [item.key for item in order_items()] == [p, q, theirs]
    said = str(doubtful[0].pk) if choice == "first" else choice
    data = {"kind": "orders", "mark": [p, q], f"choice-{p}": said, f"choice-{q}": said, "reason": "看过回放"}
    assert cast.client("lead").post("/matches/", data).status_code == 302
    assert [item.key for item in order_items()] == [theirs]
    compute_month(Progress(), "2026-10")
    assert [item.key for item in order_items()] == [theirs]
    facts = SegmentFact.objects.filter(computation__state="current", measure="paid_minor")
    places = {place: sum(f.amount for f in facts if f.place == place) for place in ("segment", "unmatched")}
    # 7 was ordered with one room on air, 70 are the other platform's
    nobodys = 1599 if choice == "none" else 0
    assert places == {"segment": 1599 + 7 + 70 - nobodys, "unmatched": nobodys}
    data = {"kind": "orders", "only": theirs, f"choice-{theirs}": "none", "reason": "看过回放"}
    assert cast.client("lead").post("/matches/", data).status_code == 302
    assert order_items() == []
    page = cast.client("owner").get(f"/sessions/{theirs.partition('-')[0]}/").content.decode()
    assert "看过回放" in page


def test_what_is_sold_in_a_break_of_a_third_room_can_be_settled(cast, doubtful) -> None:
    """三 is on air all the time but broke off from 20:00 to 22:00: then only 一 and 二 are."""
    third = Account.objects.create(handle="三", name="三")
    parts = [
        Session.objects.create(account=third, start=START + a * HOUR, end=START + b * HOUR, by_hand=True)
        for a, b in ((-1, 1), (2.5, 5))
    ]
    actions.join_sessions(by=cast.owner, sessions=parts, reason="断网")
    assert stretches(list(doubtful)) == [(START + HOUR, START + 2.5 * HOUR)]
    compute_month(Progress(), "2026-10")
    p = key(doubtful, "p")
    assert p in [item.key for item in order_items()]
    data = {"kind": "orders", "only": p, f"choice-{p}": "none", "reason": "看过回放"}
    assert cast.client("lead").post("/matches/", data).status_code == 302
    assert p not in [item.key for item in order_items()]


def test_candidates_of_two_months_stand_once_with_both_and_can_be_settled(cast, settings) -> None:
    """甲 begins on 31 October, 乙 on 1 November; an order names neither."""
    rooms = [Account.objects.create(handle=name, name=name) for name in ("甲", "乙")]
    midnight = datetime(2026, 10, 31, 16, tzinfo=UTC)
    (one,) = also_in_doubt(settings, rooms[:1], [line(2, midnight + HOUR, "p", 500)], midnight - HOUR)
    other = Session.objects.create(account=rooms[1], start=midnight, end=midnight + 3 * HOUR, by_hand=True)
    for month in ("2026-10", "2026-11"):
        compute_month(Progress(), month)
    item = f"{one.pk}-{other.pk}~p"
    assert [(found.key, found.count, found.amount) for found in order_items()] == [(item, 1, 500)]
    data = {"kind": "orders", "only": item, f"choice-{item}": "none", "reason": "看过回放"}
    assert cast.client("lead").post("/matches/", data).status_code == 302
    assert order_items() == []


def test_orders_that_wait_for_a_rate_are_in_doubt_too_and_in_their_own_money(settings) -> None:
    shops = [Account.objects.create(handle=n, name=n, platform="tiktok", currency="IDR") for n in ("a", "b")]
    rows = [line(2, START + HOUR, "p", 5000) | {"currency": "IDR", "platform": "tiktok"}]
    also_in_doubt(settings, shops, rows)
    compute_month(Progress(), "2026-10")
    assert [(item.amount, item.currency) for item in order_items()] == [(5000, "IDR")]
    ExchangeRate.objects.create(currency="IDR", day=date(2026, 10, 1), rate="0.00045")
    compute_month(Progress(), "2026-10")
    assert [(item.amount, item.currency) for item in order_items()] == [(5000, "IDR")]


def test_with_nothing_imported_nothing_has_its_place(cast) -> None:  # type: ignore[no-untyped-def]
    """It is not said that all is well: nothing was imported yet, and that comes first."""
    page = cast.client("owner").get("/matches/").content.decode()
    assert "还没有导入任何文件" in page
    assert "请先上传直播明细，再上传订单和排班表。分不清的会出现在这里。" in page
    assert 'href="/upload/"' in page[page.index("还没有导入任何文件") :]
    assert "都有归属" not in page
    Batch.objects.create(source="x", table=ORDER_LINE, file_name="x.csv", sha256="1" * 64, as_of=START, folder="orders",
                         accepted=4, rejected=0)  # fmt: skip
    page = cast.client("owner").get("/matches/").content.decode()
    assert "每笔订单、每张报表、每个班次都有归属" in page
    assert "还没有导入任何文件" not in page
