"""Django's sessions in the database, read as every page reads them: with a query that is compiled already."""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from kaibo.database.prepared import Prepared

_living = Prepared(lambda *, key, now: Session.objects.filter(session_key=key, expire_date__gt=now))


class SessionStore(db.SessionStore):
    """All but the reading is Django's own."""

    def _get_session_from_db(self) -> Any:
        found = _living.first(key=self.session_key, now=timezone.now()) if self.session_key else None
        if found is None:
            self._session_key = None
        return found
