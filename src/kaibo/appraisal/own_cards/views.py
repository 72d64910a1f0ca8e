"""Pages of scorecards: the list, a card, a draft with its items, what it would change, files, KPIs by formula."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaibo.appraisal import actions, wording
from kaibo.appraisal.card import DefaultCard
from kaibo.appraisal.card_file import written
from kaibo.appraisal.cards import cards_in, every_card
from kaibo.appraisal.own_cards import beside, item_page, pages, paper
from kaibo.appraisal.own_cards import effect as effects
from kaibo.appraisal.own_cards.access import find_draft, find_kpi, require_cards
from kaibo.appraisal.own_cards.differences import differences
from kaibo.appraisal.own_cards.fields import shown as shown_parts
from kaibo.appraisal.own_cards.models import CardVersion, OwnKpi
from kaibo.appraisal.own_cards.parts_form import TABLES, card_parts_from
from kaibo.appraisal.own_cards.preview import preview
from kaibo.appraisal.own_cards.rule_form import FORMS
from kaibo.appraisal.own_cards.rule_page import own_rules, rule_page
from kaibo.appraisal.own_cards.steps import steps_of
from kaibo.appraisal.own_cards.store import as_written, known_kpis, replaced_by
from kaibo.appraisal.roles import exists, title_of
from kaibo.audit.seen import Changed, mark
from kaibo.kpi.formula import names
from kaibo.login.access import user_of
from kaibo.login.rights import Right
from kaibo.look.printing.pdf import MissingGlyph, answer
from kaibo.measurement.months import month_of as read_month

TOML = "application/toml; charset=utf-8"
# more than any card says
LONGEST_FILE = 400_000
# what a button of a draft's page does instead of saving
STEPS = {"undo": actions.undo_draft, "redo": actions.redo_draft}


@require_safe
def cards(request: HttpRequest) -> HttpResponse:
    """Every role's card of this month, and the drafts."""
    user = user_of(request)
    edits = user.can(Right.MANAGE_CARDS)
    context = {"rows": pages.card_rows(drafts=edits), "bare": pages.bare_rows() if edits else []}
    return render(request, "appraisal/cards.html", context)


@require_safe
def card(request: HttpRequest, role: str) -> HttpResponse:
    """A role's card: the one in use, or the version asked for (?version=)."""
    versions, shown, now = _versions(request, role)
    other = request.GET.get("against", "")
    against = next((one for one in versions if str(one.version) == other and one != shown), None)
    context = {
        "card": shown,
        "page": pages.card_page(shown),
        "versions": pages.version_rows(versions, shown, now),
        "in_use": shown == now,
        "replaced_by": replaced_by(versions, shown),
        "against": against,
        "differences": differences(against, shown) if against else [],
        "may_edit": user_of(request).can(Right.MANAGE_CARDS),
    }
    return render(request, "appraisal/card.html", context)


def _versions(request: HttpRequest, role: str) -> tuple[list[DefaultCard], DefaultCard, DefaultCard | None]:
    """All of a role's, the one asked for (?version=), the one in use this month. Raises Http404."""
    versions = [one for one in every_card() if one.role == role]
    now = cards_in(timezone.localdate().replace(day=1)).get(role)
    asked = request.GET.get("version", "")
    shown = next((one for one in versions if str(one.version) == asked), now)
    if shown is None:
        raise Http404
    return versions, shown, now


@require_safe
def card_pdf(request: HttpRequest, role: str) -> HttpResponse:
    """A card to be printed; ?version= as on its page."""
    user_of(request)
    versions, shown, now = _versions(request, role)
    document = paper.document(shown, in_use=shown == now, replaced_by=replaced_by(versions, shown))
    try:
        return answer(document, f"scorecard-{shown.title}-v{shown.version}.pdf")
    except MissingGlyph as error:
        messages.error(request, " ".join(error.messages))
        return redirect(f"{reverse('appraisal:card', args=[role])}?version={shown.version}")


