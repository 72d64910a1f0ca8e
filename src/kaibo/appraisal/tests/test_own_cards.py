"""Cards and KPIs of a team's own: drafts, versions from a month on, and months that are scored by them."""

from datetime import date
from fractions import Fraction as F  # noqa: N817
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import override
from pypdf import PdfReader

from kaibo.appraisal.actions import (
    begin_draft,
    discard_draft,
    import_cards,
    publish_card,
    retire_kpi,
    save_draft,
    save_kpi,
)
from kaibo.appraisal.card import DefaultCard, FrozenCard
from kaibo.appraisal.card_file import read_loosely, written
from kaibo.appraisal.cards import CARDS, cards_in, every_card
from kaibo.appraisal.cycle import review_page
from kaibo.appraisal.keeping import grounds
from kaibo.appraisal.line_words import line_title
from kaibo.appraisal.models import CardState, CardVersion, LineKind, ReviewLine
from kaibo.appraisal.month import month_of
from kaibo.appraisal.own_cards.store import as_default, own_kpis
from kaibo.audit.models import AuditEvent
from kaibo.audit.seen import mark
from kaibo.kpi.canonical import plain, restored
from kaibo.look import numbers
from kaibo.measurement.models import Closing, ClosingState

from .conftest import OCTOBER

pytestmark = pytest.mark.usefixtures("in_english")


NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
TOGETHER = """
[[card]]
role = "host"
version = 1

[[card.line]]
kpi = "own_rate"
weight = "60"
target = "0.002"
rule = { form = "linear", cap = "1" }

[[card.line]]
kpi = "orders"
weight = "40"
rule = { form = "bands", bands = [{ points = "10", below = "4" }, { points = "40", at_least = "4" }] }
"""


def kpi(by, formula="orders / views", **other):  # type: ignore[no-untyped-def]
    said = {"key": "own_rate", "zh": "百次成交", "en": "Own rate", "unit": "ratio", "direction": "up", **other}
    return save_kpi(by=by, formula=formula, **said)


def test_a_month_is_scored_by_the_newest_published_card_and_its_own_kpi(evening):
    boss = evening.cast.owner
    before = grounds()[OCTOBER]
    kpi(boss)
    (draft,) = import_cards(by=boss, text=TOGETHER)
    assert month_of(evening.cast.host, OCTOBER).card.version == 1
    publish_card(by=boss, draft=draft, since=OCTOBER)
    mine = month_of(evening.cast.host, OCTOBER)
    assert (mine.card.version, cards_in(date(2026, 9, 1))["host"].version) == (draft.version, 1)
    rate, orders = mine.lines
    # 4 orders ÷ 1,700 views of 0.2 %: more than all of it; 4 orders reach the upper band
    assert (rate.kpi.title, rate.value.number, rate.score.points) == ("Own rate", F(4, 1700), 60)
    assert (orders.score.points, mine.total.points) == (40, 100)
    assert grounds()[OCTOBER] != before
    said = AuditEvent.objects.get(verb="publish_card")
    assert (said.data["version"], said.data["months"]) == (draft.version, ["2026-10"])
    page = evening.cast.client("owner").get(f"/people/{evening.cast.host.pk}/2026-10/own_rate/")
    assert page.status_code == 200
    assert "百次成交" in page.content.decode()
    # the next version of the formula: twice the rate, and open months follow
    kpi(boss, "2 * orders / views", former=mine_kpi())
    assert month_of(evening.cast.host, OCTOBER).line("own_rate").value.number == F(8, 1700)
    with override("en"), pytest.raises(ValidationError, match="Published cards score it"):
        retire_kpi(by=boss, kpi=mine_kpi())


def mine_kpi():  # type: ignore[no-untyped-def]
    from kaibo.appraisal.models import OwnKpi

    return OwnKpi.objects.get(key="own_rate", in_use=True)


