"""Writing an audit row: what does not fit is refused before anything is written, on every database."""

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from kaibo.audit.models import AuditEvent
from kaibo.audit.record import record, record_each

pytestmark = pytest.mark.django_db


def test_a_reason_longer_than_is_kept_is_refused(cast) -> None:
    record(by=cast.owner, verb="x", target=cast.host, reason="因" * 500)
    with pytest.raises(ValidationError, match="501"), transaction.atomic():
        record(by=cast.owner, verb="x", target=cast.host, reason="因" * 501)
    each = [(cast.host, {}), (cast.host2, {})]
    with pytest.raises(ValidationError, match="501"), transaction.atomic():
        record_each(by=cast.owner, verb="x", each=each, reason="因" * 501)
    assert AuditEvent.objects.filter(verb="x").count() == 1
