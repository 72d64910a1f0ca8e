"""The only owner without password or phone gets in again from the machine."""

from django.test import Client

from kaibo.audit.models import AuditEvent
from kaibo.login.factors import add_app
from kaibo.site.unlock_cli import run


def test_a_locked_out_owner_gets_a_link_and_no_second_question(cast, capsys):
    add_app(by=cast.owner, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    assert run(["owner"]) == 0
    path = capsys.readouterr().out.split()[-1]
    browser = Client()
    assert browser.post(path, {"password": "a-new-one-26"}).url == "/sign-in/"
    assert browser.post("/sign-in/", {"username": "owner", "password": "a-new-one-26"}).url == "/"
    assert AuditEvent.objects.get(verb="login.remove_all_factors").by_name == "kaibo"


def test_a_name_that_nobody_has_is_told(cast, capsys):
    assert run(["nobody"]) == 1
    assert "nobody" in capsys.readouterr().out
