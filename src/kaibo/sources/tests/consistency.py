"""What holds for every reading, whatever the file."""

import dataclasses

from kaibo.facts.schema import INT, TABLES
from kaibo.sources.reading import Answers, Reading


def check_consistent(found: Reading) -> None:
    """What holds for every reading, whatever the file."""
    table = TABLES[found.source.table]
    for fact in found.facts:
        assert set(fact) <= set(table)
        for name, kind in table.items():
            assert fact.get(name) is None or type(fact[name]) is (int if kind == INT else str), (name, fact[name])
        assert fact["row"] >= 2
        assert fact.get("end_ms") is None or fact["end_ms"] > fact["start_ms"]
        assert all(fact[n] >= 0 for n in ("gmv_minor", "payable_minor", "views", "quantity") if fact.get(n) is not None)
    keys = [tuple(fact[name] for name in found.source.key_fields) for fact in found.facts]
    assert len(keys) == len(set(keys))
    assert all(reject.line >= 1 and str(reject.reason) for reject in found.rejects)
    lines = {fact["row"] for fact in found.facts} | {reject.line for reject in found.rejects}
    assert len(lines) + found.dropped_totals <= found.rows_seen
    assert all(str(warning) for warning in found.warnings)
    assert set(found.questions) <= {answer.name for answer in dataclasses.fields(Answers)}
    assert not found.questions or not found.facts
