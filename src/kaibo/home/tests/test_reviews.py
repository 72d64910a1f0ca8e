"""Home asks for the reviews of yesterday's broadcasts, until they are written."""

from datetime import UTC, datetime

from kaibo.home.needs import needs_of
from kaibo.live.models import Account, Session, SessionNote, Shift

MORNING = datetime(2026, 10, 15, 1, tzinfo=UTC)


def test_yesterdays_sessions_without_a_review(cast) -> None:  # type: ignore[no-untyped-def]
    room = Account.objects.create(handle="qinghe", name="生活旗舰店")
    start, end = datetime(2026, 10, 14, 11, tzinfo=UTC), datetime(2026, 10, 14, 16, tzinfo=UTC)
    session = Session.objects.create(account=room, start=start, end=end)
    times = {"confirmed_start": start, "confirmed_end": end, "state": "confirmed"}
    Shift.objects.create(account=room, person=cast.host, role="host", **times)

    def asked(who) -> list[str]:  # type: ignore[no-untyped-def]
        return [need.url for need in needs_of(who, MORNING) if need.icon == "message-report"]

    url = f"/sessions/{session.pk}/notes/"
    assert (asked(cast.owner), asked(cast.host.user), asked(cast.outsider.user)) == ([url], [url], [])
    SessionNote.objects.create(session=session, kind="free", text="好", by=cast.owner)
    assert asked(cast.owner) == []
