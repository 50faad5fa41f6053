"""Addresses of the network that come and go while the web server runs: it is there, its certificate fits."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector, web
from aiohttp.client_exceptions import ClientConnectorError

from signaling.compose.lan import LanListeners
from signaling.config import Settings
from signaling.web.door import DoorLimits, Front, open_front
from signaling.web.peer import Proxies
from tests.platform.test_service import free_port

FIRST, SECOND = "127.0.0.2", "127.0.0.3"
ABSENT = "192.0.2.1"
"""Of the documentation's network, which no machine has."""


async def _hello(_: web.Request) -> web.Response:
    return web.Response(text="帮办")


@pytest.fixture
async def front() -> AsyncIterator[Front]:
    app = web.Application()
    app.router.add_get("/", _hello)
    async with open_front(app, DoorLimits(100, 100), Proxies(()), closing_s=0.1) as opened:
        yield opened


class Network:
    """The addresses of this machine."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    def __call__(self) -> tuple[str, ...]:
        return self.addresses


async def trusting(folder: Path, address: str, port: int) -> str:
    """Return the page of an address for whoever trusts the authority and nobody else."""
    context = ssl.create_default_context(cafile=str(folder / "tls" / "authority.crt"))
    async with (
        ClientSession(connector=TCPConnector(ssl=context)) as http,
        http.get(f"https://{address}:{port}/") as answer,
    ):
        return await answer.text()


async def test_the_web_server_follows_the_addresses_of_its_network(tmp_path: Path, front: Front) -> None:
    settings = Settings(data_dir=tmp_path, lan=True, lan_port=free_port())
    network = Network(FIRST)
    listeners = LanListeners(settings, front, network)
    await listeners.open()
    assert await trusting(tmp_path, FIRST, settings.lan_port) == "帮办"
    with pytest.raises(ClientConnectorError):
        await trusting(tmp_path, SECOND, settings.lan_port)
    network.addresses = (FIRST, SECOND)
    await listeners.look()
    for address in (FIRST, SECOND):
        assert await trusting(tmp_path, address, settings.lan_port) == "帮办"
    network.addresses = (SECOND,)
    await listeners.look()
    with pytest.raises(ClientConnectorError):
        await trusting(tmp_path, FIRST, settings.lan_port)
    assert await trusting(tmp_path, SECOND, settings.lan_port) == "帮办"


async def test_an_address_that_is_not_ready_yet_is_tried_again(tmp_path: Path, front: Front) -> None:
    settings = Settings(data_dir=tmp_path, lan=True, lan_port=free_port())
    network = Network(ABSENT, FIRST)
    listeners = LanListeners(settings, front, network)
    await listeners.open()
    assert await trusting(tmp_path, FIRST, settings.lan_port) == "帮办"
    network.addresses = (FIRST, SECOND, ABSENT)
    await listeners.look()
    assert await trusting(tmp_path, SECOND, settings.lan_port) == "帮办"


async def test_a_port_that_is_taken_is_told_at_the_start(tmp_path: Path, front: Front) -> None:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), FIRST, 0)
    async with server:
        settings = Settings(data_dir=tmp_path, lan=True, lan_port=server.sockets[0].getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            await LanListeners(settings, front, Network(FIRST)).open()
