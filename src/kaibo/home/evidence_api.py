"""Evidence of an appeal, for programs: the file as it was handed in."""

from django.http import HttpRequest, HttpResponse

from kaibo.appraisal.appeals import evidence
from kaibo.appraisal.appeals.access import find_file
from kaibo.home.api_views import api
from kaibo.login.models import User
from kaibo.login.token_scopes import Area


@api("GET", area=Area.REVIEWS, personal=True)
def file(_request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """To be saved, whatever it is; see `evidence.answer`."""
    return evidence.answer(find_file(user, pk))
