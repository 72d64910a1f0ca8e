"""Giving and ending roles, and lending one's own to somebody for a while. Who may ask is told by access."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.login.models import Grant, Role, Scope, User
from kaibo.login.rights import SCOPES
from kaibo.org.holders import name_of
from kaibo.org.models import Department, GrantedDepartment

LONGEST_LOAN = timedelta(days=183)


@transaction.atomic
def give_role(
    *, by: User | None, user: User, role: Role, scope: Scope, department: Department | None = None,
    start: date, end: date | None = None, reason: str = "",
) -> Grant:  # fmt: skip
    """A role from `start` to before `end` (None: until ended).

    Raises ValidationError: to oneself, a scope the role has not, a department missing or closed, ends before it starts,
    or held already in some of that time.
    """
    _not_oneself(by, user)
    if scope not in SCOPES[role]:
        allowed = ", ".join(str(one.label) for one in SCOPES[role])
        said = {"role": role.label, "scopes": allowed}
        raise ValidationError({"scope": _("%(role)s reaches: %(scopes)s.") % said})
    if (scope == Scope.DEPARTMENT) != (department is not None):
        text = _("Choose the department.") if department is None else _("Leave the department empty for this reach.")
        raise ValidationError({"department": text})
    if department and department.closed_on:
        said = {"name": department.title, "day": department.closed_on.isoformat()}
        raise ValidationError({"department": _("%(name)s is closed from %(day)s on.") % said})
    if end is not None and end <= start:
        raise ValidationError({"end": _("Choose a day after its beginning.")})
    same = user.grants.filter(role=role, scope=scope, delegated_from=None, over__department=department)
    held = _overlapping(same, start, end)
    if held:
        text = _("Held already from %(start)s to %(end)s.") % {"start": held.start, "end": held.end or "—"}
        raise ValidationError({"role": text})
    made = Grant.objects.create(
        user=user, role=role, scope=scope, start=start, end=end, granted_by=by, reason=reason.strip()
    )
    if department:
        GrantedDepartment.objects.create(grant=made, department=department)
    user.forget_grants()
    record(
        by=by, verb="give_role", target=user, reason=made.reason, grant=made.pk, role=role, scope=scope,
        department=department.name if department else None, start=start, end=end,
    )  # fmt: skip
    return made


@transaction.atomic
def end_role(*, by: User | None, grant: Grant, end: date) -> Grant:
    """`end` is the first day without it; on or before its start it never was in force. What was lent of it ends too.

    A lender ends what they lent at any time. Raises ValidationError: one's own role, later than it ends anyway, or the
    company would be left without an owner.
    """
    if by is None or grant.source.user_id != by.pk or grant.delegated_from_id is None:
        _not_oneself(by, grant.user)
    if grant.end is not None and end > grant.end:
        raise ValidationError({"end": _("It ends on %(day)s. To go on, give it anew.") % {"day": grant.end}})
    if grant.role == Role.OWNER and grant.delegated_from_id is None and grant.end is None:
        keep_another_owner(grant.user)
    former, grant.end = grant.end, max(end, grant.start)
    grant.save(update_fields=["end"])
    grant.user.forget_grants()
    record(
        by=by, verb="end_role", target=grant.user, grant=grant.pk, role=grant.role, scope=grant.scope, former=former,
        end=grant.end, lent=grant.delegated_from_id is not None,
    )  # fmt: skip
    return grant


@transaction.atomic
def lend_role(*, by: User, grant: Grant, to: User, start: date, end: date, reason: str) -> Grant:
    """What one holds oneself, to somebody else for a while: as far as it reaches, never longer, and not to give on.

    Raises ValidationError: somebody else's, itself lent, the role of a person, to oneself, without an end within half a
    year or beyond one's own, no reason, or lent to them already in some of that time.
    """
    if grant.user_id != by.pk or not grant.runs(timezone.localdate()):
        raise ValidationError(_("Only a role that one holds oneself can be lent."))
    if grant.delegated_from_id is not None or grant.role == Role.PERSON:
        text = _("This role cannot be lent: what is lent is not lent on, and one's own data stay one's own.")
        raise ValidationError(text)
    if to.pk == by.pk or not to.is_active:
        raise ValidationError({"to": _("Choose somebody else who can sign in.")})
    if end <= start or end > start + LONGEST_LOAN:
        raise ValidationError({"end": _("A role is lent to before a day within half a year.")})
    if grant.end is not None and end > grant.end:
        raise ValidationError({"end": _("You hold it to before %(day)s yourself.") % {"day": grant.end}})
    if not reason.strip():
        raise ValidationError({"reason": _("Say why: who reads this later should understand.")})
    held = _overlapping(to.grants.filter(delegated_from=grant), start, end)
    if held:
        text = _("Lent to them already from %(start)s to before %(end)s.") % {"start": held.start, "end": held.end}
        raise ValidationError({"to": text})
    made = Grant.objects.create(
        user=to, role=grant.role, scope=grant.scope, start=start, end=end, granted_by=by, delegated_from=grant,
        reason=reason.strip(),
    )  # fmt: skip
    to.forget_grants()
    record(
        by=by, verb="lend_role", target=to, reason=made.reason, grant=made.pk, of=grant.pk, role=grant.role,
        start=start, end=end,
    )  # fmt: skip
    return made


def keep_another_owner(user: User) -> None:
    """Raise ValidationError when this is the last owner without an end."""
    lasting = User.objects.lasting_owners()
    # all of them kept until the commit: two owners might end each other at once
    list(User.objects.select_for_update().filter(pk__in=lasting.values("pk")).order_by("pk").values_list("pk"))
    # read anew: whoever had to wait for them finds what the other one left
    owners = set(lasting.values_list("pk", flat=True))
    if owners == {user.pk}:
        text = _("%(name)s is the last owner; someone must stay one. Make somebody else an owner first.")
        raise ValidationError(text % {"name": name_of(user)})


def _not_oneself(by: User | None, user: User) -> None:
    if by is not None and by.pk == user.pk:
        raise ValidationError(_("Nobody changes their own rights. Another owner can."))


def _overlapping(grants: QuerySet[Grant], start: date, end: date | None) -> Grant | None:
    running = grants.filter(Q(end=None) | Q(end__gt=start))
    return (running.filter(start__lt=end) if end else running).first()
