"""OpenAPI 3.1 of the REST endpoints, and the Socket.IO protocol as JSON Schema, from the tables that serve
them.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from signaling.web.messages.base import Ack, Empty, ErrorBody, Message
from signaling.web.messages.commands import Envelope
from signaling.web.messages.events import EVENTS
from signaling.web.rest.table import Endpoint, Endpoints
from signaling.web.sio.commands import TABLE

JsonSchema = dict[str, Any]
_REFERENCE: Final = "#/components/schemas/{model}"


def openapi(families: Iterable[Endpoints], *, version: str) -> JsonSchema:
    """Return the OpenAPI 3.1 document of these endpoints."""
    families = list(families)
    paths: dict[str, JsonSchema] = {}
    for family in families:
        for endpoint in family:
            paths.setdefault(_path(endpoint.path), {})[endpoint.method.lower()] = _operation(
                endpoint, family.tag
            )
    return {
        "openapi": "3.1.0",
        "info": {"title": "帮办 Bangban", "version": version, "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": family.tag} for family in families],
        "paths": paths,
        "components": {
            "schemas": _schemas(_messages(families)),
            "securitySchemes": {"session": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


_DESCRIPTION: Final = (
    "Lists, catalogue, administration, pictures and recordings. Everything that happens within a call goes "
    'over Socket.IO: see /api/protocol.json. Refusals are `{"error": {code, sentence, field?}}`.'
)


def protocol() -> JsonSchema:
    """Return the commands and events of the Socket.IO channel as JSON Schema."""
    bodies: list[type[BaseModel]] = [command.body for command in TABLE.values()]
    results: list[type[BaseModel]] = [command.result for command in TABLE.values()]
    return {
        "transport": "Socket.IO 5 at /socket.io, WebSocket only",
        "authentication": {"token": "access token"} | {"device_token": "of a paired pad"},
        "envelope": _reference(Envelope),
        "acknowledgement": _reference(Ack),
        "commands": {
            name: {
                "description": _first_line(command.handler),
                "body": _reference(command.body),
                "result": _reference(command.result),
                "x-permission": command.permission.value,
            }
            for name, command in TABLE.items()
        },
        "events": {
            name: {"description": _first_line(model), "body": _reference(model)}
            for name, model in sorted(EVENTS.items())
        },
        "components": {"schemas": _schemas([Envelope, Ack, *bodies, *results, *EVENTS.values()])},
    }


def _operation(endpoint: Endpoint, tag: str) -> JsonSchema:
    operation: JsonSchema = {
        "tags": [tag],
        "summary": endpoint.summary,
        "operationId": endpoint.handler.__name__,
        "parameters": [*_path_parameters(endpoint.path), *_query_parameters(endpoint.query)],
        "responses": {"200": _answer(endpoint), "default": _ERROR},
    }
    if endpoint.body is not Empty:
        operation["requestBody"] = {"required": True, "content": _json(_reference(endpoint.body))}
    if endpoint.needs == "session":
        operation["security"] = [{"session": []}]
    if endpoint.permission:
        operation["x-permission"] = endpoint.permission.value
    return operation


def _answer(endpoint: Endpoint) -> JsonSchema:
    if not endpoint.answers:
        return {"description": "bytes", "content": {endpoint.media_type: {}}}
    references = [_reference(model) for model in endpoint.answers]
    schema = references[0] if len(references) == 1 else {"anyOf": references}
    return {"description": _first_line(endpoint.answers[0]), "content": _json(schema)}


def _json(schema: JsonSchema) -> JsonSchema:
    return {"application/json": {"schema": schema}}


def _reference(model: type[BaseModel]) -> JsonSchema:
    return {"$ref": _REFERENCE.format(model=model.__name__)}


_ERROR: Final = {
    "description": "refused",
    "content": _json(
        {"type": "object", "properties": {"error": _reference(ErrorBody)}, "required": ["error"]},
    ),
}


def _path(path: str) -> str:
    """Turn aiohttp's `{name:pattern}` into OpenAPI's `{name}`."""
    return re.sub(r"\{(\w+):[^}]*\}", r"{\1}", path)


def _path_parameters(path: str) -> list[JsonSchema]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)", path)
    ]


def _query_parameters(query: type[Message] | None) -> list[JsonSchema]:
    if query is None:
        return []
    schema = query.model_json_schema()
    required = set(schema.get("required", []))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": part}
        for name, part in schema["properties"].items()
    ]


def _messages(families: Iterable[Endpoints]) -> list[type[BaseModel]]:
    found: dict[type[BaseModel], None] = {ErrorBody: None}
    for family in families:
        for endpoint in family:
            found |= dict.fromkeys((endpoint.body, *endpoint.answers))
    return list(found)


def _schemas(models: Iterable[type[BaseModel]]) -> Mapping[str, JsonSchema]:
    modes: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = [
        (model, "validation") for model in dict.fromkeys(models)
    ]
    _, schema = models_json_schema(modes, ref_template=_REFERENCE)
    definitions: Mapping[str, JsonSchema] = schema["$defs"]
    return definitions


def _first_line(described: object) -> str:
    return (described.__doc__ or "").strip().split("\n")[0]
