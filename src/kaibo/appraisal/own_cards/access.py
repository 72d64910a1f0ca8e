"""Who may make cards. No row and no right look the same: 404."""

from django.http import Http404, HttpRequest

from kaibo.appraisal.own_cards.models import CardState, CardVersion, OwnKpi
from kaibo.login.access import user_of
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.org.access import require


def require_cards(request: HttpRequest) -> User:
    """Who is signed in, if they may make cards; else Http404."""
    user = user_of(request)
    require(user, Right.MANAGE_CARDS)
    return user


def find_draft(user: User, pk: int) -> CardVersion:
    require(user, Right.MANAGE_CARDS)
    found = CardVersion.objects.filter(pk=pk, state=CardState.DRAFT).first()
    if found is None:
        raise Http404
    return found


def find_kpi(user: User, key: str) -> OwnKpi:
    require(user, Right.MANAGE_CARDS)
    found = OwnKpi.objects.filter(key=key, in_use=True).first()
    if found is None:
        raise Http404
    return found