def test_a_closed_month_keeps_card_and_kpis_as_they_were(db, cast):
    kpi(cast.owner)
    (draft,) = import_cards(by=cast.owner, text=TOGETHER)
    publish_card(by=cast.owner, draft=draft, since=OCTOBER)
    card = cards_in(OCTOBER)["host"]
    assert isinstance(card, FrozenCard)
    # what a bundle keeps: the card without the catalog, which stands beside it with the team's KPI
    kept = restored(DefaultCard, plain(as_default(card)))
    assert kept == as_default(card)
    known = own_kpis([card])
    assert known is not None
    assert known["own_rate"].formula == "orders / views"
    Closing.objects.create(month=NOVEMBER, state=ClosingState.CLOSED, folder="none", snapshot="0" * 64)
    again = begin_draft(by=cast.owner, role="host")
    with pytest.raises(ValidationError, match="2026-11 is closed and keeps its card"):
        publish_card(by=cast.owner, draft=again, since=NOVEMBER)
    assert publish_card(by=cast.owner, draft=again, since=DECEMBER).version == draft.version + 1


def test_a_draft_may_contradict_itself_and_is_not_published(db, cast):
    draft = begin_draft(by=cast.owner, role="floor_manager")
    assert begin_draft(by=cast.owner, role="floor_manager") == draft
    data = dict(draft.data, line=[{**draft.data["line"][0], "weight": "90"}, *draft.data["line"][1:]])
    seen = mark(draft)
    save_draft(by=cast.owner, draft=draft, data=data, note="试一试", seen=seen)

    def told() -> list[list[str]]:
        rows = AuditEvent.objects.filter(verb="save_card", target_id=str(draft.pk)).order_by("pk")
        return [row.data["changed"] for row in rows]

    assert told() == [["line", "note"]]
    save_draft(by=cast.owner, draft=draft, data=data, note="再试试")
    save_draft(by=cast.owner, draft=draft, data=data)
    assert told() == [["line", "note"], ["note"]]
    with pytest.raises(ValidationError, match="The weights add up to 175, not to 100"):
        publish_card(by=cast.owner, draft=draft, since=DECEMBER)
    with pytest.raises(ValidationError, match=r"Somebody|changed"):
        save_draft(by=cast.owner, draft=draft, data=data, seen=seen)
    with pytest.raises(ValidationError, match="it lacks “kpi”"):
        save_draft(by=cast.owner, draft=draft, data={"line": [{"weight": "1"}]})
    discard_draft(by=cast.owner, draft=draft)
    with pytest.raises(ValidationError, match="no draft any more"):
        publish_card(by=cast.owner, draft=draft, since=DECEMBER)
    fresh = begin_draft(by=cast.owner, role="floor_manager")
    assert (fresh.pk != draft.pk, fresh.data["line"][0]["weight"]) == (True, "15")
    assert len(every_card()) == len(CARDS)


def test_no_version_reaches_back_before_the_one_before(db, cast):
    first = publish_card(by=cast.owner, draft=begin_draft(by=cast.owner, role="host"), since=DECEMBER)
    with pytest.raises(ValidationError, match=f"Version {first.version} counts from 2026-12 on"):
        publish_card(by=cast.owner, draft=begin_draft(by=cast.owner, role="host"), since=NOVEMBER)
    first.refresh_from_db()
    with pytest.raises(ValidationError, match="no draft any more"):
        save_draft(by=cast.owner, draft=first, data=first.data)


