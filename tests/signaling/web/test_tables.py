"""Commands and endpoints take their types from the functions that serve them, or do not start."""

from pathlib import Path
from typing import Annotated

import pytest
from aiohttp import web

from signaling.domain.audit import AuditAct
from signaling.domain.events import EVENT_KINDS
from signaling.domain.events import ChatAdded as ChatAddedEvent
from signaling.domain.roles import Permission
from signaling.web import audited
from signaling.web.audited import COMMANDS, REQUESTS, Where
from signaling.web.messages.base import Empty, Message
from signaling.web.messages.commands import CallRef, CallRequest
from signaling.web.messages.events import EVENTS, ChatAdded
from signaling.web.messages.rest import ItemQuery, LoginBody, SessionView
from signaling.web.messages.views.calls import CallView
from signaling.web.notifier import Notifier as _  # noqa: F401 fills the table
from signaling.web.notifier.table import TELLERS, Stage, tells
from signaling.web.rest import FAMILIES
from signaling.web.rest import table as rest
from signaling.web.schema.openapi import protocol
from signaling.web.sio import table as sio
from signaling.web.sio.commands import TABLE
from signaling.web.sio.engine import BoundedServer
from signaling.web.sio.hub import Hub


def test_a_command_has_the_types_of_its_function() -> None:
    command = TABLE["call.request"]
    assert (command.body, command.result) == (CallRequest, CallView)
    assert TABLE["media.produce"].opaque_fields == ("rtp_parameters",)


def test_every_command_is_in_the_document_with_its_permission() -> None:
    described = protocol()["commands"]
    assert described.keys() == TABLE.keys()
    assert described["call.request"] == {
        "description": "发起协助.",
        "body": {"$ref": "#/components/schemas/CallRequest"},
        "result": {"$ref": "#/components/schemas/CallView"},
        "x-permission": "call.request",
    }


def test_an_event_has_one_message_and_the_message_its_name() -> None:
    assert EVENTS["chat.added"] is ChatAdded
    assert ChatAdded.event_name == "chat.added"
    assert CallView.event_name == "call.changed", "a view may be what is told"
    with pytest.raises(ValueError, match=r"chat\.added"):

        class Again(Message, event="chat.added"):
            pass


async def test_what_is_no_event_is_not_emitted() -> None:
    with pytest.raises(TypeError, match="Empty"):
        await Hub(BoundedServer()).tell([], Empty())


def test_every_event_of_the_house_has_one_teller_who_says_which() -> None:
    assert set(TELLERS) == set(EVENT_KINDS.values())

    async def again(stage: Stage, event: ChatAddedEvent) -> None:
        pass

    async def of_nothing(stage: Stage, event: str) -> None:
        pass

    with pytest.raises(ValueError, match="two tellers"):
        tells(again)
    with pytest.raises(TypeError):
        tells(of_nothing)


async def _untyped(asked, hub):  # type: ignore[no-untyped-def]
    return Empty()


async def _any_message(asked: sio.Asked[CallRef]) -> Message:
    return Empty()


async def _no_message(asked: sio.Asked[int]) -> Empty:  # type: ignore[type-var]
    return Empty()


@pytest.mark.parametrize("handler", [_untyped, _any_message, _no_message])
def test_a_function_that_does_not_say_its_types_is_no_command(handler: sio.Handler) -> None:
    with pytest.raises(TypeError):
        sio.command("test.untyped", permission=Permission.CALL_READ)(handler)
    assert "test.untyped" not in TABLE


def test_a_command_with_two_functions_is_an_error_at_start() -> None:
    with pytest.raises(ValueError, match="two handlers"):
        sio.command("call.request", permission=Permission.CALL_REQUEST)


def _only(endpoints: rest.Endpoints) -> rest.Endpoint:
    (endpoint,) = endpoints
    return endpoint


def test_an_endpoint_has_the_types_of_its_function() -> None:
    endpoints = rest.Endpoints("test")

    @endpoints.add("POST", "/login", summary="", needs="nothing")
    async def login(asked: rest.Asked[LoginBody]) -> Annotated[web.Response, SessionView] | Empty:
        return Empty()

    made = _only(endpoints)
    assert (made.body, made.query, made.answers) == (LoginBody, None, (SessionView, Empty))


def test_an_endpoint_is_asked_in_the_query_string_or_answers_with_bytes() -> None:
    endpoints = rest.Endpoints("test")

    @endpoints.add("GET", "/picture", summary="", media_type="image/*")
    async def picture(asked: rest.Asked[ItemQuery]) -> web.StreamResponse:
        return web.StreamResponse()

    made = _only(endpoints)
    assert (made.body, made.query, made.answers) == (Empty, ItemQuery, ())


def test_every_endpoint_answers_with_messages_or_says_what_its_bytes_are() -> None:
    for family in FAMILIES:
        for endpoint in family:
            assert bool(endpoint.answers) == (endpoint.media_type == "application/json"), endpoint.path


def test_every_request_and_command_says_where_it_is_written_down() -> None:
    """What reads people's data or changes something is in the audit log or in the log of its call."""
    asked = {(endpoint.method, endpoint.path) for family in FAMILIES for endpoint in family}
    assert asked == REQUESTS.keys(), "name its act in signaling/web/audited.py"
    assert TABLE.keys() == COMMANDS.keys(), "name its act in signaling/web/audited.py"
    for method, path in asked:
        noted = REQUESTS[method, path]
        changes = method != "GET" and path != "/api/auth/refresh"
        assert not (changes and noted.where is Where.NOWHERE), path
        assert (noted.act is not None) is (noted.where in (Where.HERE, Where.SERVICE)), path


def test_every_act_is_written_by_somebody() -> None:
    source = "".join(path.read_text() for path in Path(audited.__file__).parents[1].rglob("*.py"))
    assert [act.name for act in AuditAct if source.count(f"AuditAct.{act.name}") == 0] == []
