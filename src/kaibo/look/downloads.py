"""Files that a page hands out: never shown by the browser as a page, whatever is in them."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

LINES_SENT = 1000


def csv_file(name: str, head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """Sent some lines at a time, as UTF-8 with the mark that spreadsheet programs need for Chinese.

    Cells are the caller's: `cells.as_text` for what people typed.
    """
    answer = StreamingHttpResponse(_lines(head, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer


def _lines(head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    text = StringIO("\ufeff")
    text.seek(1)
    writer = csv.writer(text)
    writer.writerow(head)
    for number, row in enumerate(rows, 1):
        writer.writerow(row)
        if number % LINES_SENT == 0:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()
