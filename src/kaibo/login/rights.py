"""Rights, and roles as sets of them. What a role may is said here and nowhere else; docs/rights.md is made from it.

A right over people is held as far as the grant's scope reaches; every other one is held or not. A right over the whole
house (`WHOLE`) needs a grant over the company.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Right(models.TextChoices):
    """What one may see, then what one may change."""

    SEE_OWN = "see_own", _("See own numbers, shifts and broadcasts")
    ACT_OWN = "act_own", _("Ask and tell for oneself: leave, a wrong shift, notes, readings, outages")
    SEE_NUMBERS = "see_numbers", _("See others' scores and figures")
    SEE_MONEY = "see_money", _("See amounts of money")
    SEE_PEOPLE = "see_people", _("See people and what they hold")
    SEE_ROSTER = "see_roster", _("See others' shifts, leave and outages")
    SEE_ROOMS = "see_rooms", _("See rooms, broadcasts, daily reports and targets")
    SEE_FILES = "see_files", _("See files, their rows and what was made of them")
    SEE_MONTHS = "see_months", _("See months and what was closed")
    READ_AUDIT = "read_audit", _("Read the audit")
    SEE_RIGHTS = "see_rights", _("See who holds which rights, and why")
    IMPORT_FILES = "import_files", _("Import files and withdraw them")
    CORRECT_RECORDS = "correct_records", _("Correct broadcasts, matches, tags, rates and outages")
    PLAN_ROSTER = "plan_roster", _("Plan, publish and confirm shifts")
    DECIDE = "decide", _("Decide on others' requests")
    SET_TARGETS = "set_targets", _("Set targets")
    MANAGE_ROOMS = "manage_rooms", _("Manage rooms, tag rules and who answers for what")
    MANAGE_PEOPLE = "manage_people", _("Manage people, appointments and sign-ins")
    MANAGE_POSITIONS = "manage_positions", _("Manage departments, positions and duties")
    MANAGE_CARDS = "manage_cards", _("Make scorecards and KPIs, and publish them")
    CLOSE_MONTHS = "close_months", _("Close months, open and verify them")
    RUN_CYCLES = "run_cycles", _("Open and run review cycles: who, by whom, until when")
    APPROVE_REVIEWS = "approve_reviews", _("Approve and publish reviews")
    MANAGE_RIGHTS = "manage_rights", _("Give and end roles")


PERSONAL = frozenset({Right.SEE_OWN, Right.ACT_OWN})
READING = frozenset({
    Right.SEE_OWN, Right.SEE_NUMBERS, Right.SEE_MONEY, Right.SEE_PEOPLE, Right.SEE_ROSTER, Right.SEE_ROOMS,
    Right.SEE_FILES, Right.SEE_MONTHS, Right.READ_AUDIT, Right.SEE_RIGHTS,
})  # fmt: skip
OVER_PEOPLE = frozenset({
    Right.SEE_NUMBERS, Right.SEE_MONEY, Right.SEE_PEOPLE, Right.SEE_ROSTER, Right.SEE_RIGHTS, Right.PLAN_ROSTER,
    Right.DECIDE, Right.MANAGE_PEOPLE,
})  # fmt: skip
WHOLE = frozenset({
    Right.READ_AUDIT, Right.SET_TARGETS, Right.MANAGE_ROOMS, Right.MANAGE_POSITIONS, Right.CLOSE_MONTHS,
    Right.MANAGE_CARDS, Right.RUN_CYCLES, Right.APPROVE_REVIEWS, Right.MANAGE_RIGHTS,
})  # fmt: skip
# what is lent gives nothing on
NEVER_LENT = frozenset({Right.MANAGE_RIGHTS})


class Role(models.TextChoices):
    PERSON = "person", _("Person")
    LEAD = "lead", _("Lead")
    DEPARTMENT_HEAD = "department_head", _("Department head")
    HR = "hr", _("HR")
    FINANCE = "finance", _("Finance")
    DATA_STEWARD = "data_steward", _("Data steward")
    EXECUTIVE = "executive", _("Executive")
    AUDITOR = "auditor", _("Auditor")
    OWNER = "owner", _("Owner")


class Scope(models.TextChoices):
    """Over whom. Departments always with those below them, as of the day that is asked about."""

    OWN = "own", _("Oneself")
    LINE = "line", _("One's own department and those below it")
    DEPARTMENT = "department", _("A department and those below it")
    COMPANY = "company", _("The whole company")


_LOOKS = {Right.SEE_ROSTER, Right.SEE_ROOMS, Right.SEE_FILES, Right.SEE_MONTHS}
_LEADS = {
    *_LOOKS, Right.SEE_NUMBERS, Right.SEE_MONEY, Right.SEE_PEOPLE, Right.IMPORT_FILES, Right.CORRECT_RECORDS,
    Right.PLAN_ROSTER, Right.DECIDE,
}  # fmt: skip

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.PERSON: frozenset({Right.SEE_OWN, Right.ACT_OWN}),
    Role.LEAD: frozenset({*_LEADS, Right.SEE_OWN, Right.ACT_OWN}),
    Role.DEPARTMENT_HEAD: frozenset({*_LEADS, Right.SEE_OWN, Right.ACT_OWN, Right.SEE_RIGHTS}),
    Role.HR: frozenset({
        Right.SEE_OWN, Right.ACT_OWN, Right.SEE_NUMBERS, Right.SEE_PEOPLE, Right.SEE_ROSTER, Right.SEE_RIGHTS,
        Right.DECIDE, Right.MANAGE_PEOPLE, Right.MANAGE_POSITIONS, Right.MANAGE_CARDS, Right.RUN_CYCLES,
    }),
    Role.FINANCE: frozenset({
        *_LOOKS, Right.SEE_OWN, Right.ACT_OWN, Right.SEE_NUMBERS, Right.SEE_MONEY, Right.SEE_PEOPLE,
        Right.CLOSE_MONTHS,
    }),
    Role.DATA_STEWARD: frozenset({
        *_LOOKS, Right.SEE_OWN, Right.ACT_OWN, Right.SEE_MONEY, Right.IMPORT_FILES, Right.CORRECT_RECORDS,
        Right.MANAGE_ROOMS,
    }),
    Role.EXECUTIVE: frozenset({
        *_LOOKS, Right.SEE_OWN, Right.ACT_OWN, Right.SEE_NUMBERS, Right.SEE_MONEY, Right.SEE_PEOPLE, Right.SEE_RIGHTS,
        Right.DECIDE, Right.SET_TARGETS, Right.MANAGE_CARDS, Right.APPROVE_REVIEWS,
    }),
    Role.AUDITOR: READING,
    Role.OWNER: frozenset(Right),
}  # fmt: skip

# the first is the usual one
SCOPES: dict[Role, tuple[Scope, ...]] = {
    Role.PERSON: (Scope.OWN,),
    Role.LEAD: (Scope.LINE, Scope.DEPARTMENT),
    Role.DEPARTMENT_HEAD: (Scope.DEPARTMENT, Scope.LINE),
    Role.HR: (Scope.COMPANY, Scope.DEPARTMENT),
    Role.FINANCE: (Scope.COMPANY, Scope.DEPARTMENT),
    Role.DATA_STEWARD: (Scope.COMPANY,),
    Role.EXECUTIVE: (Scope.COMPANY, Scope.DEPARTMENT),
    Role.AUDITOR: (Scope.COMPANY, Scope.DEPARTMENT),
    Role.OWNER: (Scope.COMPANY,),
}


def rights_of(role: Role, scope: Scope, *, lent: bool = False) -> frozenset[Right]:
    """What a grant of the role in that scope gives."""
    held = RIGHTS[role] if scope == Scope.COMPANY else RIGHTS[role] - WHOLE
    return held - NEVER_LENT if lent else held


def roles_with(right: Right) -> list[Role]:
    """Every role whose set holds the right, in the order of the enum."""
    return [role for role in Role if right in RIGHTS[role]]
