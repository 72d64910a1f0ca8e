"""What managers do on the pages of scorecards, for tests of several of them."""

import re
from html import unescape

from django.urls import reverse

from kaibo.appraisal.models import CardState, CardVersion
from kaibo.appraisal.tests.editor import Form


def text_of(answer) -> str:  # type: ignore[no-untyped-def]
    found = unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))
    return re.sub(r"\s+", " ", found)


def draft_of(boss, role: str = "host") -> CardVersion:  # type: ignore[no-untyped-def]
    boss.post(reverse("appraisal:card_begin", args=[role]))
    return CardVersion.objects.get(role=role, state=CardState.DRAFT)


def post(boss, view: str, *args, status: int = 302, **typed):  # type: ignore[no-untyped-def]
    answer = boss.post(reverse(f"appraisal:{view}", args=args), typed)
    assert answer.status_code == status, text_of(answer)
    return answer


def clear(boss, draft) -> None:  # type: ignore[no-untyped-def]
    """Take every item out, as one does who begins anew."""
    for name in ("line", "rated", "later"):
        while draft.data.get(name):
            post(boss, "card_draft", draft.pk, act=f"remove:{name}-1")
            draft.refresh_from_db()


def fields_of(answer) -> dict[str, str]:  # type: ignore[no-untyped-def]
    """What a browser would send of the page's last form as it stands, one value a field."""
    return {name: values[-1] for name, values in Form(answer.content.decode()).sent.items()}