@require_safe
def card_xlsx(request: HttpRequest, role: str) -> HttpResponse:
    """A card as a workbook; ?version= as on its page."""
    user_of(request)
    _all, shown, _now = _versions(request, role)
    return paper.workbook(shown, f"scorecard-{shown.role}-v{shown.version}.xlsx")


@require_safe
def cards_file(request: HttpRequest) -> HttpResponse:
    """The cards of this month as one file; ?role= one of them, ?draft= a draft."""
    found = list(cards_in(timezone.localdate().replace(day=1)).values())
    name = "cards"
    if request.GET.get("draft"):
        draft = find_draft(user_of(request), _number(request.GET["draft"]))
        found, name = [pages.said_in(draft)], f"card-{draft.role}-draft"
    elif role := request.GET.get("role"):
        found, name = [one for one in found if one.role == role], f"card-{role}"
    if not found:
        raise Http404
    answer = HttpResponse(written(as_written(found)), content_type=TOML)
    answer["Content-Disposition"] = f'attachment; filename="{name if name.isascii() else "cards"}.toml"'
    return answer


@require_POST
def begin(request: HttpRequest, role: str) -> HttpResponse:
    """A draft of the role's next version, or the one there is."""
    user = require_cards(request)
    if not exists(role):
        raise Http404
    return redirect("appraisal:card_draft", actions.begin_draft(by=user, role=role).pk)


@require_http_methods(["GET", "HEAD", "POST"])
def import_file(request: HttpRequest) -> HttpResponse:
    """Cards from a file, each a draft."""
    user = require_cards(request)
    error, status = "", 200
    if request.method == "POST":
        try:
            drafts = actions.import_cards(by=user, text=_text_of(request), replace=bool(request.POST.get("replace")))
        except ValidationError as found:
            error, status = " ".join(found.messages), 422
        else:
            messages.success(
                request,
                _("Read as drafts: %(names)s.") % {"names": ", ".join(title_of(one.role) for one in drafts)},
            )
            return redirect("appraisal:card_draft", drafts[0].pk) if len(drafts) == 1 else redirect("appraisal:cards")
    return render(request, "appraisal/card_import.html", {"error": error}, status=status)


def _text_of(request: HttpRequest) -> str:
    file = request.FILES.get("file")
    if file is None:
        raise ValidationError(_("Choose a file."))
    if (file.size or 0) > LONGEST_FILE:
        raise ValidationError(_("The file is too long for cards. Is it the right one?"))
    try:
        return bytes(file.read()).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError(_("The file is no text in UTF-8. Save it as UTF-8.")) from None


