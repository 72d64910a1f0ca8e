"""A document as PDF, set by typst.

What is printed reaches the template as data and is never read as its markup. Template and font lie in this folder;
nothing outside it is opened, and no font of the machine. A character that no font here has would leave a hole in the
page without a word of typst's, so it is looked for before.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from kaibo.look.numbers import in_chinese, listed
from kaibo.look.printing.document import Document

HERE = Path(__file__).parent
FONT = HERE / "kaibo-sans-sc.otf"
PDF = "application/pdf"
# what the font lacks and the one inside typst has: Latin with further marks, Vietnamese, ₱
SECOND = frozenset({*range(0x100, 0x180), *range(0x1EA0, 0x1EFA), 0x20B1})
# what is written another way: spaces, hyphens and marks of no shape, a sign that neither font has
WRITTEN = str.maketrans(
    {"\u2009": "\u00a0", "\u202f": "\u00a0", "\u2011": "-", "\r": None, "\t": " ", "\u200b": None, "\u200d": None,
     "\ufe0e": None, "\ufe0f": None, "\ufeff": None, "฿": "THB\u00a0"}
)  # fmt: skip
# of what a message names
NAMED = 8


class MissingGlyph(ValidationError):
    """A text has characters that cannot be printed; the message names them."""


def pdf(document: Document) -> bytes:
    """The document set on A4. Raises MissingGlyph."""
    import typst  # 60 MB that no other page needs

    data = _written(asdict(document) | {"lang": "zh" if in_chinese() else "en"})
    lacking = {one: None for text in _texts(data) for one in text if one != "\n" and ord(one) not in _covered()}
    if lacking:
        named = listed(f"{one} (U+{ord(one):04X})" for one in list(lacking)[:NAMED])
        text = _(
            "It cannot be printed as a PDF: the font has no %(characters)s. Print the page from the browser instead, "
            "or write the text without it."
        )
        raise MissingGlyph(text % {"characters": named})
    compiler = typst.Compiler(
        input=str(HERE / "document.typ"), root=str(HERE), font_paths=[str(HERE)], ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )  # fmt: skip
    made, warnings = compiler.compile_with_warnings(format="pdf")
    if warnings:
        # an unknown font is no error to typst
        raise RuntimeError("; ".join(str(one) for one in warnings))
    assert isinstance(made, bytes)  # noqa: S101 -- one file for all pages, since it is a PDF
    return made


def answer(document: Document, name: str) -> HttpResponse:
    """The PDF, to be saved under this name. Raises MissingGlyph."""
    response = HttpResponse(pdf(document), content_type=PDF)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _written(data: Any) -> Any:
    if isinstance(data, str):
        return data.translate(WRITTEN)
    if isinstance(data, dict):
        return {key: _written(one) for key, one in data.items()}
    return [_written(one) for one in data] if isinstance(data, list | tuple) else data


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for one in data.values():
            yield from _texts(one)
    elif isinstance(data, list):
        for one in data:
            yield from _texts(one)


@cache
def _covered() -> frozenset[int]:
    """The code points of both fonts."""
    return SECOND | _of_font(FONT.read_bytes())


def _of_font(font: bytes) -> frozenset[int]:
    """The code points of an OpenType font with a segmented table of all of Unicode (cmap, format 12)."""
    tables = (struct.unpack_from(">4s4xII", font, 12 + 16 * n) for n in range(*struct.unpack_from(">H", font, 4)))
    start = next(place for name, place, _length in tables if name == b"cmap")
    (count,) = struct.unpack_from(">2xH", font, start)
    places = (start + struct.unpack_from(">4xI", font, start + 4 + 8 * n)[0] for n in range(count))
    place = next(one for one in places if struct.unpack_from(">H", font, one) == (12,))
    (groups,) = struct.unpack_from(">12xI", font, place)
    ranges = (struct.unpack_from(">II", font, place + 16 + 12 * n) for n in range(groups))
    return frozenset(one for first, last in ranges for one in range(first, last + 1))
