"""How a closed month's lines are called, computed and weighed: as the bundle says, whatever came since."""

import re
from dataclasses import replace
from decimal import Decimal
from html import unescape

from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from kaibo.appraisal import cards, completeness, keeping, month_data, team
from kaibo.appraisal.own_cards import store
from kaibo.closing import findings as found
from kaibo.jobs.queue import Progress
from kaibo.kpi.catalog import KPIS
from kaibo.login.tokens import make_token
from kaibo.measurement import definitions

from .conftest import NOW, OCTOBER, Autumn


def text(autumn: Autumn, url: str, language: str = "zh-hans") -> str:
    got = autumn.cast.client("owner").get(url, headers={"accept-language": language})
    assert got.status_code == 200
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", got.content.decode())))


def upgrade(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """As if a later version of Kaibo were installed: another name, formula and version of a KPI, another card."""
    newer = {
        **KPIS, "net_paid": replace(KPIS["net_paid"], title="Renamed", short="Renamed", formula="Otherwise", version=2),
    }  # fmt: skip
    for module in (
        "kpi.values",
        "measurement.person_values",
        "measurement.room_values",
        "appraisal.wording",
        "appraisal.team",
    ):
        monkeypatch.setattr(f"kaibo.{module}.KPIS", newer)

    def cards_in(first):  # type: ignore[no-untyped-def]
        host = cards.cards_in(first)["host"]
        lines = tuple(replace(line, weight=Decimal(25)) for line in host.card.lines[:4])
        return {"host": replace(host, version=9, card=replace(host.card, lines=lines), named="升级后的主播")}

    for module in (month_data, team):
        monkeypatch.setattr(module, "cards_in", cards_in)


def test_a_closed_month_keeps_its_names_its_formulas_and_its_card(autumn: Autumn, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    closing = autumn.close()
    keeping.keep_month(Progress(), "2026-10")
    host = autumn.cast.host
    pages = {
        "month": reverse("appraisal:month", args=[host.pk, "2026-10"]),
        "line": reverse("appraisal:line", args=[host.pk, "2026-10", "net_paid"]),
        "team": "/team/?month=2026-10",
    }
    before = {(name, code): text(autumn, url, code) for name, url in pages.items() for code in ("zh-hans", "en")}
    assert "退后成交（T+15）" in before["month", "zh-hans"]
    assert "Sales − refunds made within 15 days of the order" in before["line", "en"]
    upgrade(monkeypatch)
    after = {(name, code): text(autumn, url, code) for name, url in pages.items() for code in ("zh-hans", "en")}
    assert after == before
    # November is open: it is today's
    november = text(autumn, reverse("appraisal:month", args=[host.pk, "2026-11"]), "en")
    assert "Renamed" in november
    assert "v9" in november
    # the names themselves are in the bundle, so that a translation may change
    folder = definitions.Path(definitions.settings.FACTS_ROOT) / "closed" / closing.folder
    assert '"Refund rate":"退款率"' in (folder / "words.json").read_text(encoding="utf-8")
    words = definitions.definitions_at(closing.folder, closing.snapshot)
    assert words is not None
    assert words.cards["host"]["version"] == 1
    # a bundle that is not the snapshot's is not believed: today's are shown, and `verify` says where it differs
    (folder / "cards.json").write_text("{}", encoding="utf-8")
    definitions._read.cache_clear()
    definitions._in_language.cache_clear()
    assert "v9" in text(autumn, pages["month"])


def test_a_kpi_that_the_catalog_has_lost_is_still_the_closed_months(autumn: Autumn, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    autumn.close()
    keeping.keep_month(Progress(), "2026-10")
    host = autumn.cast.host
    pages = [
        reverse("appraisal:month", args=[host.pk, "2026-10"]),
        *(reverse("appraisal:line", args=[host.pk, "2026-10", kpi]) for kpi in ("net_paid", "refund_rate")),
        "/team/?month=2026-10",
        reverse("closing:month", args=["2026-10"]),
    ]
    _token, key = make_token(by=autumn.cast.owner, name="x")
    program = Client(headers={"authorization": f"Bearer {key}"})
    asked = "/api/v1/team/?month=2026-10"
    before, said = [text(autumn, url) for url in pages], program.get(asked).json()
    assert "退款率" in before[0]
    units = {line["kpi"]: line["unit"] for row in said["team"] for line in row["lines"]}
    assert (units["net_paid"], units["refund_rate"]) == ("money", "ratio")
    left = {key: kpi for key, kpi in KPIS.items() if key not in ("net_paid", "refund_rate")}
    for module in (
        "kpi.values", "kpi.rules", "kpi.scoring", "kpi.checks",
        "measurement.person_values", "measurement.room_values",
        "appraisal.wording", "appraisal.team", "appraisal.month_data", "appraisal.card_faults",
        "appraisal.own_cards.store",
    ):  # fmt: skip
        monkeypatch.setattr(f"kaibo.{module}.KPIS", left)
    # what it remembers was read before
    monkeypatch.setattr(store, "_made", store._made.__wrapped__)
    for module in (month_data, team):
        monkeypatch.setattr(module, "cards_in", lambda first: {})
    assert [text(autumn, url) for url in pages] == before
    assert program.get(asked).json() == said


def test_a_card_that_contradicts_itself_stands_against_closing(autumn: Autumn, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    card = cards.cards_in(OCTOBER)["host"]
    wrong = replace(card, card=replace(card.card, lines=card.card.lines[:2]))
    monkeypatch.setattr(completeness, "cards_in", lambda first: {"host": wrong})
    (finding,) = [one for one in found.findings(OCTOBER, NOW) if one.code == "card_host"]
    assert not finding.blocking
    with override("en"):
        (finding,) = [one for one in found.findings(OCTOBER, NOW) if one.code == "card_host"]
    assert finding.title == "The scorecard “Host” contradicts itself: nobody is scored by it"
    assert (
        finding.todo
        == "The weights add up to 60, not to 100. 40 are still to be given: add an item, or change a weight."
    )
    assert finding.url == "/team/?month=2026-10&role=host"