@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft with its items: weights, order, what contradicts itself; one real month under it (?person=, ?month=)."""
    user = require_cards(request)
    found, error, status = find_draft(user, pk), "", 200
    seen, typed = request.POST.get("seen") or mark(found), {}
    if request.method == "POST":
        try:
            if step := STEPS.get(request.POST.get("act", "")):
                step(by=user, draft=found, seen=request.POST.get("seen", ""))
                return redirect("appraisal:card_draft", pk)
            data = pages.rearranged(found.data, request.POST)
            actions.save_draft(
                by=user, draft=found, data=data, note=request.POST.get("note"), seen=request.POST.get("seen", "")
            )
            return redirect("appraisal:card_draft", pk)
        except ValidationError as wrong:
            error, status, typed = " ".join(wrong.messages), 422, pages.typed_weights(request.POST)
            found = find_draft(user, pk)
            seen = _seen_after(wrong, found, seen)
    page = pages.draft_page(found, typed)
    context = {
        "draft": found,
        "page": page,
        "error": error,
        "title": title_of(found.role),
        "forms": FORMS,
        "preview": preview(user, page, request.GET.get("person", ""), read_month(request.GET.get("month", ""))),
        "seen": seen,
        "steps": steps_of(found),
        "next_month": request.GET.get("since", "")[:7] or beside.next_open_month(),
        "replaceable": pages.may_be_replaced(found.role),
    }
    return render(request, "appraisal/card_draft.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def draft_line(request: HttpRequest, pk: int, place: str) -> HttpResponse:
    """One item of a draft: `place` is line-N, rated-N, or new for another one."""
    user = require_cards(request)
    found, error, status = find_draft(user, pk), "", 200
    sent = request.method == "POST"
    page = item_page.line_page(found, place, request.POST if sent else request.GET, typed=sent)
    seen = request.POST.get("seen") or mark(found)
    # choosing another KPI or form only shows its fields
    if sent and "show" not in request.POST:
        try:
            data = item_page.with_line(found.data, page.at, page.read(request.POST), rated=page.rated)
            actions.save_draft(by=user, draft=found, data=data, seen=request.POST.get("seen", ""))
            messages.success(request, _("Saved."))
            if "again" in request.POST:
                more = "?rated=1" if page.rated else ""
                return redirect(reverse("appraisal:card_draft_line", args=[pk, item_page.NEW]) + more)
            return redirect("appraisal:card_draft", pk)
        except ValidationError as wrong:
            error, status = " ".join(wrong.messages), 422
            seen = _seen_after(wrong, found, seen)
    context = {
        "draft": found,
        "page": page,
        "item": request.POST.get("item") or page.item,
        "own_rules": own_rules(page.line) if page.kpi and not page.is_new else [],
        "error": error,
        "title": title_of(found.role),
        "seen": seen,
    }
    return render(request, "appraisal/card_line.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def draft_rule(request: HttpRequest, pk: int, place: str, whose: str) -> HttpResponse:
    """A rule of their own for newcomers, or for those of a variant, of one item of a draft."""
    user = require_cards(request)
    found, error, status = find_draft(user, pk), "", 200
    sent = request.method == "POST"
    asked = request.POST if sent else request.GET
    # the item as it stands: what is typed here is the rule alone
    item = item_page.line_page(found, place, item_page.of_item(asked))
    page = rule_page(item, whose, asked, typed=sent)
    seen = request.POST.get("seen") or mark(found)
    if sent and "show" not in request.POST:
        try:
            data = page.saved(found.data, request.POST)
            actions.save_draft(by=user, draft=found, data=data, seen=request.POST.get("seen", ""))
            messages.success(request, _("Saved."))
            return redirect("appraisal:card_draft_line", pk, page.item.at)
        except ValidationError as wrong:
            error, status = " ".join(wrong.messages), 422
            seen = _seen_after(wrong, found, seen)
    context = {
        "draft": found,
        "page": page,
        "name": wording.title(page.item.kpi) if page.item.kpi else "",
        "error": error,
        "title": title_of(found.role),
        "seen": seen,
    }
    return render(request, "appraisal/card_rule.html", context, status=status)


def _seen_after(wrong: ValidationError, draft: CardVersion, seen: str) -> str:
    """Who was told that somebody else was there has seen what there is now: saving once more is a decision."""
    return mark(draft) if isinstance(wrong, Changed) else seen


@require_http_methods(["GET", "HEAD", "POST"])
def draft_parts(request: HttpRequest, pk: int) -> HttpResponse:
    """Sections, grades, gates, items outside the hundred and the team's coefficient of a draft."""
    user = require_cards(request)
    found, error, status = find_draft(user, pk), "", 200
    seen = request.POST.get("seen") or mark(found)
    sent = request.method == "POST"
    # asking for more rows only shows them
    if sent and "show" not in request.POST:
        try:
            kept = {
                key: said
                for key, said in found.data.items()
                if key not in (*TABLES, "outside_floor", "outside_cap", "team")
            }
            data = {**kept, **card_parts_from(request.POST, known_kpis())}
            actions.save_draft(by=user, draft=found, data=data, seen=request.POST.get("seen", ""))
            messages.success(request, _("Saved."))
            return redirect("appraisal:card_draft", pk)
        except ValidationError as wrong:
            error, status = " ".join(wrong.messages), 422
            seen = _seen_after(wrong, found, seen)
    context = {
        "draft": found,
        "parts": shown_parts(pages.card_parts(found, request.POST if sent else None)),
        "error": error,
        "title": title_of(found.role),
        "seen": seen,
    }
    return render(request, "appraisal/card_parts.html", context, status=status)


