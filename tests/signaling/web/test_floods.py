"""Floods of wrong input at a real process: nothing fails, and nobody else notices."""

import asyncio
import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, WSMsgType

from signaling.web import limits
from signaling.web.sio import connection
from signaling.web.sio.commands import TABLE
from tests.signaling.web.house import Json, Person, open_house
from tests.signaling.web.samples import mutations, sample
from tests.signaling.web.test_matrix import address, endpoints, everybody
from tests.signaling.web.test_story import connected

FREELY = 1e9


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the rates away: what is behind them is tried."""
    for name in ("COMMANDS_PER_S", "COMMANDS_BURST", "DRAWING_PER_S", "PATIENCE"):
        monkeypatch.setattr(connection, name, FREELY)
    for name in ("_REQUESTS_PER_S", "_REQUESTS_BURST", "_ATTEMPTS_PER_S", "_ATTEMPTS_BURST"):
        monkeypatch.setattr(limits, name, FREELY)


async def _send(who: Person, name: str, body: Any, number: int) -> Json:
    """Send a command that no JSON library of ours would refuse to write; return its acknowledgement."""
    answered: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
    who.socket.callbacks.setdefault("/", {})[number] = answered.set_result
    envelope = {"command_id": f"mutated-{number}", "body": body}
    await who.socket.eio.send(f"2{number}" + json.dumps([name, envelope]))
    await asyncio.wait([answered], timeout=10)
    assert answered.done(), ("no answer", name, str(body)[:500], who.gone.is_set())
    return answered.result()


async def test_thousands_of_mutated_commands_are_refused_or_done_and_nothing_fails(
    tmp_path: Path, unhurried: None, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_house(tmp_path) as house:
        clerk, specialist, call = await connected(house)
        real = {"call_id": call["call_id"], "item_code": "YB-003", "item_codes": ["YB-003"]}
        number = 10_000
        for name, command in TABLE.items():
            for body in mutations(sample(command.body, **real)):
                for who in (clerk, specialist):
                    number += 1
                    ack = await _send(who, name, body, number)
                    assert ack["ok"] or ack["error"]["code"] != "internal", (name, body, ack)
        assert number - 10_000 > 2000
        assert not _faults(caplog)
        assert not clerk.gone.is_set()
        assert await specialist.ask("GET", "/api/items/all")


async def test_every_route_refuses_mutated_bodies_and_queries_without_failing(
    tmp_path: Path, unhurried: None, caplog: pytest.LogCaptureFixture
) -> None:
    async with everybody(tmp_path) as (house, people):
        for endpoint in endpoints():
            message = endpoint.query or endpoint.body
            for body in mutations(sample(message)):
                who = people["reviewer" if "recordings" in endpoint.path else "system administrator"]
                headers = {"Authorization": f"Bearer {who.session['access_token']}"}
                sent = {"params": _query(body)} if endpoint.query else {"data": json.dumps(body)}
                headers |= {"Content-Type": "application/json"}
                url = house.url(address(endpoint))
                async with who.http.request(endpoint.method, url, headers=headers, **sent) as answer:
                    assert answer.status < 500, (endpoint.path, body, await answer.text())
        assert not _faults(caplog)


def _faults(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what went wrong in our own code."""
    ours = (record for record in caplog.records if record.name.startswith("signaling"))
    return [record.getMessage() for record in ours if record.levelname == "ERROR"]


def _query(body: Any) -> dict[str, str]:
    """Return what of a mutated query an address can carry: percent-encoded, surrogates are no UTF-8."""
    values = body if isinstance(body, dict) else {"list": body}
    return {name: str(value).encode(errors="replace").decode() for name, value in values.items()}


BOMB = 64 * 1024 * 1024


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_a_body_that_unpacks_to_more_is_refused(
    tmp_path_factory: pytest.TempPathFactory, coding: str
) -> None:
    packed = gzip.compress(b" " * BOMB) if coding == "gzip" else zlib.compress(b" " * BOMB)
    async with open_house(tmp_path_factory.mktemp("house")) as house:
        nobody = await house.somebody()
        headers = {"Content-Encoding": coding, "Content-Type": "application/json", "Connection": "close"}
        sent = await nobody.ask("POST", "/api/auth/login", data=packed, status=413, headers=headers)
        assert sent["error"]["code"] == "too_large"
        for wrong in (b"xxxxx", packed[:12][::-1]):
            sent = await nobody.ask("POST", "/api/auth/login", data=wrong, status=400, headers=headers)
            assert sent["error"]["code"] == "malformed"
        assert (await nobody.ask("GET", "/api/config"))["demo"]


async def test_a_frame_that_unpacks_to_more_closes_its_socket_and_no_other(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async with open_house(tmp_path_factory.mktemp("house")) as house, ClientSession() as http:
        clerk = await house.demo("clerk")
        url = house.url("/socket.io/?EIO=4&transport=websocket")
        for _ in range(3):
            socket = await http.ws_connect(url, compress=15)
            await socket.receive()
            await socket.send_str("40" + " " * BOMB)
            async with asyncio.timeout(10):
                while (await socket.receive()).type is WSMsgType.TEXT:
                    pass
        assert await clerk.ask("GET", "/api/items/all")
        assert not clerk.gone.is_set()
