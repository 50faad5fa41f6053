"""Who may what: every route and command, tried by every kind of account, over real sockets.

The rows stand here by hand, beside the code's own table. A route or command without a row fails; so does one
that lets somebody in, or keeps somebody out, whom its row does not.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from signaling.domain.directory_data import DirectoryChange
from signaling.domain.events import DirectoryChanged
from signaling.domain.roles import Post, Role
from signaling.domain.staff import Staff
from signaling.web.messages.base import Message
from signaling.web.rest import FAMILIES
from signaling.web.rest.table import Endpoint
from signaling.web.sio.commands import TABLE
from tests.signaling.web.house import House, Json, Person, open_house, request_body
from tests.signaling.web.samples import sample
from tests.support.until import until_here

ELSEWHERE: Final = "533325"
ACCOUNTS: Final = {
    "clerk": "C",
    "clerk beside": "C",
    "clerk elsewhere": "C",
    "specialist": "S",
    "specialist beside": "S",
    "specialist above": "S",
    "specialist elsewhere": "S",
    "supervisor": "V",
    "supervisor elsewhere": "V",
    "reviewer": "R",
    "reviewer elsewhere": "R",
    "curator": "U",
    "system administrator": "A",
    "security administrator": "Y",
    "audit administrator": "L",
    "clerk with a first password": "N",
    "pad": "P",
}
"""Kind of account → the letter of its rows. N may do what needs a sign-in and no permission; O is nobody."""
_ALL: Final = "CSVRUAYLN"
_PEOPLE: Final = "CSVRUAYL"
_IN_CALLS: Final = "CSV"

ROUTES: Final = {
    "GET /api/config": _ALL + "O",
    "POST /api/auth/login": _ALL + "O",
    "POST /api/auth/refresh": _ALL + "O",
    "POST /api/auth/logout": _ALL + "O",
    "POST /api/auth/password": _ALL,
    "GET /api/demo": _ALL + "O",
    "POST /api/demo/start": _ALL + "O",
    "GET /api/items": _PEOPLE,
    "GET /api/items/all": _PEOPLE,
    "GET /api/items/mine": "C",
    "GET /api/items/{code}": _PEOPLE,
    "PUT /api/items/{code}/offering": "A",
    "POST /api/items/{code}/lifecycle": "U",
    "GET /api/items/{code}/control": "U",
    "PUT /api/items/{code}/control": "U",
    "GET /api/drafts": "U",
    "PUT /api/drafts/{code}": "U",
    "POST /api/drafts/{code}/submit": "U",
    "POST /api/drafts/{code}/publish": "U",
    "POST /api/drafts/{code}/discard": "U",
    "GET /api/regions": _ALL,
    "POST /api/regions": "A",
    "PATCH /api/regions/{code}": "A",
    "GET /api/departments": _ALL,
    "POST /api/departments": "A",
    "PUT /api/departments/{department_id}": "A",
    "GET /api/readiness": "VA",
    "GET /api/readiness/call": "VA",
    "GET /api/points": _PEOPLE,
    "POST /api/points": "A",
    "PATCH /api/points/{point_id}": "A",
    "POST /api/points/{point_id}/pads/revoke": "A",
    "GET /api/points/{point_id}/control": "A",
    "PUT /api/points/{point_id}/control": "A",
    "GET /api/colleagues": "CSV",
    "GET /api/staff": "VAYL",
    "POST /api/staff": "A",
    "PATCH /api/staff/{staff_id}": "A",
    "GET /api/staff/{staff_id}/skills": "VAYL",
    "PUT /api/staff/{staff_id}/skills": "A",
    "GET /api/calls/mine": "CSVR",
    "GET /api/calls/{call_id}": "CSVR",
    "GET /api/calls/{call_id}/lines": "CSVR",
    "GET /api/calls/{call_id}/notice": "CSVR",
    "POST /api/calls/{call_id}/stills": "C",
    "GET /api/stills/{still_id}": _ALL + "O",
    "POST /api/calls/{call_id}/files": _IN_CALLS,
    "GET /api/files/{file_id}": _ALL + "O",
    "GET /api/messages": "SV",
    "POST /api/messages/{message_id}/read": "SV",
    "POST /api/messages/{message_id}/close": "SV",
    "POST /api/pads/pair": _ALL + "O",
    "GET /api/recordings": "R",
    "GET /api/recordings/{call_id}": "R",
    "GET /api/recordings/{call_id}/addresses": "R",
    "GET /api/media/{key:.+}": _ALL + "O",
    "GET /api/audit": "L",
    "GET /api/search/lines": "UA",
    "PUT /api/search/lines/{call_id}": "UA",
}
COMMANDS: Final = {
    "call.request": "C",
    "call.cancel": "C",
    "offer.accept": "SV",
    "offer.reject": "SV",
    "call.join": _IN_CALLS,
    "call.step_out": _IN_CALLS,
    "record.earlier": _IN_CALLS,
    "call.end": _IN_CALLS,
    "call.result": "SV",
    "call.result_draft": "SV",
    "recording.pause": _IN_CALLS,
    "recording.resume": _IN_CALLS,
    "checklist.update": _IN_CALLS,
    "chat.send": _IN_CALLS,
    "annotation.stroke": _IN_CALLS,
    "annotation.pointer": _IN_CALLS,
    "annotation.clear": _IN_CALLS,
    "card.push": "SV",
    "message.leave": "C",
    "pad.code": "C",
    "rating.submit": "P",
    "helper.code": "C",
    "helper.stand": "C",
    "control.counter": "C",
    "control.mark": "C",
    "control.practice": "C",
    "control.stand": _IN_CALLS,
    "control.ask": "SV",
    "control.give_up": "SV",
    "control.ask_once": "SV",
    "control.grant": "C",
    "control.refuse": "C",
    "control.extend": "C",
    "control.narrow": "C",
    "control.revoke": "C",
    "control.answer_once": "C",
    "control.fuse": "V",
    "media.create_transport": _IN_CALLS,
    "media.connect_transport": _IN_CALLS,
    "media.restart_ice": _IN_CALLS,
    "media.produce": _IN_CALLS,
    "media.pause_producer": _IN_CALLS,
    "media.resume_producer": _IN_CALLS,
    "media.close_producer": _IN_CALLS,
    "media.consume": _IN_CALLS,
    "media.pause_consumer": _IN_CALLS,
    "media.resume_consumer": _IN_CALLS,
    "media.close_consumer": _IN_CALLS,
    "media.view_consumer": _IN_CALLS,
    "media.report_lines": _IN_CALLS,
    "media.own_lines": _IN_CALLS,
    "media.tell_ladder": _IN_CALLS,
    "network.open": _IN_CALLS,
    "network.create_transport": _IN_CALLS,
    "network.connect_transport": _IN_CALLS,
    "network.produce": _IN_CALLS,
    "network.consume": _IN_CALLS,
    "network.close": _IN_CALLS,
    "presence.set": "SV",
    "presence.input": "SV",
    "presence.end_wrap_up": "SV",
    "queue.watch": "SV",
    "queue.unwatch": "SV",
}
READS_CALL: Final = {"clerk", "specialist", "supervisor", "reviewer"}
"""Who may read a call of the county: its own people and those set over it."""


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for a house on SQLite alone: who may what is no matter of the database."""
    return tmp_path_factory.mktemp("house")


