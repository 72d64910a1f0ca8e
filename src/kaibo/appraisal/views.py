"""Pages of a person's month: my month, and the path of one line down to the file."""

from dataclasses import replace
from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from kaibo.appraisal import line_page, month_page, named, named_team, wording
from kaibo.appraisal.columns import Choice
from kaibo.appraisal.export import workbook
from kaibo.appraisal.finders import latest_month
from kaibo.appraisal.month import MyMonth, RatedScore, month_of
from kaibo.appraisal.month_lines import MonthLine
from kaibo.appraisal.period import business_date, month_text
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look import numbers
from kaibo.measurement.due import is_computing
from kaibo.measurement.months import next_month
from kaibo.org.access import find_person, own_person, people_between, sees_amounts
from kaibo.org.models import Person

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def mine(request: HttpRequest) -> HttpResponse:
    """One's own newest month; whose sign-in belongs to no person is told so, and what to do."""
    user = _user(request)
    person = own_person(user)
    if person is not None:
        return redirect("appraisal:month", person.pk, month_text(latest_month(person)))
    return render(request, "appraisal/nobody.html")


def newest(request: HttpRequest, pk: int) -> HttpResponse:
    """The newest month of a person that has something to show, for links that know no month."""
    person = find_person(_user(request), pk, right=Right.SEE_NUMBERS)
    return redirect("appraisal:month", person.pk, month_text(latest_month(person)))


def month(request: HttpRequest, pk: int, month: date) -> HttpResponse:
    """A person's month in a position (?role=)."""
    person = find_person(_user(request), pk, right=Right.SEE_NUMBERS)
    with numbers.amounts_withheld(not sees_amounts(_user(request), person)):
        return _month(request, person, month)


def _month(request: HttpRequest, person: Person, month: date) -> HttpResponse:
    shown = month_of(person, month, role=request.GET.get("role", ""))
    context = {
        "mine": shown,
        "own": person.user_id == request.user.pk,
        "computing": is_computing(month),
        "rows": month_page.line_rows(shown),
        "rated": month_page.rated_rows(shown),
        "later": month_page.later_rows(shown),
        "bar": month_page.bar_parts(shown),
        "waiting": month_page.waiting_text(shown),
        "earlier": month_page.earlier(shown) if shown.card else [],
        "left_out": month_page.left_out_text(shown),
        "protection": month_page.protection(shown),
        # what would lift a line is told in amounts
        "moves": [] if numbers.withholds_amounts() else month_page.move_rows(shown),
        "metrics": month_page.metric_versions(shown),
        "roles": month_page.role_links(shown),
        "weekdays": numbers.ZH_DAYS if numbers.in_chinese() else numbers.EN_DAYS,
        "weeks": shown.roster.weeks(month, business_date(timezone.now())),
    }
    return render(request, "appraisal/month.html", context)


def line(request: HttpRequest, pk: int, month: date, kpi: str) -> HttpResponse:
    """One line of a person's month, down to the file (?role=, ?session=, ?segment=, ?table=, ?page=, ?row=)."""
    shown = _find_month(request, pk, month, kpi)
    one = shown.rated_line(kpi)
    if one is not None:
        return _rated_line(request, shown, one)
    found = _line_of(shown, kpi)
    if not sees_amounts(_user(request), shown.person):
        return _withheld(request, shown, found)
    choice = Choice.of(request.GET)
    context = {
        "mine": shown,
        "page": line_page.build(shown, found, choice),
        "month_href": month_page.month_href(shown),
        "export_href": month_page.line_href(shown, kpi, "appraisal:export"),
        "computing": is_computing(month),
    }
    if found.kpi.is_direct:
        path = _named_path(request, shown, found, choice)
        page = replace(line_page.build(shown, found, choice), recomputed=path.holds)
        return render(request, "appraisal/named_line.html", context | {"page": page, "path": path})
    return render(request, "appraisal/line.html", context)


def export(request: HttpRequest, pk: int, month: date, kpi: str) -> HttpResponse:
    """The whole path of a line as a workbook."""
    shown, found = _find_line(request, pk, month, kpi)
    if not sees_amounts(_user(request), shown.person):
        raise Http404
    book = _book(_user(request), shown, found)
    response = HttpResponse(book, content_type=SHEET)
    name = f"kaibo-{shown.person.pk}-{month_text(month)}-{kpi}.xlsx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _named_path(
    request: HttpRequest, shown: MyMonth, found: MonthLine, choice: Choice
) -> named.NamedPath | named_team.TeamPath:
    """Of a team everybody whose rows count; whose rows the user may not see are told together."""
    if found.people is None:
        return named.path_of(shown, found, page=choice.page)
    seen = _seen(_user(request), shown)
    return named_team.path_of(shown, found, seen=seen, who=choice.who, page=choice.page)


def _book(user: User, shown: MyMonth, found: MonthLine) -> bytes:
    if not found.kpi.is_direct:
        return workbook(shown, found)
    if found.people is None:
        return named.workbook(shown, found)
    return named_team.workbook(shown, found, seen=_seen(user, shown))


def _seen(user: User, shown: MyMonth) -> set[int] | None:
    """Whose rows of the month the user may see, with the amounts that stand in them; None: everybody's.

    A query for each of both rights that does not reach everybody.
    """
    last, found = next_month(shown.month) - timedelta(days=1), None
    for right in (Right.SEE_NUMBERS, Right.SEE_MONEY):
        if not user.reach(right).company:
            there = set(people_between(user, right, shown.month, last).order_by().values_list("pk", flat=True))
            found = there if found is None else found & there
    return found


def _withheld(request: HttpRequest, shown: MyMonth, found: MonthLine) -> HttpResponse:
    """The line without what it is made of: sessions, records and file rows are full of amounts."""
    with numbers.amounts_withheld(True):
        context = {
            "mine": shown,
            "row": month_page.line_row(shown, found),
            "month_href": month_page.month_href(shown),
        }
        return render(request, "appraisal/line_withheld.html", context)


def _rated_line(request: HttpRequest, shown: MyMonth, one: RatedScore) -> HttpResponse:
    anchors = sorted(one.rated.anchors, key=lambda anchor: -anchor.points)
    context = {
        "mine": shown,
        "one": one,
        "weight": wording.plain(one.rated.line.weight),
        "anchors": [(wording.plain(anchor.points), wording.anchor_text(anchor)) for anchor in anchors],
        "month_href": month_page.month_href(shown),
    }
    return render(request, "appraisal/rated_line.html", context)


def _find_line(request: HttpRequest, pk: int, month: date, kpi: str) -> tuple[MyMonth, MonthLine]:
    shown = _find_month(request, pk, month, kpi)
    return shown, _line_of(shown, kpi)


def _find_month(request: HttpRequest, pk: int, month: date, kpi: str) -> MyMonth:
    person = find_person(_user(request), pk, right=Right.SEE_NUMBERS)
    return month_of(person, month, role=request.GET.get("role", ""), only=kpi)


def _line_of(shown: MyMonth, kpi: str) -> MonthLine:
    found = shown.line(kpi)
    if found is None:
        raise Http404
    return found


def _user(request: HttpRequest) -> User:
    """Signed in: LoginRequiredMiddleware lets nobody else come here."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
