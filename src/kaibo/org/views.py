"""People: the list, one person, and the owner's changes. Each view finds, checks, acts, answers."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, FilteredRelation, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kaibo.login.access import user_of
from kaibo.login.models import Link, User
from kaibo.login.rights import Right
from kaibo.org import actions
from kaibo.org.access import find_person, holds_over, require, visible_people
from kaibo.org.actions.oneself import is_above
from kaibo.org.actions.sign_ins import free_sign_ins
from kaibo.org.directory import PER_PAGE, Entry, Listed, Places, groups_of, held_on
from kaibo.org.engagement import consequence
from kaibo.org.exporting import MEDIA_TYPE, people_workbook
from kaibo.org.forms import (
    AliasForm,
    ConnectForm,
    DayForm,
    DepartmentForm,
    EmailForm,
    EndProtectionForm,
    EngageForm,
    ExitForm,
    FilterForm,
    FurtherForm,
    InviteForm,
    NameForm,
    NewPersonForm,
    ProtectionForm,
    ReturnForm,
    StageForm,
    offer,
    put,
)
from kaibo.org.models import Appointment, AppointmentKind, Department, EngagementKind, Person, Stage
from kaibo.org.people_rows import Words, row
from kaibo.org.reporting import Reporting
from kaibo.org.timeline import way


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Everyone this lead or owner may see, by department."""
    require(user_of(request), Right.SEE_PEOPLE)
    return _people(request)


def _people(request: HttpRequest, status: int = 200, **bound: forms.Form) -> HttpResponse:
    user, filters = user_of(request), FilterForm(request.GET, auto_id="filter_%s")
    wanted = filters.wanted()
    on = timezone.localdate()
    listed = Listed(user, wanted, on)
    words = Words.of(numbers=user.can(Right.SEE_NUMBERS))
    page: Any = Paginator(cast(Any, listed), PER_PAGE).get_page(request.GET.get("page"))
    places = Places()
    groups, reporting = groups_of(page.object_list, listed.counts, on, places), Reporting(on)
    for group in groups:
        group.rows = [row(entry, words, _above(entry, reporting)) for entry in group.entries]
    new_form = bound.get("new_form") or NewPersonForm(auto_id="new_%s", initial=_usual(places.departments.values()))
    offer(filters, places)
    offer(new_form, places)
    context: dict[str, Any] = {
        "groups": groups,
        "page": page,
        "count": listed.count(),
        "filters": filters,
        "wanted": wanted,
        "query": request.GET.urlencode(),
        "new_form": new_form,
        "department_form": bound.get("department_form") or DepartmentForm(auto_id="department_%s"),
        "open": next(iter(bound), ""),
        "may_import": user.reach(Right.MANAGE_PEOPLE).company,
    }
    return render(request, "org/people.html", context, status=status)


def _above(entry: Entry, reporting: Reporting) -> list[str]:
    """Whom somebody reports to by what they hold, as their page says it."""
    held = entry.appointment
    if held is None:
        return []
    return [name for _pk, name in reporting.superiors(entry.person.pk, held.position, held.department_id)]


def _usual_department() -> dict[str, Any]:
    """With a single department nobody should have to choose it."""
    return _usual(Department.objects.order_by("name")[:2])


def _usual(departments: Iterable[Department]) -> dict[str, Any]:
    first = list(departments)
    return {"department": first[0]} if len(first) == 1 else {}


