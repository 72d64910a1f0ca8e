"""What a person says of a table that Kaibo does not know: of the file as a whole, and of each of its columns."""

from collections.abc import Mapping as Values
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from kaibo.home.upload_forms import CURRENCIES
from kaibo.live.models import Account, Platform
from kaibo.sources import mapped
from kaibo.sources.headers import Header, normal
from kaibo.sources.mapped_proposals import Proposal, below, unit_of
from kaibo.sources.mapped_targets import (
    DATE,
    DAY,
    DURATION,
    INSTANT,
    KIND_OF,
    KINDS,
    MONEY,
    TIME,
    UNIT_TITLES,
    UNITS,
    RowKind,
    target_of,
)  # fmt: skip

# headings of a line, shown to tell it from others
HEADINGS_SHOWN = 4
LONGEST = 60
Options = list[tuple[str, str]]
Grouped = list[tuple[str, Options]]
UNIT_GROUPS = (
    (INSTANT, gettext_noop("Days and times")),
    (DURATION, gettext_noop("Lengths")),
    (MONEY, gettext_noop("Amounts")),
)


class TableForm(forms.Form):
    """Which line is the header, what a row is, and what is true of the whole file."""

    place = forms.TypedChoiceField(label=gettext_lazy("The line with the headings"), coerce=int)
    table = forms.ChoiceField(label=gettext_lazy("A row is"))
    platform = forms.ChoiceField(label=gettext_lazy("Platform"), choices=Platform.choices)
    zone = forms.CharField(label=gettext_lazy("Zone of its times"), max_length=40)
    currency = forms.ChoiceField(label=gettext_lazy("Currency of its amounts"), choices=[(c, c) for c in CURRENCIES])
    whole = forms.CharField(required=False, max_length=80)
    order_kind = forms.ChoiceField(label=gettext_lazy("These orders are"), required=False)
    name = forms.CharField(label=gettext_lazy("What you call such a file"), max_length=80)

    def __init__(self, candidates: Sequence[Header], kind: RowKind, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.fields["place"].choices = list(enumerate(map(_line, candidates)))  # type: ignore[attr-defined]
        kinds = [(one.table, f"{_(one.title)} ({_(one.hint)})") for one in KINDS]
        self.fields["table"].choices = kinds  # type: ignore[attr-defined]
        if kind.whole == "account":
            rooms = [(room.handle, f"{room.name} ({room.handle})") for room in Account.objects.all()]
            first = ("", _("A column says it, or I am asked each time"))
            self.fields["whole"] = forms.ChoiceField(label=_("Room"), choices=[first, *rooms], required=False)
        elif kind.whole:
            self.fields["whole"].label = _("Ad account (blank: a column says it, or I am asked)")
        else:
            del self.fields["whole"]
        if kind.table == "order_line":
            said = [("", _("a column says of what kind")), ("self_live", _("all sold in our own broadcasts"))]
            self.fields["order_kind"].choices = said  # type: ignore[attr-defined]
        else:
            del self.fields["order_kind"]

    def clean_zone(self) -> str:
        zone = str(self.cleaned_data["zone"])
        if zone not in available_timezones():
            raise forms.ValidationError(_("No such zone. Write it like Asia/Shanghai."))
        return zone


def kind_said(data: Values[str, Any], otherwise: str) -> RowKind:
    """The kind of row that a posted form chose; what was proposed where that is none."""
    return KIND_OF.get(str(data.get("table", "")), KIND_OF[otherwise])


def initial(found: mapped.Mapping | None, place: int, table: str, name: str) -> dict[str, Any]:
    """What the form starts with: as a like table was read before, else as the installation is set."""
    return {
        "place": place,
        "table": table,
        "platform": (found.platform if found else "") or Platform.OTHER,
        "zone": (found.zone if found else "") or settings.TIME_ZONE,
        "currency": (found.currency if found else "") or settings.KAIBO_CURRENCY,
        "whole": found.whole if found else "",
        "order_kind": found.order_kind if found else "",
        "name": name,
    }


def _line(header: Header) -> str:
    shown = [str(cell).strip()[:20] for cell in header.cells if normal(cell)][:HEADINGS_SHOWN]
    where = f"{header.sheet.name} · " if header.sheet.name else ""
    return where + _("line %(line)s: %(headings)s …") % {"line": header.line, "headings": " / ".join(shown)}


def targets(table: str) -> Grouped:
    """What a column of such a table may be, in groups; an instant also as its day or its time alone."""
    groups: dict[str, Options] = {}
    for target in KIND_OF[table].targets:
        options = groups.setdefault(target.group, [])
        options.append((target.field, _(target.label)))
        if target.read is INSTANT:
            options.append((f"{target.field}:{DAY}", _("%(what)s: the date alone") % {"what": _(target.label)}))
            options.append((f"{target.field}:{TIME}", _("%(what)s: the time alone") % {"what": _(target.label)}))
    return [(_(group), options) for group, options in groups.items()]


def flat(table: str) -> Options:
    """The same in one list."""
    return [option for _group, options in targets(table) for option in options]


def units() -> Grouped:
    """How a column may write what it says."""
    return [(_(title), [(unit, _(UNIT_TITLES[unit])) for unit in UNITS[read]]) for read, title in UNIT_GROUPS]


@dataclass(frozen=True)
class Said:
    """A column as it stands in the form: what was proposed, or what a person said."""

    place: int
    proposal: Proposal
    target: str
    unit: str

    @property
    def waits(self) -> bool:
        """Its cells can be read in more than one way, and nobody has said in which."""
        return bool(self.target) and self.proposal.asked and not self.unit


def proposed(proposals: Sequence[Proposal]) -> list[Said]:
    return [Said(place, one, one.target, one.unit) for place, one in enumerate(proposals)]


def posted(data: Values[str, Any], table: str, header: Header, proposals: Sequence[Proposal]) -> list[Said]:
    """What was said of each column. A unit that its target has no use for is what the cells themselves say."""
    rows = below(header)
    found = []
    for place, one in enumerate(proposals):
        target, unit = str(data.get(f"target-{place}", "")), str(data.get(f"unit-{place}", ""))
        known = target_of(table, target.partition(":")[0])
        if known is None:
            target, unit = "", ""
        elif target.endswith(f":{TIME}"):
            unit = ""
        elif unit not in UNITS.get(known.read, ()) or (known.read is DATE and unit not in UNITS[DATE]):
            cells = [row[place] for row in rows if place < len(row) and row[place] != ""]
            unit, _asked = unit_of(table, target, one.name, cells)
        found.append(Said(place, one, target, unit))
    return found


def mapping_of(form: TableForm, header: Header, columns: Sequence[Said]) -> mapped.Mapping:
    """The mapping that a valid form describes."""
    data = form.cleaned_data
    return mapped.Mapping(
        key=f"{mapped.PREFIX}draft",
        name=data["name"],
        table=data["table"],
        header=tuple(str(cell).strip() for cell in header.cells if normal(cell)),
        columns=tuple(mapped.MappedColumn(one.proposal.name, one.target, one.unit) for one in columns if one.target),
        platform=data["platform"],
        zone=data["zone"],
        currency=data["currency"],
        whole=data.get("whole", ""),
        sheet=header.sheet.name,
        order_kind=data.get("order_kind", ""),
    )
