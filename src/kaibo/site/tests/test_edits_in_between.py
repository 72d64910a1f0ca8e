"""Through the API, what an edit leaves unsaid stays as somebody else left it a moment before."""

from datetime import timedelta

import pytest
from django.utils import timezone

from kaibo.live.models import Account, AirKind, Outage, OutageCause, Session
from kaibo.org.models import Department, Process
from kaibo.site.tests.between import between

pytestmark = pytest.mark.django_db


def test_a_departments_purpose_outlives_a_new_name(cast) -> None:  # type: ignore[no-untyped-def]
    one = Department.objects.create(name="仓库")
    rows = Department.objects.filter(pk=one.pk)
    done = between("departments", "edit", cast.owner, one.pk, lambda: rows.update(purpose="发货"), name="物流")
    assert (done["name"], done["purpose"], rows.get().purpose) == ("物流", "发货", "发货")


def test_a_processs_purpose_outlives_a_new_name(cast) -> None:  # type: ignore[no-untyped-def]
    one = Process.objects.create(name="复盘")
    rows = Process.objects.filter(pk=one.pk)
    done = between("processes", "edit", cast.owner, one.pk, lambda: rows.update(purpose="每周"), name="周复盘")
    assert (done["name"], done["purpose"], rows.get().purpose) == ("周复盘", "每周", "每周")


def test_a_rooms_other_names_outlive_a_new_name(cast) -> None:  # type: ignore[no-untyped-def]
    one = Account.objects.create(handle="101", name="一号间")
    rows = Account.objects.filter(pk=one.pk)
    done = between("rooms", "edit", cast.owner, one.pk, lambda: rows.update(other_names=["旧名"]), name="主间")
    assert (done["name"], rows.get().other_names) == ("主间", ["旧名"])


def test_an_outages_note_and_a_broadcasts_title_outlive_an_edit(cast) -> None:  # type: ignore[no-untyped-def]
    room, start = Account.objects.create(handle="101", name="一号间"), timezone.now() - timedelta(days=2)
    at = {"account": room, "start": start, "end": start + timedelta(hours=2)}
    one = Outage.objects.create(**at, cause=OutageCause.PLATFORM, recorded_by=cast.owner)
    rows = Outage.objects.filter(pk=one.pk)
    done = between("outages", "edit", cast.owner, one.pk, lambda: rows.update(note="断流"), cause="venue")
    assert (done["cause"], rows.get().note) == ("venue", "断流")
    session = Session.objects.create(**at, by_hand=True)
    there = Session.objects.filter(pk=session.pk)
    between("sessions", "edit", cast.owner, session.pk, lambda: there.update(title="双11"), air_kind=str(AirKind.TEST))
    assert (there.get().air_kind, there.get().title) == (AirKind.TEST, "双11")
