"""The ad accounts that reports name, and the rooms they spend for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from kaibo.facts import reader
from kaibo.facts.schema import AD_SPEND
from kaibo.imports.models import Batch, BatchState
from kaibo.live.models import AdAccountPart


@dataclass(frozen=True)
class AdAccount:
    """`parts`: newest first. `rows`: lines of ad reports in use that name it; 0: mapped before any report came."""

    name: str
    rows: int
    parts: Sequence[AdAccountPart]

    @property
    def open(self) -> bool:
        """Reports name it, and nobody said which rooms it spends for."""
        return self.rows > 0 and not self.parts


def known_ad_accounts() -> list[AdAccount]:
    """Those without rooms first, then by name."""
    seen = _seen()
    mapped: dict[str, list[AdAccountPart]] = {}
    for part in AdAccountPart.objects.select_related("account"):
        mapped.setdefault(part.ad_account, []).append(part)
    found = [AdAccount(name, seen.get(name, 0), mapped.get(name, [])) for name in seen.keys() | mapped.keys()]
    return sorted(found, key=lambda one: (not one.open, one.name))


def _seen() -> dict[str, int]:
    """Ad account → lines of reports in use that name it."""
    batches = list(Batch.objects.filter(table=AD_SPEND, state=BatchState.VISIBLE))
    answers = {Path(settings.FACTS_ROOT) / batch.folder: str(batch.answers.get("ad_account", "")) for batch in batches}
    seen: dict[str, int] = {}
    for folder, facts in reader.columns_of(list(answers), AD_SPEND, ["ad_account"]).items():
        for fact in facts:
            name = fact["ad_account"] or answers[folder]
            if name:
                seen[name] = seen.get(name, 0) + 1
    return seen