def test_every_shipped_card_comes_back_from_its_file_and_becomes_a_draft(db, cast):
    newest = {card.role: card for card in CARDS}
    text = written(list(newest.values()))
    assert {card.role: card for card in read_loosely(text, "x")} == newest
    drafts = import_cards(by=cast.owner, text=text)
    assert {one.role for one in drafts} == set(newest)
    with pytest.raises(ValidationError, match="There is a draft already"):
        import_cards(by=cast.owner, text=text)
    assert import_cards(by=cast.owner, text=text, replace=True)[0].pk in {one.pk for one in drafts}
    assert CardVersion.objects.count() == len(newest)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "There is no card in the file"), ("[[card]]\nrole = 'king'\nversion = 1", "no position “king”"),
        ("card = 3", "no list of cards"), ("[[card", "this is no TOML"),
        (TOGETHER + TOGETHER, "two cards for “Host”"), ("[[card]]\nversion = 1", "it lacks “role”"),
        (TOGETHER.replace('"60"', "true"), "is no number"), ("pay = 1", "no such word: pay"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused_whole(db, cast, text, said):
    with pytest.raises(ValidationError, match=said.replace("[", r"\[")):
        import_cards(by=cast.owner, text=text)
    assert not CardVersion.objects.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"key": "orders"}, "There is a KPI of that key already"), ({"key": "Ü"}, "Two to 39 small letters"),
        ({"formula": "orders / glory"}, "no measure or KPI “glory”"), ({"unit": "money"}, "Share .* not Money"),
        ({"zh": " ", "en": ""}, "Give it a name"),
    ],
)  # fmt: skip
def test_a_kpi_that_is_none_is_refused(db, cast, changed, said):
    with pytest.raises(ValidationError, match=said):
        kpi(cast.owner, **changed)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"zh": "很" * 41}, "at most 40"), ({"en": "x" * 41}, "at most 40"), ({"en": "a\0b"}, "sign"),
        ({"unit": "furlong"}, "Choose a unit"), ({"direction": "sideways"}, "Choose"),
        # 4 orders times this is no 64-bit number any more
        ({"unit": "count", "formula": "999999999 * 999999999 * 10 * orders"}, "10,000,000 times are the most"),
        ({"formula": "orders / (999999999 * 999999999 * views)"}, "times are the most"),
    ],
)  # fmt: skip
def test_a_kpi_that_no_database_holds_is_refused(db, cast, changed, said):
    with pytest.raises(ValidationError, match=said):
        kpi(cast.owner, **changed)


def test_what_a_published_card_scores_keeps_its_unit_and_direction_and_the_card_its_sense(evening):
    boss = evening.cast.owner
    kpi(boss)
    (draft,) = import_cards(by=boss, text=TOGETHER.replace('weight = "60"', 'weight = "60"\nroute = "account"'))
    # nobody is scored by a draft
    kpi(boss, unit="multiple", former=mine_kpi())
    kpi(boss, unit="ratio", former=mine_kpi())
    publish_card(by=boss, draft=draft, since=OCTOBER)
    for changed, said in (
        ({"unit": "multiple"}, "Host v"), ({"direction": "down"}, "another key"),
        # rows that name a person are credited by no room
        ({"formula": "good_ratings / ratings"}, "cannot be credited by “Who answers for the room”"),
    ):  # fmt: skip
        with pytest.raises(ValidationError, match=said):
            kpi(boss, former=mine_kpi(), **changed)
    assert cards_in(OCTOBER)["host"].faults == []
    kpi(boss, "2 * orders / views", former=mine_kpi(), seen=mark(mine_kpi()))
    assert AuditEvent.objects.filter(verb="save_kpi").latest("pk").data["months"] == ["2026-10"]


def test_two_who_begin_at_once_are_told_and_not_broken(cast, monkeypatch):
    """The second looked before the first had written."""
    from kaibo.appraisal.actions import cards, own_kpis

    first = begin_draft(by=cast.owner, role="host")
    looked = [first, None]
    monkeypatch.setattr(cards, "_draft", lambda role: looked.pop())
    assert begin_draft(by=cast.owner, role="host") == first
    monkeypatch.setattr(cards, "_drafts", lambda roles: {})
    with pytest.raises(ValidationError, match="Somebody else began a draft"):
        import_cards(by=cast.owner, text=TOGETHER)
    kpi(cast.owner)
    monkeypatch.setattr(own_kpis, "_newest", lambda key: None)
    with pytest.raises(ValidationError, match="a KPI of that key already"):
        kpi(cast.owner)
    assert (CardVersion.objects.count(), AuditEvent.objects.filter(verb="begin_card").count()) == (1, 1)


