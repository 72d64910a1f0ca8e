"""What an item of a card says besides its rule, in words: figures, whom it eases, who rates, where its weight goes."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from kaibo.appraisal import rule_words, wording
from kaibo.appraisal.card import DefaultCard
from kaibo.appraisal.limits import limit, per_cent
from kaibo.appraisal.own_cards.keys import places_called
from kaibo.appraisal.own_cards.line_form import MISSING, RATERS, ROUTE
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.rules import Bands, Benchmarked, By, Line, Table
from kaibo.kpi.scoring import LineScore
from kaibo.kpi.values import Value
from kaibo.live.models import RoomDuty
from kaibo.look import numbers


def rule_said(line: Line, kpi: Kpi) -> str:
    """The rule with every band and its points; — for a half-typed one that says nothing yet."""
    score = LineScore(line, Value(line.kpi, definition=kpi))
    try:
        if isinstance(line.rule, Bands | Benchmarked):
            bands = [(wording.band_text(score, band), wording.plain(band.points)) for band in line.rule.bands]
            return " · ".join(f"{edge} → {points}" for edge, points in bands)
        return rule_words.rule_text(score)
    except (KeyError, ValueError, ZeroDivisionError):
        return "—"


def details(card: DefaultCard, line: Line, kpi: Kpi | None) -> list[str]:
    """One line of text each; none of what the card does not say."""
    return [*_measured(line, kpi), *_others(line, kpi), *_people(line), *_weight(card, line)]


def _measured(line: Line, kpi: Kpi | None) -> Iterator[str]:
    if kpi is None:
        return
    if line.targets is not None:
        yield _("Targets: %(figures)s") % {"figures": _figures(line.targets, kpi)}
    if isinstance(line.rule, Benchmarked):
        yield _("Against the benchmark: %(figures)s") % {"figures": _figures(line.rule.benchmark, kpi)}
    if line.route is not None:
        duty = dict(RoomDuty.choices).get(line.duty, line.duty)
        how = " · ".join(str(one) for one in (dict(ROUTE).get(line.route, line.route.value), duty) if one)
        yield _("Credited by: %(how)s") % {"how": how}


def _figures(table: Table, kpi: Kpi) -> str:
    """“美妆 2026-11 10,000 · 食品 4,000”"""
    said = [
        " ".join(filter(None, (key_title(table.by, one.key), one.month, limit(kpi.unit, one.value))))
        for one in table.figures
    ]
    return " · ".join(said)


def _others(line: Line, kpi: Kpi | None) -> Iterator[str]:
    """Newcomers and variants: what is measured otherwise for them."""
    if kpi is None:
        return
    if line.newcomer is not None:
        eased = line.newcomer
        own = replace(line, rule=eased.rule) if eased.rule else None
        yield f"{_('Newcomers')}: {_eased(eased.counts, eased.part, own, kpi)}"
    for one in line.variants:
        own = line.varied(one) if one.rule else None
        target = "" if one.target is None else limit(kpi.unit, one.target)
        yield f"{key_title(one.by, one.key) or '—'}: {_eased(one.counts, one.part, own, kpi, target)}"


def _eased(counts: bool, part: Decimal, own: Line | None, kpi: Kpi, target: str = "") -> str:
    found = [] if counts else [_("does not count")]
    if target:
        found.append(_("target %(figure)s") % {"figure": target})
    if part != 1:
        found.append(_("%(part)s of the target is enough") % {"part": per_cent(Fraction(part))})
    if own is not None:
        found.append(rule_said(own, kpi))
    return " · ".join(found) or _("as the others")


def _people(line: Line) -> Iterator[str]:
    if line.raters:
        told = [f"{RATERS.get(one.rater, one.rater)} {wording.plain(one.weight)}{numbers.THIN}%" for one in line.raters]
        yield _("Rated by: %(raters)s") % {"raters": " · ".join(told)}


def _weight(card: DefaultCard, line: Line) -> Iterator[str]:
    if not line.gives_to:
        return
    reasons, titles = dict(MISSING), _titles(card)
    why = " · ".join(str(reasons.get(one, one)) for one in sorted(line.not_applicable))
    to = " · ".join(titles.get(one, one) for one in line.gives_to)
    yield _("Where it is not applicable (%(why)s) its weight goes to: %(items)s") % {"why": why, "items": to}


def _titles(card: DefaultCard) -> dict[str, str]:
    """Key of an item → what it is called."""
    kpis = card.known_kpis
    scored = {one.kpi: wording.title(kpis[one.kpi]) for one in card.card.lines if one.kpi in kpis}
    return {**scored, **{one.line.kpi: one.title for one in card.rated}}


def key_title(by: By | None, key: str) -> str:
    """What a key is called: 中层, 新号; of rooms and categories the key itself."""
    return places_called(by or "").get(key, key)
