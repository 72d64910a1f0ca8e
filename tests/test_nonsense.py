"""Addresses and forms that no page makes: an answer, never a fault."""

import pytest

from kaibo.live.models import Account
from kaibo.org.models import Position, Process


@pytest.mark.parametrize(
    "address",
    [
        "/shifts/?from=0001-01-01", "/shifts/?from=9999-12-31", "/shifts/?person=1&month=9999-12", "/shifts/?person=²",
        "/rooms/{room}/?month=0001-01", "/shifts/add/?instead=²", "/daily/?from=0001-01-01", "/daily/?to=9999-12-31",
        "/appeals/?month=0000-01", f"/appeals/?page={'9' * 19}", f"/appeals/?page={'9' * 5000}",
        f"/shifts/add/?instead={'9' * 5000}", f"/simulcasts/?edit={'9' * 5000}", f"/left-out/?list={'9' * 5000}",
        "/sessions/?to=9999-12-31", "/sessions.xlsx?from=0001-01-01",
    ],
)  # fmt: skip
def test_an_address_with_nonsense_is_no_fault(cast, address):
    room = Account.objects.create(handle="101", name="一号间")
    assert cast.client("owner").get(address.format(room=room.pk)).status_code in (200, 404, 422)


def test_a_form_with_nonsense_is_no_fault(cast):
    client, room = cast.client("owner"), Account.objects.create(handle="101", name="一号间")
    ages = {"start": "0001-01-01T00:00", "end": "9999-12-31T23:59"}
    person = {"name": "甲", "account": room.pk, "role": "host"}
    assert client.post("/shifts/add/", person | ages).status_code == 422
    assert client.post(f"/rooms/{room.pk}/sessions/add/", ages).status_code == 422
    for far in ("9" * 30, "9" * 5000):
        assert client.post("/people/invite/", {"person": far}).status_code == 422
        assert client.post("/outages/confirm/", {"outage": far}).status_code in (302, 422)
        assert client.post("/simulcasts/", person | {"accounts": far, "start": "2026-10-01"}).status_code == 422
    process, position = Process.objects.create(name="复盘"), Position.objects.get(key="host")
    typed = {f"s{process.pk}": "9" * 5000, f"b{process.pk}": "", f"c{process.pk}-{position.pk}": "R"}
    assert client.post("/duties/edit/", typed).status_code in (302, 422)
    told = {"name": "一号间", "currency": "CNY", "split_rule": "1:1", "zone": "Asia"}
    assert client.post(f"/rooms/{room.pk}/edit/", told).status_code == 422


def test_an_address_with_a_nul_is_none_and_a_form_with_one_is_refused(cast):
    client = cast.client("owner")
    for address in ("/team/?q=%00", "/audit/?who=a%00", "/shifts/?done=%00", "/cards/%00/", "/daily/?from=%00"):
        assert client.get(address).status_code == 404, address
    assert cast.client("nobody").get("/sign-in/?next=%00").status_code == 404
    for address in ("/shifts/undo/", "/sign-in/", "/months/2026-10/close/"):
        answer = client.post(address, {"act": "a\x00", "username": "x"})
        assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (422, "text/plain"), address
