"""What a room sells decides by which benchmark its people are scored: said on its page, from a month on."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction as F  # noqa: N817

from django.utils import timezone

from kaibo.appraisal.actions import import_cards, publish_card
from kaibo.appraisal.card import DefaultCard
from kaibo.appraisal.cards import cards_in
from kaibo.appraisal.keeping import keep_unkept_now
from kaibo.appraisal.models import KeptScore, KeptState
from kaibo.appraisal.month import month_of
from kaibo.appraisal.places import first_broadcasts, places_of
from kaibo.appraisal.tests.conftest import OCTOBER
from kaibo.appraisal.tests.drafts import clear, draft_of, text_of
from kaibo.appraisal.tests.editor import at, entered
from kaibo.audit.models import AuditEvent
from kaibo.kpi.rules import By, Variant
from kaibo.live.models import Account, RoomCategory, Session
from kaibo.measurement.closed import closed_months
from kaibo.measurement.models import Closing, ClosingState
from kaibo.org.actions.lifecycle import move_host
from kaibo.org.models import Stage, StageChange


def benchmarked(boss, evening) -> None:  # type: ignore[no-untyped-def]
    """Views against the category: 1,000 for bedding, 2,000 for beauty; all of it 100 points, four fifths 60."""
    draft = draft_of(boss)
    clear(boss, draft)
    rows = {
        "benchmark": [["家纺", "", "1000"], ["美妆", "", "2000"]],
        "bands": [["100", "", "100"], ["80", "100", "60"], ["", "80", "0"]],
    }
    typed = {"kpi": "views", "form": "benchmark", "weight": "100", "by": "category"}
    entered(boss, at("card_draft_line", draft.pk, "new"), typed, rows, {"form": "benchmark", "kpi": "views"})
    draft.refresh_from_db()
    publish_card(by=evening.cast.owner, draft=draft, since=OCTOBER)


def say(boss, evening, status: int = 302, **typed: str):  # type: ignore[no-untyped-def]
    room = Account.objects.get(pk=evening.account.pk)
    said = {"name": room.name, "other_names": "", "zone": room.zone, "currency": room.currency,
            "split_rule": room.split_rule, **typed}  # fmt: skip
    answer = boss.post(f"/rooms/{room.pk}/edit/", said)
    assert answer.status_code == status, text_of(answer)
    return answer


def scored(evening):  # type: ignore[no-untyped-def]
    """The host has 1,700 of the evening's 2,000 views."""
    return month_of(evening.cast.host, OCTOBER).line("views").score


def test_a_room_s_category_finds_the_benchmark(boss, evening) -> None:  # type: ignore[no-untyped-def]
    benchmarked(boss, evening)
    assert (scored(evening).points, scored(evening).waiting) == (None, "no_benchmark")
    say(boss, evening, category=" 家纺 ", category_since="2026-09")
    assert (scored(evening).benchmark, scored(evening).points) == (F(1000), 100)
    told = AuditEvent.objects.get(verb="set_category")
    assert (told.data["former"], told.data["category"], told.data["months"]) == ("", "家纺", ["2026-10"])
    # from October on it sells something else: 1,700 of 2,000 are 85 %
    say(boss, evening, category="美妆", category_since="2026-10")
    assert (scored(evening).benchmark, scored(evening).points) == (F(2000), 60)
    # later months change nothing of it, and saving what is so already writes nothing
    say(boss, evening, category="食品", category_since="2026-11")
    say(boss, evening, category="食品", category_since="2026-11")
    assert scored(evening).benchmark == 2000
    assert RoomCategory.objects.count() == 3
    page = boss.get(f"/rooms/{evening.account.pk}/").content.decode()
    assert '<option value="家纺">' in page
    # a program that says nothing of it leaves it
    say(boss, evening)
    assert RoomCategory.objects.count() == 3


def test_a_closed_month_keeps_the_category_that_it_was_closed_with(boss, evening) -> None:  # type: ignore[no-untyped-def]
    benchmarked(boss, evening)
    say(boss, evening, category="家纺", category_since="2026-10")
    now = timezone.now()
    Closing.objects.create(
        month=OCTOBER, state=ClosingState.CLOSED, folder="none", snapshot="0" * 64, closed_at=now,
        computation=evening.computation,
    )  # fmt: skip
    said_later = now + timedelta(minutes=1)
    RoomCategory.objects.create(account=evening.account, since=OCTOBER, category="美妆", made_at=said_later)
    cards, host = cards_in(OCTOBER).values(), evening.cast.host.pk
    open_, closed = (places_of([host], OCTOBER, cards, known).of(host, "host") for known in ({}, closed_months()))
    assert (list(open_[By.CATEGORY]), list(closed[By.CATEGORY])) == (["美妆"], ["家纺"])


