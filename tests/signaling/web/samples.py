"""A valid body for every message, made from its schema, and hostile ones made from the valid."""

import re
from collections.abc import Iterator
from typing import Any, Final

from signaling.web.messages.base import Message
from tests.signaling.web.house import Json

_TEXTS: Final = (
    "nothing-here",
    "abcdefgh12",
    "13800000000",
    "123456",
    "#112233",
    "53332419800101123X",
    "call",
    "0" * 64,
    "1",
)
HOSTILE: Final[tuple[Any, ...]] = (
    None,
    True,
    "",
    "\0",
    "\ud800",
    "'; DROP TABLE calls; --",
    "../../etc/passwd",
    "长" * 3000,
    10**30,
    -1,
    1e308,
    [],
    {},
    [[[]]],
    {"$ne": 1},
)


def sample(message: type[Message], **given: Any) -> Json:
    """Return a body that a message takes, with `given` where it has such fields."""
    schema = message.model_json_schema()
    body: Json = _value(schema, schema.get("$defs", {}))
    body |= {name: value for name, value in given.items() if name in schema.get("properties", {})}
    message.model_validate(body)
    return body


def _value(schema: Json, models: Json) -> Any:
    if "$ref" in schema:
        return _value(models[schema["$ref"].rpartition("/")[2]], models)
    if "default" in schema:
        return schema["default"]
    for choice in ("anyOf", "allOf"):
        if choice in schema:
            return _value(schema[choice][0], models)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    return _by_type(schema, models)


def _by_type(schema: Json, models: Json) -> Any:
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            return {name: _value(properties[name], models) for name in schema.get("required", ())}
        case "array":
            if "prefixItems" in schema:
                return [_value(part, models) for part in schema["prefixItems"]]
            return [_value(schema["items"], models) for _ in range(schema.get("minItems", 0))]
        case "integer":
            return max(1, schema.get("minimum", 1))
        case "number":
            return schema.get("maximum", 1.0) / 2
        case "boolean":
            return True
        case "string":
            return _text(schema)
    return {}


def _text(schema: Json) -> str:
    if schema.get("format") == "date-time":
        return "2026-01-01T00:00:00Z"
    fits = re.compile(schema.get("pattern", ""))
    least, most = schema.get("minLength", 0), schema.get("maxLength", 4000)
    return next(text for text in _TEXTS if least <= len(text) <= most and fits.search(text))


def mutations(body: Json) -> Iterator[Any]:
    """Return bodies that differ from a valid one in one place."""
    yield body | {"more": 1}
    yield [body]
    for name, value in body.items():
        yield {key: part for key, part in body.items() if key != name}
        for hostile in HOSTILE:
            yield body | {name: hostile}
        if isinstance(value, dict) and value:
            for mutated in mutations(value):
                yield body | {name: mutated}
