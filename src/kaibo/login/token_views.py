"""One's own API tokens."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kaibo.login.access import user_of
from kaibo.login.forms import TokenForm
from kaibo.login.sessions import confirmed
from kaibo.login.token_scopes import SCOPES, shortest
from kaibo.login.tokens import find_token, make_token, revoke_token
from kaibo.look.ids import id_of


@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """GET: the list; POST: make one after saying who one is (its text stands in this answer alone), or revoke one."""
    user = user_of(request)
    revoked = request.POST.get("revoke", "")
    if request.method == "POST" and not revoked and not confirmed(request):
        return redirect(f"{reverse('login:confirm')}?next={reverse('login:tokens')}")
    if revoked:
        revoke_token(by=user, token=find_token(user, id_of(revoked) or 0))
        return redirect("login:tokens")
    form, text = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data["name"]
        _token, text = make_token(by=user, name=told, scopes=form.scopes, expires_at=form.expires_at)
        form = TokenForm()
    status = 422 if form.is_bound or (request.method == "POST" and not text) else 200
    listed = [(token, set(SCOPES) <= set(token.scopes), shortest(token.scopes)) for token in user.tokens.all()]
    context = {"form": form, "text": text, "tokens": listed}
    return render(request, "login/tokens.html", context, status=status)