def asking(by: By, key: str) -> list[DefaultCard]:
    """The hosts' card, as if its first item had a variant."""
    card = cards_in(OCTOBER)["host"]
    first, *rest = card.card.lines
    lines = (replace(first, variants=(Variant(by, key),)), *rest)
    return [replace(card, card=replace(card.card, lines=lines))]


def test_a_room_is_as_old_as_its_first_broadcast_that_there_was(evening) -> None:  # type: ignore[no-untyped-def]
    """One of a file that was withdrawn is none."""
    host, cards = evening.cast.host.pk, asking(By.ROOM_AGE, "new")
    old = Session.objects.create(
        account=evening.account, start=evening.session.start - timedelta(days=400),
        end=evening.session.end - timedelta(days=400),
    )  # fmt: skip
    assert set(places_of([host], OCTOBER, cards, {}).of(host, "host")[By.ROOM_AGE]) == {"mature"}
    Session.objects.filter(pk=old.pk).update(gone=True)
    assert set(places_of([host], OCTOBER, cards, {}).of(host, "host")[By.ROOM_AGE]) == {"new"}


def older_file(evening):  # type: ignore[no-untyped-def]
    """A broadcast of the room 400 days earlier, as a file of that month tells it."""
    long_ago = timedelta(days=400)
    return Session.objects.create(
        account=evening.account, start=evening.session.start - long_ago, end=evening.session.end - long_ago
    )


def by_age(evening, boss) -> None:  # type: ignore[no-untyped-def]
    """A published card of the hosts: 500 views in a new room, 50,000 in a mature one."""
    (draft,) = import_cards(by=evening.cast.owner, text=BY_AGE)
    publish_card(by=evening.cast.owner, draft=draft, since=OCTOBER)


BY_AGE = """
[[card]]
role = "host"
version = 1

[[card.line]]
kpi = "views"
weight = "100"
rule = { form = "linear", cap = "1" }
targets = { by = "room_age", figures = [{ key = "new", value = "500" }, { key = "mature", value = "50000" }] }
"""


def test_an_older_file_that_makes_a_room_mature_has_the_scores_kept_anew(boss, evening) -> None:  # type: ignore[no-untyped-def]
    def points():  # type: ignore[no-untyped-def]
        kept = KeptScore.objects.filter(state=KeptState.CURRENT, person=evening.cast.host, role="host")
        return kept.values_list("points", flat=True).get()

    by_age(evening, boss)
    keep_unkept_now()
    assert points() == scored(evening).points == 100
    old = older_file(evening)
    assert keep_unkept_now() == ["2026-10"]
    assert points() == scored(evening).points < 100
    # another one earlier still changes no room's age
    Session.objects.create(
        account=evening.account, start=old.start - timedelta(days=9), end=old.end - timedelta(days=9)
    )
    assert keep_unkept_now() == []


def test_a_closed_month_keeps_the_age_that_its_rooms_were_closed_with(evening) -> None:  # type: ignore[no-untyped-def]
    host, cards = evening.cast.host.pk, asking(By.ROOM_AGE, "new")
    begun = {str(room): at.isoformat() for room, at in first_broadcasts().items()}
    Closing.objects.create(
        month=OCTOBER, state=ClosingState.CLOSED, folder="none", snapshot="0" * 64, closed_at=timezone.now(),
        computation=evening.computation, frozen={"first_broadcasts": begun},
    )  # fmt: skip
    older_file(evening)
    open_, closed = (places_of([host], OCTOBER, cards, known).of(host, "host") for known in ({}, closed_months()))
    assert (set(open_[By.ROOM_AGE]), set(closed[By.ROOM_AGE])) == ({"mature"}, {"new"})


def test_a_closed_month_keeps_the_stage_that_it_was_closed_with(evening) -> None:  # type: ignore[no-untyped-def]
    host, cards = evening.cast.host.pk, asking(By.STAGE, "trial")
    move_host(by=None, person=evening.cast.host, stage=Stage.CANDIDATE, day=date(2026, 10, 2))
    closing = Closing.objects.create(
        month=OCTOBER, state=ClosingState.CLOSED, folder="none", snapshot="0" * 64, closed_at=timezone.now(),
        computation=evening.computation,
    )  # fmt: skip
    move_host(by=None, person=evening.cast.host, stage=Stage.TRIAL, day=date(2026, 10, 20))
    StageChange.objects.filter(stage=Stage.TRIAL).update(made_at=closing.closed_at + timedelta(minutes=1))
    open_, closed = (places_of([host], OCTOBER, cards, known).of(host, "host") for known in ({}, closed_months()))
    assert (open_[By.STAGE], closed[By.STAGE]) == ({"trial": 1}, {"candidate": 1})


def test_what_is_no_month_or_too_long_is_refused_and_nothing_written(boss, evening) -> None:  # type: ignore[no-untyped-def]
    for typed in ({"category": "家纺", "category_since": "去年"}, {"category": "纺" * 41, "category_since": "2026-10"}):
        say(boss, evening, status=422, **typed)
    assert not RoomCategory.objects.exists()
