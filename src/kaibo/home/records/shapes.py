"""What answers look like, in few words, for the OpenAPI document: a JSON Schema is made from them.

A shape is a word of WORDS (with ? null is possible), a list of one shape, or names with theirs; a name that ends in ?
may be absent.
"""

from collections.abc import Mapping
from typing import Any

# a word, [shape] or {name: shape}
Shape = Any
ANYTHING: Shape = "object"

WORDS: Mapping[str, Mapping[str, Any]] = {
    "int": {"type": "integer"},
    "str": {"type": "string"},
    "bool": {"type": "boolean"},
    "at": {"type": "string", "format": "date-time"},
    "day": {"type": "string", "format": "date"},
    "month": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"},
    "exact": {"type": "string", "pattern": "^-?[0-9]+(/[0-9]+)?$"},
    "number": {"type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$"},
    "object": {"type": "object"},
    "any": {},
}


def schema(shape: Shape) -> dict[str, Any]:
    """The JSON Schema of a shape. Raises KeyError for a word there is not."""
    if isinstance(shape, str):
        found = dict(WORDS[shape.rstrip("?")])
        if shape.endswith("?"):
            found = {"anyOf": [found, {"type": "null"}]}
        return found
    if isinstance(shape, list):
        return {"type": "array", "items": schema(shape[0])}
    names = {name: one for name, one in shape.items() if name not in ("...", "?")}
    made: dict[str, Any] = {
        "type": "object",
        "properties": {name.rstrip("?"): schema(one) for name, one in names.items()},
        "required": sorted(name for name in names if not name.endswith("?")),
        # names that are data, like an ad account's rooms, look like the shape of “...”
        "additionalProperties": schema(shape["..."]) if "..." in shape else False,
    }
    return {"anyOf": [made, {"type": "null"}]} if "?" in shape else made
