"""Bounds on sockets: of one person, and of those who have not said who they are; what a failure may cost."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from socketio.exceptions import ConnectionError as SocketConnectionError

from signaling.web.sio import engine, live
from signaling.web.sio.connection import Connection
from signaling.web.sio.hub import Hub
from tests.signaling.web.house import open_house
from tests.signaling.web.test_story import connected


async def test_a_person_has_so_many_sockets_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SOCKETS_PER_PERSON", 2)
    async with open_house(tmp_path) as house:
        clerk = await house.demo("clerk")
        windows = [await house.somebody() for _ in range(2)]
        for window in windows:
            window.session = clerk.session
        await windows[0].connect()
        with pytest.raises(SocketConnectionError):
            await windows[1].connect()
        await house.demo("specialist")


async def test_strangers_are_turned_away_while_there_are_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "STRANGERS", 1)
    async with open_house(tmp_path) as house, ClientSession() as http:
        address = house.url("/socket.io/?EIO=4&transport=websocket")
        clerk = await house.demo("clerk")
        stranger = await http.ws_connect(address)
        await stranger.receive()
        with pytest.raises(WSServerHandshakeError) as refused:
            await http.ws_connect(address)
        assert refused.value.status == 401
        assert await clerk.ask("GET", "/api/items/all"), "nobody else notices"
        await stranger.close()


async def test_one_address_cannot_take_the_places_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "STRANGERS_PER_ADDRESS", 2)
    proxied = open_house(tmp_path, trusted_proxies=["127.0.0.1"])
    async with proxied as house, ClientSession() as http:
        address = house.url("/socket.io/?EIO=4&transport=websocket")
        clerk = await house.demo("clerk")
        here = {"X-Forwarded-For": "10.0.0.1"}
        strangers = [await http.ws_connect(address, headers=here) for _ in range(2)]
        for stranger in strangers:
            await stranger.receive()
        with pytest.raises(WSServerHandshakeError):
            await http.ws_connect(address, headers=here)
        elsewhere = await http.ws_connect(address, headers={"X-Forwarded-For": "10.0.0.2"})
        await elsewhere.receive()
        assert await clerk.ask("GET", "/api/items/all")


async def test_a_failure_while_events_are_released_costs_that_socket_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = Hub.release

    async def fail_once(hub: Hub, one: Connection) -> None:
        monkeypatch.setattr(Hub, "release", release)
        raise RuntimeError("a fault of ours")

    async with open_house(tmp_path) as house:
        clerk, specialist, call = await connected(house)
        monkeypatch.setattr(Hub, "release", fail_once)
        body = {"command_id": "release-fails", "body": {"call_id": call["call_id"]}}
        await clerk.socket.emit("call.join", body)
        async with asyncio.timeout(5):
            await clerk.gone.wait()
        await specialist.do("call.join", call_id=call["call_id"])
