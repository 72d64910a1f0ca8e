"""What someone reads off a room's screen at handover: written as the sheet Kaibo documents, and imported like one."""

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.imports.actions import NotNow, import_at_once, withdraw_batch
from kaibo.imports.models import BatchState, Upload
from kaibo.live.models import Account
from kaibo.login.models import User
from kaibo.sources import handover_readings as sheet
from kaibo.sources.platforms import PLATFORMS

SOURCE = sheet.SOURCE.key
PREFIX = "交接读数"


@transaction.atomic
def take_reading(
    *, by: User, account: Account, at: datetime, figures: Mapping[str, int | Decimal], name: str = ""
) -> Upload:
    """Write down a screen's figures since the start. `figures`: fields of the reading table, money in whole units.

    The same room and minute again corrects what was typed before. Raises ValidationError: nothing typed, a time to
    come, or the same once more.
    """
    if not figures:
        raise ValidationError(_("Type at least one figure off the screen."))
    if at > timezone.now():
        raise ValidationError({"at": _("This time is still to come.")})
    local = timezone.localtime(at)
    written = next((word for word, key in PLATFORMS.items() if key == account.platform), "")
    row = {sheet.TIME: f"{local:%Y-%m-%d %H:%M:%S}", sheet.ROOM: account.handle, sheet.PLATFORM: written}
    row |= {sheet.TITLES[field]: str(value) for field, value in figures.items()}
    row[sheet.TITLES["person_name"]] = name
    text = io.StringIO()
    writer = csv.DictWriter(text, list(row))
    writer.writeheader()
    writer.writerow(row)
    try:
        return import_at_once(
            by=by, file_name=f"{PREFIX}_{account.handle}_{timezone.localtime():%Y%m%d%H%M%S}.csv",
            chunks=[text.getvalue().encode()], source=SOURCE,
            answers={"zone": str(timezone.get_default_timezone()), "currency": account.currency},
        )  # fmt: skip
    except NotNow as error:
        raise ValidationError(str(error.message)) from error


@transaction.atomic
def take_back_reading(*, by: User, reading: Upload) -> None:
    """Withdraw one that was mistyped; what it corrected counts again. Raises ValidationError while it is on its way."""
    if reading.batch is None or reading.batch.state != BatchState.VISIBLE:
        raise ValidationError(_("This reading is not in use."))
    withdraw_batch(by=by, batch=reading.batch, reason="mistyped")
