"""Evidence files: what the bytes are, whatever the name says; small, few, and handed out to be saved only."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from kaibo.appraisal.appeals.models import AppealFile

MEGABYTE = 1024 * 1024
LARGEST = 5 * MEGABYTE
MOST = 3
# of any kind: what is inside is never shown by a browser
SAVED_AS = "application/octet-stream"


@dataclass(frozen=True)
class Evidence:
    """A file that was looked at and is fine."""

    name: str
    kind: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def kind_of(content: bytes) -> str:
    """pdf, png, jpeg, webp, heic or xlsx by the first bytes; "" of anything else."""
    if content.startswith(b"%PDF-"):
        return "pdf"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    if content[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"):
        return "heic"
    if content.startswith(b"PK\x03\x04") and b"xl/workbook.xml" in content:
        return "xlsx"
    return ""


def read(files: Sequence[UploadedFile]) -> list[Evidence]:
    """The files, looked at. Raises ValidationError by file: too many, too large, empty, or of no kind that is taken."""
    if len(files) > MOST:
        raise ValidationError({"evidence": _("At most %(n)d files.") % {"n": MOST}})
    return [_read(one) for one in files]


def _read(file: UploadedFile) -> Evidence:
    name = PurePath(file.name or "").name[-120:] or "file"
    if (file.size or 0) > LARGEST:
        text = _("“%(name)s” is larger than %(n)d MB. Send a smaller picture or a part of it.")
        raise ValidationError({"evidence": text % {"name": name, "n": LARGEST // MEGABYTE}})
    content = file.read()
    kind = kind_of(content)
    if not kind:
        text = _("“%(name)s” is no PDF, picture (PNG, JPEG, WebP, HEIC) or xlsx, whatever it is called.")
        raise ValidationError({"evidence": text % {"name": name}})
    return Evidence(name, kind, content)


def answer(file: AppealFile) -> HttpResponse:
    """The file, to be saved under its name; never shown, never guessed at."""
    response = HttpResponse(bytes(file.content), content_type=SAVED_AS)
    response["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response
