"""Bounds on sockets: of one person, and of those who have not said who they are; what a failure may cost."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import ClientSession, WSMsgType
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


async def test_a_new_socket_takes_the_place_of_the_oldest_that_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "STRANGERS", 2)
    async with open_house(tmp_path) as house, ClientSession() as http:
        address = house.url("/socket.io/?EIO=4&transport=websocket")
        clerk = await house.demo("clerk")
        silent = [await http.ws_connect(address) for _ in range(3)]
        for socket in silent[1:]:
            assert (await socket.receive()).type is WSMsgType.TEXT
        async with asyncio.timeout(5):
            while (await silent[0].receive()).type is WSMsgType.TEXT:
                pass
        await house.demo("specialist")
        assert await clerk.ask("GET", "/api/items/all"), "who is known is not touched"
        assert not clerk.gone.is_set()


async def test_silent_sockets_of_some_addresses_do_not_keep_the_others_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "STRANGERS", 8)
    monkeypatch.setattr(engine, "STRANGERS_PER_ADDRESS", 2)
    proxied = open_house(tmp_path, trusted_proxies=["127.0.0.0/8"])
    async with proxied as house, ClientSession() as http:
        address = house.url("/socket.io/?EIO=4&transport=websocket")
        honest = await http.ws_connect(address, headers={"X-Forwarded-For": "10.0.0.99"})
        await honest.receive()
        for number in range(16):
            silent = await http.ws_connect(
                address, headers={"X-Forwarded-For": f"127.0.0.1, 10.0.0.{number % 4}"}
            )
            await silent.receive()
        await honest.send_str('40{"token":"x"}')
        assert "not_signed_in" in (await honest.receive_str())
        await house.demo("clerk")


async def test_a_refused_socket_is_a_stranger_again_and_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "BEAT_S", 0.05)
    monkeypatch.setattr(live, "STRANGER_S", 0.2)
    async with open_house(tmp_path) as house, ClientSession() as http:
        socket = await http.ws_connect(house.url("/socket.io/?EIO=4&transport=websocket"))
        await socket.receive()
        await socket.send_str("40{}")
        assert "not_signed_in" in (await socket.receive_str())
        async with asyncio.timeout(5):
            while (await socket.receive()).type is WSMsgType.TEXT:
                pass


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