def test_a_review_names_a_team_s_own_kpi_and_shows_its_value(evening):
    kpi(evening.cast.owner)
    line = ReviewLine(
        key="own_rate", kpi="own_rate", kind=LineKind.KPI, numerator={"measured": 30}, denominator={"measured": 1_000},
        target=F(1, 50),
    )  # fmt: skip
    with override("en"):
        assert review_page.title_of(line) == line_title(line) == "Own rate"
        value = review_page.value_of(line)
        assert value is not None
        assert (value.number, review_page.target_of(line)) == (F(3, 100), f"2.00{numbers.THIN}%")
        gone = ReviewLine(kpi="gone", kind=LineKind.KPI)
        assert (review_page.value_of(gone), review_page.title_of(gone)) == (None, "gone")


def test_what_is_held_against_a_plan_has_its_target_in_hours(evening):
    """11 of 12 planned hours: a target of all of them is 12 hours, of five sixths 10."""
    line = ReviewLine(
        key="airtime_attainment", kpi="airtime_attainment", kind=LineKind.KPI,
        numerator={"measured": 11 * 3_600_000}, denominator={"measured": 12 * 3_600_000}, target=F(1),
    )  # fmt: skip
    with override("en"):
        assert review_page.target_of(line) == f"12.0{numbers.GAP}h"
        line.target = F(5, 6)
        assert review_page.target_of(line) == f"10.0{numbers.GAP}h"


def test_two_versions_never_begin_in_one_month_unless_one_takes_the_others_place(cast):
    boss, client = cast.owner, cast.client("owner")
    first = publish_card(by=boss, draft=begin_draft(by=boss, role="host"), since=DECEMBER)
    draft = begin_draft(by=boss, role="host")
    data = {**draft.data, "outside_cap": "7"}
    save_draft(by=boss, draft=draft, data=data)
    path, publish = (reverse(f"appraisal:{name}", args=[draft.pk]) for name in ("card_draft", "card_publish"))
    assert f"若同样从 2026-12 起用，则取代 v{first.version}" in client.get(path).content.decode()
    # the page of what was refused names the other version, the month, what to do, and keeps what was typed
    refused = client.post(publish, {"since": "2026-12"}, follow=True).content.decode()
    assert f"v{first.version} 也从 2026-12 起用。请选更晚的月份，或勾选用这一版取代它" in refused
    assert 'name="since" id="since" value="2026-12"' in refused
    with pytest.raises(ValidationError, match="take its place"), override("en"):
        publish_card(by=boss, draft=draft, since=DECEMBER)
    draft.refresh_from_db()
    assert (draft.state, cards_in(DECEMBER)["host"].version) == (CardState.DRAFT, first.version)
    # who says so corrects a slip before anything rests on it
    assert client.post(publish, {"since": "2026-12", "replace": "1"}).status_code == 302
    second = CardVersion.objects.get(pk=draft.pk)
    assert (second.state, second.version, second.since) == (CardState.PUBLISHED, first.version + 1, DECEMBER)
    assert cards_in(DECEMBER)["host"].card.outside_cap == 7
    assert AuditEvent.objects.filter(verb="publish_card").latest("pk").data["replaces"] == first.version
    page = client.get(reverse("appraisal:card", args=["host"]), {"version": first.version}).content.decode()
    assert f"已被 v{second.version} 取代，不用于任何月份" in page
    pdf = client.get(reverse("appraisal:card_pdf", args=["host"]), {"version": first.version})
    paper = "".join("".join(one.extract_text() for one in PdfReader(BytesIO(pdf.content)).pages).split())
    assert f"已被v{second.version}取代" in paper
    # the box does nothing where both begin in months of their own
    third = publish_card(by=boss, draft=begin_draft(by=boss, role="host"), since=date(2027, 1, 1), replace=True)
    assert (cards_in(DECEMBER)["host"].version, cards_in(third.since)["host"].version) == (
        second.version, third.version,
    )  # fmt: skip
    assert "replaces" not in AuditEvent.objects.filter(verb="publish_card").latest("pk").data
