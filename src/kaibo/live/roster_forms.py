"""The one form that explains a roster: a part per name, per code and per room, each checked where it stands."""

import hashlib
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaibo.live.actions.explaining_roster import Explained, Meaning, Newcomer, Room
from kaibo.live.forms import ends_next_day
from kaibo.live.models import Account, CrewRole
from kaibo.live.roster import CodeOffer, NameOffer, Offers, RoomOffer
from kaibo.org.models import Department, Person, Position
from kaibo.org.positions import DEFAULT_DEPARTMENT, ORDER


class NameForm(forms.Form):
    """`take`: settle this name now. `same`: an existing person; empty makes a new one."""

    take = forms.BooleanField(required=False, initial=True)
    same = forms.ModelChoiceField(Person.objects.all(), required=False, empty_label=gettext_lazy("New person"))
    position = forms.ModelChoiceField(Position.objects.all(), required=False, empty_label=None)
    offer: NameOffer

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("take") and not cleaned.get("same") and not cleaned.get("position"):
            self.add_error("position", _("Choose the position."))
        return cleaned


class CodeForm(forms.Form):
    """What one code means; left empty, it waits."""

    off = forms.BooleanField(required=False)
    account = forms.ModelChoiceField(Account.objects.all(), required=False, empty_label="—")
    role = forms.ChoiceField(required=False, choices=[("", gettext_lazy("By position")), *CrewRole.choices])
    start = forms.TimeField(required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    end = forms.TimeField(required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    next_day = forms.BooleanField(required=False)
    offer: CodeOffer

    @property
    def is_told(self) -> bool:
        """Something was said about the code."""
        cleaned = self.cleaned_data
        return bool(cleaned.get("off") or cleaned.get("start") or cleaned.get("end"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("start"), cleaned.get("end")
        cleaned["next_day"] = cleaned.get("next_day") or ends_next_day(start, end)
        if cleaned.get("off") or not (start or end) or self.errors:
            return cleaned
        for name in ("account", "start", "end"):
            if not cleaned.get(name):
                self.add_error(name, _("Needed, unless the code means a day off."))
        if start and end and end <= start and not cleaned.get("next_day"):
            self.add_error("end", _("The end is before the start. If it is on the next day, tick that."))
        return cleaned


class RoomForm(forms.Form):
    account = forms.ModelChoiceField(Account.objects.all(), required=False, empty_label=gettext_lazy("Not now"))
    offer: RoomOffer


class DepartmentForm(forms.Form):
    """Where the new people belong: one that exists, or a new name."""

    department = forms.ModelChoiceField(
        Department.objects.order_by("name"), required=False, empty_label=gettext_lazy("New department")
    )
    new_department = forms.CharField(max_length=60, required=False)


class RosterForm:
    """All parts together. `data` None shows the prefilled form."""

    def __init__(self, offers: Offers, data: Any = None) -> None:
        self.names = [_name_form(offer, _prefix("name", offer.name), data) for offer in offers.names]
        self.codes = [_code_form(offer, _prefix("code", offer.code), data) for offer in offers.codes]
        self.rooms = [
            _room_form(offer, _prefix("room", f"{offer.name} {offer.batches}"), data) for offer in offers.rooms
        ]
        first = Department.objects.order_by("pk").first()
        initial = {"department": first, "new_department": "" if first else DEFAULT_DEPARTMENT}
        self.department = DepartmentForm(data, initial=initial)

    def is_valid(self) -> bool:
        valid = [form.is_valid() for form in [*self.names, *self.codes, *self.rooms, self.department]]
        if not all(valid):
            return False
        wants_department = any(f.cleaned_data["take"] and not f.cleaned_data["same"] for f in self.names)
        if wants_department and not self.department_name:
            self.department.add_error("new_department", _("Say which department the new people belong to."))
            return False
        return True

    @property
    def department_name(self) -> str:
        cleaned = self.department.cleaned_data
        chosen = cleaned["department"]
        return chosen.name if chosen else " ".join(cleaned["new_department"].split())

    def explained(self) -> Explained:
        """What was said; call it only when valid."""
        taken = [(form.offer, form.cleaned_data) for form in self.names if form.cleaned_data["take"]]
        return Explained(
            newcomers=[Newcomer(o.name, c["position"], o.start) for o, c in taken if not c["same"]],
            same=[(o.name, c["same"]) for o, c in taken if c["same"]],
            codes=[Meaning(code=f.offer.code, **f.cleaned_data) for f in self.codes if f.is_told],
            rooms=[
                Room(f.offer.name, f.offer.batches, f.cleaned_data["account"])
                for f in self.rooms
                if f.cleaned_data["account"]
            ],
            department=self.department_name,
        )


def _prefix(kind: str, text: str) -> str:
    """By what is asked, not by its place: meanwhile someone else may have settled another part."""
    return f"{kind}-{hashlib.blake2s(text.encode(), digest_size=6).hexdigest()}"


def _name_form(offer: NameOffer, prefix: str, data: Any) -> NameForm:
    positions = {position.key: position for position in Position.objects.all()}
    likely = positions.get(offer.role or "host")
    form = NameForm(data, prefix=prefix, initial={"take": True, "position": likely})
    similar = [person.pk for person in offer.similar]
    ordered = sorted(Person.objects.all(), key=lambda p: (similar.index(p.pk) if p.pk in similar else 99, p.name))
    _choose(form, "same", [(p.pk, _likely(p.name) if p.pk in similar else p.name) for p in ordered])
    ranked = sorted(positions.values(), key=lambda p: ORDER.get(p.key, 99))
    _choose(form, "position", [(p.pk, p.title) for p in ranked], empty=False)
    _label(form, offer.name, {"same": _("Who it is"), "position": _("Position, if new")})
    form.offer = offer
    return form


def _likely(name: str) -> str:
    return _("Same as %(name)s?") % {"name": name}


def _choose(form: forms.Form, name: str, choices: list[tuple[int, str]], *, empty: bool = True) -> None:
    """Order and word the choices; what is accepted stays the field's query."""
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 — narrows the type
    first = [("", str(field.empty_label))] if empty else []
    field.widget.choices = [*first, *choices]


def _label(form: forms.Form, of: str, names: dict[str, str]) -> None:
    """What a table's row and column say to the eye, each control says to a screen reader: "A1: Goes on air"."""
    for field, name in names.items():
        form.fields[field].widget.attrs["aria-label"] = f"{of}: {name}"


def _code_form(offer: CodeOffer, prefix: str, data: Any) -> CodeForm:
    accounts = list(Account.objects.all()[:2])
    only = accounts[0] if len(accounts) == 1 else None
    form = CodeForm(data, prefix=prefix, initial={"off": offer.off, "account": None if offer.off else only})
    _label(form, offer.code, {
        "off": _("Day off"), "account": _("Room"), "role": _("Crew role"), "start": _("Goes on air"),
        "end": _("Goes off air"), "next_day": _("Ends next day"),
    })  # fmt: skip
    form.offer = offer
    return form


def _room_form(offer: RoomOffer, prefix: str, data: Any) -> RoomForm:
    form = RoomForm(data, prefix=prefix)
    form.offer = offer
    return form


def first_day(offers: Offers) -> date | None:
    """The day the new people's appointments begin, for the page to say."""
    return min((offer.start for offer in offers.names), default=None)
