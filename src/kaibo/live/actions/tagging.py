"""Orders that are no sales: the rules that recognise them, and pasted lists of their numbers."""

import csv
import io
import re

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.audit.seen import claim
from kaibo.imports.actions import receive_upload
from kaibo.imports.models import Upload
from kaibo.live.models import Platform, Session, TagRule
from kaibo.live.months import months_of
from kaibo.login.models import User
from kaibo.sources import tag_lists as sheet

MOST_NUMBERS = 20_000
LONGEST_REASON = 300
APART = re.compile(r"[\s,;，；、|]+")
UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')


@transaction.atomic
def save_tag_rule(
    *, by: User | None, tag: str, how: TagRule.By, value: str, reason: str, rule: TagRule | None = None,
    seen: str = "",
) -> TagRule:  # fmt: skip
    """Order lines that are not sales (福袋, 样品 …). KPIs leave them out, and the person sees what was left out.

    `seen`: what the editor saw of `rule` (audit.seen).
    Raises ValidationError without a tag, a reason, or, for an amount, a whole number of minor units.
    """
    if rule is not None:
        claim(rule, seen)
    tag, value, reason = tag.strip(), value.strip(), reason.strip()
    words = {"tag": tag, "value": value, "reason": reason}
    empty = {name: _("Needed: it is shown to whom it concerns.") for name, text in words.items() if not text}
    if empty:
        raise ValidationError(empty)
    if how == TagRule.By.AMOUNT_AT_MOST and not (value.isascii() and value.isdigit()):
        raise ValidationError({"value": _("Write an amount, for example 1.00.")})
    if rule is not None and rule.retired_at is not None:
        raise ValidationError(_("This rule is retired. Use it again first."))
    saved = rule or TagRule()
    former = {"tag": saved.tag, "by": saved.by, "value": saved.value, "reason": saved.reason} if rule else None
    saved.tag, saved.by, saved.value, saved.reason = tag, how, value, reason
    saved.saved_by, saved.saved_at = by, timezone.now()
    saved.save()
    record(by=by, verb="save_tag_rule", target=saved, former=former, tag=tag, how=how, value=value, why=reason,
           months=_months_on_air())  # fmt: skip
    return saved


def why_of(reason: str) -> str:
    """The reason as it is kept. Raises ValidationError without one, and for one that is too long."""
    kept = " ".join(reason.split())
    if not kept:
        raise ValidationError({"reason": _("Say why: it stands in the history, with your name.")})
    if len(kept) > LONGEST_REASON:
        said = {"n": len(kept), "most": LONGEST_REASON}
        raise ValidationError({"reason": _("A reason has at most %(most)s characters; this one has %(n)s.") % said})
    return kept


@transaction.atomic
def retire_tag_rule(*, by: User | None, rule: TagRule, reason: str) -> None:
    """Its lines count again, in every month; the rule stays in the history and can be used again.

    Raises ValidationError without a reason or with a longer one than is kept, and where it is retired already.
    """
    reason = why_of(reason)
    if rule.retired_at is not None:
        raise ValidationError(_("This rule is retired already."))
    rule.retired_at, rule.retired_by, rule.retired_why = timezone.now(), by, reason
    rule.save(update_fields=["retired_at", "retired_by", "retired_why"])
    record(by=by, verb="retire_tag_rule", target=rule, reason=reason, tag=rule.tag, value=rule.value,
           months=_months_on_air())  # fmt: skip


@transaction.atomic
def restore_tag_rule(*, by: User | None, rule: TagRule) -> None:
    """Use a retired rule again. Raises ValidationError where it is in use."""
    if rule.retired_at is None:
        raise ValidationError(_("This rule is in use."))
    former = {"retired_at": rule.retired_at, "reason": rule.retired_why}
    rule.retired_at, rule.retired_by, rule.retired_why = None, None, ""
    rule.save(update_fields=["retired_at", "retired_by", "retired_why"])
    record(by=by, verb="restore_tag_rule", target=rule, former=former, tag=rule.tag, value=rule.value,
           months=_months_on_air())  # fmt: skip


def paste_list(
    *, by: User | None, name: str, tag: str, reason: str, platform: Platform | str, numbers: str
) -> Upload:  # fmt: skip
    """Pasted order numbers as a list: read, previewed and confirmed like a file. Numbers of lines or of orders.

    Raises ValidationError: a word is missing, no number, too many of them; imports.holding.TooLarge.
    """
    words = {"name": " ".join(name.split()), "tag": " ".join(tag.split()), "reason": " ".join(reason.split())}
    empty = {key: _("Needed: it is shown to whom it concerns.") for key, text in words.items() if not text}
    if empty:
        raise ValidationError(empty)
    if platform not in Platform.values:
        raise ValidationError({"platform": _("Say which platform the orders are of.")})
    found = [number for number in APART.split(numbers) if number]
    if not found:
        raise ValidationError({"numbers": _("Paste at least one order number.")})
    if len(found) > MOST_NUMBERS:
        text = _("At most %(most)s numbers at once. Drop a longer list as a file.")
        raise ValidationError({"numbers": text % {"most": MOST_NUMBERS}})
    text_of = io.StringIO()
    writer = csv.writer(text_of)
    writer.writerow([sheet.ORDER, sheet.TAG, sheet.REASON, sheet.LIST, sheet.PLATFORM])
    writer.writerows([number, words["tag"], words["reason"], words["name"], platform] for number in found)
    file_name = f"{UNFIT.sub(' ', words['name']).strip() or sheet.LIST}.csv"
    return receive_upload(by=by, file_name=file_name, chunks=[text_of.getvalue().encode()])


def _months_on_air() -> list[str]:
    return months_of(Session.objects.filter(gone=False).values_list("start", "end"))
