"""What was corrected since an appeal was made: audit rows that name the month, to be linked to it."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kaibo.appraisal.appeals.models import Appeal
from kaibo.audit.models import AuditEvent

# the newest so many are looked through
LOOKED_AT = 500


def corrections_since(appeal: Appeal) -> list[AuditEvent]:
    """Changes of the month's facts since the appeal, newest first; those of its shift alone where it is about one."""
    month = f"{appeal.review.cycle.month:%Y-%m}"
    since = AuditEvent.objects.filter(at__gte=appeal.at).exclude(target_type__startswith="appraisal.")
    if appeal.shift_id is not None:
        since = since.filter(pk__in=AuditEvent.objects.about("live.shift", appeal.shift_id).order_by().values("pk"))
    newest = since.order_by("-pk")[:LOOKED_AT]
    return [event for event in newest if month in (event.data.get("months") or ())]


def corrected_by(appeal: Appeal, ids: Sequence[int]) -> list[AuditEvent]:
    """These of them. Raises ValidationError for one that is none."""
    if not ids:
        return []
    found = [event for event in corrections_since(appeal) if event.pk in ids]
    if len(found) != len(set(ids)):
        raise ValidationError(_("This is no correction of the month made since the appeal."))
    return found