@require_safe
def people_export(request: HttpRequest) -> HttpResponse:
    """What the list shows under the same filter, as xlsx."""
    user = user_of(request)
    require(user, Right.SEE_PEOPLE)
    on = timezone.localdate()
    listed = Listed(user, FilterForm(request.GET).wanted(), on)
    groups = groups_of(listed.everyone(), listed.counts, on, Places())
    answer = HttpResponse(people_workbook(groups, on), content_type=MEDIA_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="people-{timezone.localdate()}.xlsx"'
    return answer


@require_POST
def add_person(request: HttpRequest) -> HttpResponse:
    """A new person with their first position."""
    user = user_of(request)
    require(user, Right.MANAGE_PEOPLE)
    form = NewPersonForm(request.POST, auto_id="new_%s")
    if form.is_valid():
        try:
            return redirect("org:person", actions.create_person(by=user, **form.cleaned_data).pk)
        except ValidationError as error:
            put(form, error)
    return _people(request, status=422, new_form=form)


@require_POST
def add_department(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    require(user, Right.MANAGE_POSITIONS)
    form = DepartmentForm(request.POST, auto_id="department_%s")
    if form.is_valid():
        try:
            actions.add_department(by=user, name=form.cleaned_data["name"])
            return redirect("org:people")
        except ValidationError as error:
            put(form, error)
    return _people(request, status=422, department_form=form)


@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: their way through the company, other spellings, sign-in. Oneself, one's leads and owners."""
    return person_page(request, find_person(user_of(request), pk))


def person_page(request: HttpRequest, person: Person, status: int = 200, **extra: Any) -> HttpResponse:
    """The page of a person, with `extra` in place of its usual forms."""
    today = timezone.localdate()
    known = way(person, today)
    held_now = held_on(known.appointments, today)
    shifts, link = _shifts_and_link(person)
    engagement = known.engagement(today)
    user = user_of(request)
    may_edit = holds_over(user, Right.MANAGE_PEOPLE, person)
    context: dict[str, Any] = {
        "person": person,
        "appointments": known.appointments,
        "held_now": held_now,
        "reports_to": _reports_to(user, held_now, today),
        "moments": known.moments,
        "stage": Stage(known.stage.key).label if known.stage else "",
        "engagement": engagement,
        "terms": EngagementKind(engagement.key).label if engagement else "",
        "consequence": consequence(EngagementKind(engagement.key) if engagement else None),
        "on_leave": any(leave.start <= timezone.now() < leave.end for leave in known.leaves),
        "shift_count": shifts,
        "may_edit": may_edit,
        "above": may_edit and is_above(user, person),
        "is_self": person.user_id == request.user.pk,
        "name_form": NameForm(initial={"name": person.name}, auto_id="name_%s"),
        "alias_form": AliasForm(auto_id="alias_%s"),
        "appoint_form": FurtherForm(auto_id="appoint_%s", initial=_held(known.appointments)),
        "end_form": DayForm(auto_id="end_%s"),
        "engage_form": EngageForm(auto_id="engage_%s"),
        "stage_form": StageForm(auto_id="stage_%s", now=known.stage.key if known.stage else None),
        "protect_form": ProtectionForm(auto_id="protect_%s", initial=_usual_protection(known.appointments)),
        "unprotect_form": EndProtectionForm(auto_id="unprotect_%s"),
        "invite_form": InviteForm(auto_id="invite_%s"),
        "connect_form": _connect_form(user, person),
        "email_form": EmailForm(auto_id="email_%s", initial={"email": person.user.email if person.user else ""}),
        "open_link": link,
        "leave_form": ExitForm(auto_id="leave_%s"),
        "return_form": ReturnForm(auto_id="return_%s"),
    }
    return render(request, "org/person.html", {**context, **extra}, status=status)


def _connect_form(user: User, person: Person) -> ConnectForm | None:
    """For owners, of a person without a sign-in, while there is one that is nobody's."""
    if person.user_id is not None or not person.active or not user.can(Right.MANAGE_RIGHTS):
        return None
    form = ConnectForm(auto_id="connect_%s", free=free_sign_ins())
    return form if form.has_some() else None


def _shifts_and_link(person: Person) -> tuple[int, Link | None]:
    """How many shifts, and the link that the sign-in was given and that still opens something; one query.

    The reverse of live.Shift.person: the count is shown, nothing else is known here of what a shift is.
    """
    unused = Q(user__links__used_at=None, user__links__revoked_at=None, user__links__expires_at__gt=timezone.now())
    found = Person.objects.annotate(link=FilteredRelation("user__links", condition=unused)).filter(pk=person.pk)
    counted = found.annotate(n=Count("shifts", distinct=True)).order_by("-link__expires_at")
    count, kind, expires = counted.values_list("n", "link__kind", "link__expires_at").first() or (0, None, None)
    return count, Link(kind=kind, expires_at=expires) if kind and expires else None


def _reports_to(user: User, held: Sequence[Appointment], today: date) -> list[tuple[int, str, bool]]:
    """In their first position: person, name, and whether this reader may open the page."""
    if not held:
        return []
    first = held[0]
    if first.position.reports_to_id is None:
        return []
    found = Reporting(today).superiors(first.person_id, first.position, first.department_id)
    everyone = user.reach(Right.SEE_PEOPLE).company
    open_ = set() if everyone or not found else set(visible_people(user).values_list("pk", flat=True))
    return [(pk, name, everyone or pk in open_) for pk, name in found]


def _held(appointments: Sequence[Appointment]) -> dict[str, Any]:
    """A change of position mostly stays in the department."""
    held = next((one for one in reversed(appointments) if one.kind == AppointmentKind.MAIN and one.end is None), None)
    return {"department": held.department_id} if held else _usual_department()


def _usual_protection(appointments: Sequence[Appointment]) -> dict[str, Any]:
    """From the day they came, for as long as the settings say."""
    start = appointments[0].start if appointments else timezone.localdate()
    return {"start": start, "end": start + timedelta(days=settings.NEWCOMER_DAYS)}


def to_edit(request: HttpRequest, pk: int) -> tuple[User, Person]:
    """The owner who asks, and the person they change; else Http404."""
    user = user_of(request)
    require(user, Right.MANAGE_PEOPLE)
    return user, find_person(user, pk, right=Right.MANAGE_PEOPLE)


def change(
    request: HttpRequest, pk: int, name: str, form: forms.Form, act: Callable[[User, Person, dict[str, Any]], object]
) -> HttpResponse:
    """One edit of a person: `act` with what the form read, or the page again with form `name` and why not."""
    user, person = to_edit(request, pk)
    if form.is_valid():
        try:
            act(user, person, form.cleaned_data)
            return redirect("org:person", pk)
        except ValidationError as error:
            put(form, error)
            person.refresh_from_db()
    problem = " ".join(str(text) for text in form.non_field_errors())
    # on the page of oneself or of a superior there is no form beside which it would stand
    hidden = person.user_id == user.pk or is_above(user, person)
    return person_page(request, person, 422, **{name: form}, problem=problem if hidden else "")


@require_POST
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    form = NameForm(request.POST, auto_id="name_%s")
    seen = request.POST.get("seen", "")
    return change(
        request, pk, "name_form", form, lambda by, person, read: actions.rename(by=by, person=person, **read, seen=seen)
    )


@require_POST
def add_alias(request: HttpRequest, pk: int) -> HttpResponse:
    form = AliasForm(request.POST, auto_id="alias_%s")
    return change(
        request, pk, "alias_form", form,
        lambda by, person, read: actions.add_alias(by=by, person=person, alias=read["name"]),
    )  # fmt: skip


@require_POST
def remove_alias(request: HttpRequest, pk: int, alias: int) -> HttpResponse:
    user, person = to_edit(request, pk)
    known = person.aliases.filter(pk=alias).first()
    if known is None:
        raise Http404
    actions.remove_alias(by=user, alias=known)
    return redirect("org:person", pk)


@require_POST
def appoint(request: HttpRequest, pk: int) -> HttpResponse:
    form = FurtherForm(request.POST, auto_id="appoint_%s")
    return change(
        request, pk, "appoint_form", form, lambda by, person, read: actions.appoint(by=by, person=person, **read)
    )


@require_POST
def end_appointment(request: HttpRequest, pk: int, appointment: int) -> HttpResponse:
    _user, person = to_edit(request, pk)
    still = Q(end__isnull=True) | Q(end__gt=timezone.localdate())
    held = person.appointments.filter(still, pk=appointment).first()
    if held is None:
        raise Http404
    form = DayForm(request.POST, auto_id="end_%s")
    return change(
        request, pk, "end_form", form,
        lambda by, _person, read: actions.end_appointment(by=by, appointment=held, end=read["end"]),
    )  # fmt: skip


@require_POST
def protect(request: HttpRequest, pk: int) -> HttpResponse:
    form = ProtectionForm(request.POST, auto_id="protect_%s")
    return change(
        request, pk, "protect_form", form, lambda by, person, read: actions.protect(by=by, person=person, **read)
    )


@require_POST
def end_protection(request: HttpRequest, pk: int, protection: int) -> HttpResponse:
    _user, person = to_edit(request, pk)
    found = person.protections.filter(pk=protection).first()
    if found is None:
        raise Http404
    form = EndProtectionForm(request.POST, auto_id="unprotect_%s")
    return change(
        request, pk, "unprotect_form", form,
        lambda by, _person, read: actions.end_protection(by=by, protection=found, end=read["end"]),
    )  # fmt: skip


@require_POST
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    form = ExitForm(request.POST, auto_id="leave_%s")
    return change(
        request, pk, "leave_form", form,
        lambda by, person, read: actions.deactivate(by=by, person=person, day=read["end"], reason=read["reason"]),
    )  # fmt: skip


@require_POST
def reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    form = ReturnForm(request.POST, auto_id="return_%s")
    return change(
        request, pk, "return_form", form,
        lambda by, person, read: actions.reactivate(by=by, person=person, day=read["start"]),
    )  # fmt: skip