def route_name(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


def endpoints() -> list[Endpoint]:
    return [endpoint for family in FAMILIES for endpoint in family]


def address(endpoint: Endpoint, **ids: str) -> str:
    """Return a path with an id in each of its places."""
    path = endpoint.path.replace("{key:.+}", "{key}")
    for part in (
        "call_id",
        "point_id",
        "staff_id",
        "still_id",
        "file_id",
        "message_id",
        "department_id",
        "code",
        "key",
    ):
        path = path.replace(f"{{{part}}}", ids.get(part, "nothing-here"))
    return path


def test_every_route_and_command_has_a_row() -> None:
    assert {route_name(endpoint) for endpoint in endpoints()} == set(ROUTES)
    assert set(TABLE) == set(COMMANDS)
    assert len(ACCOUNTS) == 17


def test_every_message_from_outside_has_a_sample() -> None:
    taken: list[type[Message]] = [command.body for command in TABLE.values()]
    taken += [message for endpoint in endpoints() for message in (endpoint.body, endpoint.query) if message]
    for message in taken:
        sample(message)


def _newcomers() -> list[Staff]:
    def person(name: str, role: Role, region: str, *posts: Post, **more: Any) -> Staff:
        return Staff(name, name, name, frozenset({role}), frozenset(posts), region, demo=True, **more)

    away = {"point_id": "point-dulongjiang"}
    desk = {"department_ids": (f"dept-{ELSEWHERE}-00",)}
    return [
        person("far.clerk", Role.CLERK, ELSEWHERE),
        person("far.specialist", Role.SPECIALIST, ELSEWHERE, Post.RESPONDER, **desk),
        person("far.supervisor", Role.SPECIALIST, ELSEWHERE, Post.SUPERVISOR),
        person("far.reviewer", Role.REVIEWER, ELSEWHERE),
        person("new.clerk", Role.CLERK, "533324204", must_change_password=True, **away),
    ]


USERNAMES: Final = {
    "clerk": "wangxiuying",
    "clerk beside": "hexiaomei",
    "clerk elsewhere": "far.clerk",
    "specialist": "liming",
    "specialist beside": "yangxueqin",
    "specialist above": "hezhiqiang",
    "specialist elsewhere": "far.specialist",
    "supervisor": "zhaojun",
    "supervisor elsewhere": "far.supervisor",
    "reviewer": "zhouping",
    "reviewer elsewhere": "far.reviewer",
    "curator": "duanlian",
    "system administrator": "admin",
    "security administrator": "security",
    "audit administrator": "audit",
    "clerk with a first password": "new.clerk",
}


@asynccontextmanager
async def everybody(folder: Path) -> AsyncIterator[tuple[House, dict[str, Person]]]:
    """Open a house in which all kinds of account are signed in."""
    async with open_house(folder) as house:
        ports, directory = house.running.ports, house.running.services.directory
        await ports.directory.apply(DirectoryChange(staff=tuple(_newcomers())))
        await ports.bus.publish(DirectoryChanged())
        await until_here(lambda: directory.current.staff_named("new.clerk") is not None)
        people = {kind: await house.signed_in(username) for kind, username in USERNAMES.items()}
        people["pad"] = await house.demo("pad")
        yield house, people


async def _is_let_in(person: Person, endpoint: Endpoint, house: House) -> bool:
    """Ask for a thing that is not there; return whether the refusal, if any, is about the thing."""
    query = sample(endpoint.query) if endpoint.query else {}
    headers = {"Authorization": f"Bearer {person.session['access_token']}"} if person.session else {}
    asked = person.http.request(
        endpoint.method,
        house.url(address(endpoint)),
        params={name: value for name, value in query.items() if value is not None},
        json=sample(endpoint.body) if endpoint.method != "GET" and not endpoint.query else None,
        headers=headers,
    )
    async with asked as answer:
        shown = await answer.json() if answer.content_type == "application/json" else {}
        code = shown.get("error", {}).get("code") if isinstance(shown, dict) else None
        assert answer.status < 500, (endpoint.path, shown)
        if code == "not_signed_in":
            return endpoint.needs == "nothing"
        return not (answer.status == 403 and "permission" in shown["error"]["details"])


async def test_every_route_lets_in_exactly_whom_its_row_names(folder: Path) -> None:
    async with everybody(folder) as (house, people):
        nobody = await house.somebody()
        for endpoint in endpoints():
            row = ROUTES[route_name(endpoint)]
            found = {ACCOUNTS[kind] for kind in USERNAMES if await _is_let_in(people[kind], endpoint, house)}
            found |= {"O"} if await _is_let_in(nobody, endpoint, house) else set()
            assert found == set(row), route_name(endpoint)


async def test_every_command_lets_in_exactly_whom_its_row_names(folder: Path) -> None:
    async with everybody(folder) as (_, people):
        for name, command in TABLE.items():
            body = sample(command.body, item_code="YB-003")
            found = set()
            for kind, who in people.items():
                ack = await who.command(name, **body)
                error = ack["error"] or {"code": "", "details": {}}
                assert error["code"] not in ("internal", "malformed", "too_many"), (name, kind, ack)
                if not (error["code"] == "forbidden" and "permission" in error["details"]):
                    found.add(ACCOUNTS[kind])
            assert found == set(COMMANDS[name]), name


async def test_a_call_is_for_its_own_people(folder: Path) -> None:
    async with everybody(folder) as (house, people):
        call_id = await _call_of(people)
        for kind, who in people.items():
            if kind in ("clerk", "specialist"):
                continue
            for name, command in TABLE.items():
                if "call_id" in command.body.model_fields:
                    ack = await who.command(name, **sample(command.body, call_id=call_id))
                    assert not ack["ok"], (name, kind)
        readers = {kind for kind in USERNAMES if await _reads(people[kind], call_id, house)}
        assert readers == READS_CALL
        assert (await people["clerk"].command("chat.send", call_id=call_id, text="在"))["ok"]


async def _call_of(people: dict[str, Person]) -> str:
    clerk, specialist = people["clerk"], people["specialist"]
    await specialist.do("presence.set", state="available", sound_unlocked=True)
    await clerk.do("call.request", **request_body())
    ring: Json = await specialist.expect("offer.made")
    offer = {"call_id": ring["offer"]["call_id"], "offer_id": ring["offer"]["offer_id"]}
    call = await specialist.do("offer.accept", **offer)
    for person in (clerk, specialist):
        await person.do("call.join", call_id=call["call_id"])
    return str(call["call_id"])


async def _reads(who: Person, call_id: str, house: House) -> bool:
    headers = {"Authorization": f"Bearer {who.session['access_token']}"}
    async with who.http.get(house.url(f"/api/calls/{call_id}"), headers=headers) as answer:
        return answer.status == 200