@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    user = require_cards(request)
    found = find_draft(user, pk)
    first = read_month(request.POST.get("since", ""))
    try:
        if first is None:
            raise ValidationError(_("Write the month as 2026-11."))
        done = actions.publish_card(
            by=user, draft=found, since=first, replace="replace" in request.POST, seen=request.POST.get("seen", "")
        )
    except ValidationError as wrong:
        messages.error(request, " ".join(wrong.messages))
        typed = urlencode({"since": request.POST.get("since", "")})
        return redirect(f"{reverse('appraisal:card_draft', args=[pk])}?{typed}")
    text = _("Version %(version)s is published and counts from %(month)s on.")
    messages.success(request, text % {"version": done.version, "month": f"{first:%Y-%m}"})
    return redirect(f"{reverse('appraisal:card', args=[done.role])}?version={done.version}")


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    user = require_cards(request)
    found = find_draft(user, pk)
    try:
        actions.discard_draft(by=user, draft=found, seen=request.POST.get("seen", ""))
    except ValidationError as wrong:
        messages.error(request, " ".join(wrong.messages))
        return redirect("appraisal:card_draft", pk)
    messages.success(request, _("The draft is thrown away."))
    return redirect("appraisal:cards")


@require_safe
def draft_effect(request: HttpRequest, pk: int) -> HttpResponse:
    """Past months under a draft: who would gain, who would lose, the distribution, what it pays (?month=)."""
    user = require_cards(request)
    found = find_draft(user, pk)
    page = pages.draft_page(found)
    months = effects.months_kept(found.role)
    month = months.chosen(read_month(request.GET.get("month", "")))
    made = None
    if month is not None and page.sound:
        made = effects.effect(user, page.card, effects.seen_by(user, found.role, month), month)
    context = {
        "draft": found,
        "title": title_of(found.role),
        "months": months.every,
        "month": month,
        "until": months.unfinished.get(month) if month else None,
        "effect": made,
        "page": page,
        "groups": beside.effect_groups(made) if made else [],
        "pay": beside.effect_pay(made) if made else None,
        "lacking": beside.effect_lacking(made) if made else [],
    }
    return render(request, "appraisal/card_effect.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def kpis(request: HttpRequest, key: str = "") -> HttpResponse:
    """KPIs by formula: the list, a new one, or the next version of one (`key`)."""
    user = require_cards(request)
    former = find_kpi(user, key) if key else None
    typed: dict[str, Any] = {name: getattr(former, name) for name in beside.KPI_FIELDS} if former else {}
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        typed = {name: request.POST.get(name, "") for name in beside.KPI_FIELDS}
        try:
            made = actions.save_kpi(by=user, former=former, seen=request.POST.get("seen", ""), **typed)
            messages.success(
                request, _("“%(name)s” v%(version)s is kept.") % {"name": made.zh, "version": made.version}
            )
            return redirect("appraisal:card_kpis")
        except ValidationError as wrong:
            errors = wrong.message_dict if hasattr(wrong, "error_dict") else {"": wrong.messages}
    context = {
        "own": OwnKpi.objects.filter(in_use=True),
        "former": former,
        "fields": beside.kpi_fields(typed, errors, former),
        "error": " ".join(errors.get("", [])),
        "names": sorted((name, _(text)) for name, text in names().items()),
        "seen": mark(former) if former else "",
    }
    return render(request, "appraisal/card_kpis.html", context, status=422 if errors else 200)


@require_POST
def retire(request: HttpRequest, key: str) -> HttpResponse:
    user = require_cards(request)
    try:
        actions.retire_kpi(by=user, kpi=find_kpi(user, key), seen=request.POST.get("seen", ""))
        messages.success(request, _("No card can use it any more."))
    except ValidationError as wrong:
        messages.error(request, " ".join(wrong.messages))
    return redirect("appraisal:card_kpis")


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Http404
    return int(text)
