"""What kind of air time a broadcast probably was."""

from datetime import datetime, timedelta

from kaibo.live.models import AirKind, Session

# shorter ones are tries of the equipment, or one half of a broadcast that broke off
SHORT = timedelta(minutes=10)
CREDITING = (AirKind.LIVE, AirKind.LINKED)


def proposed_air_kind(start: datetime, end: datetime) -> AirKind:
    """`test` below ten minutes, else `live`; a person decides."""
    return AirKind.TEST if end - start < SHORT else AirKind.LIVE


def looks_like_test(session: Session) -> bool:
    """Counted as live, but shorter than any real broadcast."""
    return session.air_kind in CREDITING and proposed_air_kind(session.start, session.end) == AirKind.TEST
