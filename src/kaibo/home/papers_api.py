"""Reviews and scorecards on paper, for programs: the files that their pages give."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone

from kaibo.appraisal.card import DefaultCard
from kaibo.appraisal.cards import cards_in, every_card
from kaibo.appraisal.cycle import review_print
from kaibo.appraisal.cycle.access import find_published_review
from kaibo.appraisal.own_cards import paper
from kaibo.home.api_views import api
from kaibo.login.models import User
from kaibo.login.token_scopes import Area
from kaibo.look import numbers
from kaibo.look.printing.pdf import MissingGlyph, answer
from kaibo.org.access import sees_amounts


@api("GET", area=Area.REVIEWS, personal=True)
def review_pdf(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """A published review, with the amounts that its reader may see."""
    found = find_published_review(user, pk)
    address = request.build_absolute_uri(reverse("appraisal:review", args=[pk]))
    try:
        with numbers.amounts_withheld(not sees_amounts(user, found.person)):
            document = review_print.document(user, found, address)
        return answer(document, f"review-{found.cycle.month:%Y-%m}-{found.person}.pdf")
    except MissingGlyph as error:
        return _refused(error)


@api("GET", area=Area.CARDS, personal=True)
def card_pdf(request: HttpRequest, _user: User) -> HttpResponse:
    """A published scorecard in words (?role=, ?version=, without one the card in use)."""
    shown, now = _card(request)
    try:
        document = paper.document(shown, in_use=shown == now)
        return answer(document, f"scorecard-{shown.title}-v{shown.version}.pdf")
    except MissingGlyph as error:
        return _refused(error)


@api("GET", area=Area.CARDS, personal=True)
def card_xlsx(request: HttpRequest, _user: User) -> HttpResponse:
    """The same as a workbook."""
    shown, _now = _card(request)
    return paper.workbook(shown, f"scorecard-{shown.role}-v{shown.version}.xlsx")


def _card(request: HttpRequest) -> tuple[DefaultCard, DefaultCard | None]:
    """The card asked for, and the one in use this month. Raises Http404."""
    role, version = request.GET.get("role", ""), request.GET.get("version", "")
    now = cards_in(timezone.localdate().replace(day=1)).get(role)
    shown = now if not version else next(
        (one for one in every_card() if one.role == role and str(one.version) == version), None
    )  # fmt: skip
    if shown is None:
        raise Http404
    return shown, now


def _refused(error: MissingGlyph) -> JsonResponse:
    """A character that the font does not have is named rather than printed as a hole."""
    return JsonResponse({"error": " ".join(error.messages)}, status=422)
