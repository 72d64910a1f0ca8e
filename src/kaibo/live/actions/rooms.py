"""Rooms: what they are called, how people share in them, what is aimed at."""

from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaibo.audit.record import record, record_each
from kaibo.audit.seen import claim
from kaibo.live.models import Account, Platform, RoomCategory, Session, SplitRule, Target
from kaibo.live.months import months_of
from kaibo.live.same_rooms import read_otherwise
from kaibo.login.models import User

# as many as the column holds
MOST_OF_CATEGORY = 40


@transaction.atomic
def add_account(*, by: User | None, handle: str, name: str, platform: Platform = Platform.DOUYIN) -> Account:
    """A room known before its first report: what files mean by the rooms beside it may be something else from now on.

    Raises ValidationError when there is one with that handle, or one of the platform has the name.
    """
    handle, name = handle.strip(), " ".join(name.split())
    if Account.everyone.filter(platform=platform, handle=handle).exists():
        raise ValidationError(
            {"handle": _("There is already a room with this number: %(handle)s.") % {"handle": handle}}
        )
    account = Account(
        platform=platform, handle=handle, name=name, zone=settings.TIME_ZONE, currency=settings.KAIBO_CURRENCY
    )
    refuse_shared_names(account, [handle, name], "name")
    account.save()
    beside = read_otherwise(account, Account.objects.all())
    record(by=by, verb="add_account", target=account, handle=handle, name=name, months=months_on_air(*beside))
    return account


@transaction.atomic
def edit_account(
    *,
    by: User | None,
    account: Account,
    name: str,
    other_names: Sequence[str],
    zone: str,
    currency: str,
    seen: str = "",
) -> Account:
    """Correct what a room is called and what its files lack. Orders are matched anew where names changed.

    `seen`: what the editor saw of it (audit.seen).
    Raises ValidationError: somebody else changed it since, a zone nobody knows, a name that another room has,
    another currency while reports tell of broadcasts.
    """
    claim(account, seen)
    tidy = list(dict.fromkeys(" ".join(n.split()) for n in other_names if n.strip()))
    refuse_shared_names(account, [name, *tidy])
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValidationError({"zone": _("No such zone: %(zone)s.") % {"zone": zone}}) from None
    if currency != account.currency and account.sessions.filter(gone=False, by_hand=False).exists():
        raise ValidationError(
            {
                "currency": _(
                    "This room has broadcasts with amounts in %(currency)s. "
                    "Withdraw their batches first, then change it."
                )
                % {"currency": account.currency}
            }
        )
    former = {key: getattr(account, key) for key in ("name", "other_names", "zone", "currency")}
    account.name, account.other_names, account.zone, account.currency = name.strip(), tidy, zone, currency
    account.set_by_hand = account.set_by_hand or (zone, currency) != (former["zone"], former["currency"])
    account.save(update_fields=["name", "other_names", "zone", "currency", "set_by_hand"])
    record(
        by=by, verb="edit_account", target=account, former=former, name=account.name, other_names=tidy,
        zone=zone, currency=currency, months=months_on_air(account),
    )  # fmt: skip
    return account


def refuse_shared_names(account: Account, names: Sequence[str], field: str = "other_names") -> None:
    """A file's name for a room must mean one room of its platform. Raises ValidationError, at that field of a form."""
    for other in Account.objects.filter(platform=account.platform).exclude(pk=account.pk):
        shared = set(names) & {other.handle, other.name, *other.other_names}
        if shared:
            raise ValidationError(
                {field: _("“%(name)s” already stands for %(room)s.") % {"name": min(shared), "room": other.name}}
            )


@transaction.atomic
def set_split_rule(*, by: User | None, account: Account, split_rule: SplitRule) -> Account:
    """How two people in one role at one time share. Changes every month this room was on air in."""
    former, account.split_rule = account.split_rule, split_rule
    account.save(update_fields=["split_rule"])
    record(
        by=by, verb="set_split_rule", target=account, former=former, split_rule=split_rule,
        months=months_on_air(account),
    )  # fmt: skip
    return account


@transaction.atomic
def set_category(*, by: User | None, account: Account, category: str, since: date) -> RoomCategory:
    """What the room sells from the month `since` on (benchmarks of scorecards differ by it); "": none any more.

    Raises ValidationError for a text that no column holds.
    """
    tidy, first = " ".join(category.split()), since.replace(day=1)
    if len(tidy) > MOST_OF_CATEGORY or "\0" in tidy:
        text = _("A category has at most %(most)s characters, without signs that no text has.")
        raise ValidationError({"category": text % {"most": MOST_OF_CATEGORY}})
    former = category_in(account, first)
    made = RoomCategory.objects.create(account=account, since=first, category=tidy)
    months = [month for month in months_on_air(account) if month >= f"{first:%Y-%m}"]
    record(by=by, verb="set_category", target=account, former=former, category=tidy, of=first, months=months)
    return made


def category_in(account: Account, month: date) -> str:
    """What it sells in a month; "" where nobody has said so."""
    rows = RoomCategory.objects.filter(account=account, since__lte=month).order_by("since", "pk")
    return rows.values_list("category", flat=True).last() or ""


@transaction.atomic
def set_target(*, by: User | None, account: Account, month: date, amount_minor: int | None) -> None:
    """What the room aims at in a month, in its minor units; None: no target, and attainment is unknown."""
    put_targets(by, month, {account: amount_minor})


def put_targets(by: User | None, month: date, amounts: Mapping[Account, int | None]) -> None:
    """The same of many rooms: one audit row for the month."""
    month = month.replace(day=1)
    former = dict(Target.objects.filter(account__in=amounts, month=month).values_list("account", "amount_minor"))
    for account, amount in amounts.items():
        if amount is None:
            Target.objects.filter(account=account, month=month).delete()
        else:
            Target.objects.update_or_create(account=account, month=month, defaults={"amount_minor": amount})
    each = [(one, {"former": former.get(one.pk), "amount_minor": amount}) for one, amount in amounts.items()]
    record_each(by=by, verb="set_target", each=each, of=month, months=[f"{month:%Y-%m}"])


def months_on_air(*accounts: Account) -> list[str]:
    """The months in which any of these rooms was on air."""
    return months_of(Session.objects.filter(account__in=accounts, gone=False).values_list("start", "end"))
