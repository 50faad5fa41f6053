"""PostgreSQL frozen, restarted, slow, half-open and with a process of it killed, in the middle of a call."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from signaling.adapters.sql import database
from signaling.domain.errors import AwayError
from tests.signaling.web.house import House, Person, open_house
from tests.signaling.web.test_two_processes import join_both, send
from tests.support import databases
from tests.support.impairment import Impairment
from tests.support.postgres_server import Postgres, running_postgres
from tests.support.tcp_relay import TcpRelay, relaying
from tests.support.until import until_async

pytestmark = pytest.mark.system("postgresql")
READY_S, STATEMENT_S = 1.0, 1.5
REFUSED_WITHIN_S = 6.0
"""A unit's two bounds, and a machine that is busy with other tests."""


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A server that the tests of this file do harm to."""
    with running_postgres() as running:
        yield running


@pytest.fixture
def own_postgres(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[Postgres]:
    """That server, and bounds that nobody waits long for."""
    monkeypatch.setattr(database, "READY_S", READY_S)
    monkeypatch.setattr(database, "FREE_S", READY_S)
    monkeypatch.setattr(database, "CONNECT_S", READY_S)
    monkeypatch.setattr(database, "STATEMENT_S", STATEMENT_S)
    try:
        yield server
    finally:
        server.thaw()


@dataclass
class Call:
    """A call between two people of one process."""

    house: House
    clerk: Person
    specialist: Person
    call_id: str
    picture: str

    async def pointing_goes_on(self, at: float) -> None:
        """Point, and see it at the other end."""
        place = {"producer_id": self.picture, "x": at, "y": 0.5}
        await self.specialist.do("annotation.pointer", call_id=self.call_id, **place)
        await self.clerk.expect("annotation.pointer", lambda body: body["x"] == at)

    async def is_refused_in_words(self) -> None:
        """Say what cannot be stored: a sentence comes back, and soon."""
        asked = time.monotonic()
        ack = await self.specialist.command("chat.send", call_id=self.call_id, text="有人吗")
        assert (ack["ok"], ack["error"]["code"]) == (False, "unavailable")
        assert "请稍候再试" in ack["error"]["sentence"]
        assert time.monotonic() - asked < REFUSED_WITHIN_S

    async def a_newcomer_is_refused_in_words(self) -> None:
        """Sign in where nobody can be looked up."""
        newcomer = await self.house.somebody()
        body = {"role": "clerk", "tab": newcomer.tab}
        answer = await newcomer.ask("POST", "/api/demo/start", body, status=503)
        assert "请稍候再试" in answer["error"]["sentence"], answer

    async def chats(self) -> bool:
        ack = await self.specialist.command("chat.send", call_id=self.call_id, text="还在")
        return bool(ack["ok"])

    async def is_unharmed(self) -> None:
        """See all of it work again, without anybody having been cut off or counted as lost."""
        await until_async(self.chats, what="the database", patience_s=20)
        await self.pointing_goes_on(0.9)
        assert not self.clerk.gone.is_set()
        assert not self.specialist.gone.is_set()
        call = await self.house.running.ports.calls.load(self.call_id)
        assert call is not None
        assert call.state.value == "connected"
        assert [member for member in call.present if member.lost_at is not None] == []
        assert (await self.house.demo("supervisor")).staff_id


@asynccontextmanager
async def in_call(folder: Path, url: str) -> AsyncIterator[Call]:
    async with open_house(folder, database_url=url) as house:
        clerk, specialist, call_id = await join_both(house, house)
        picture = await send(clerk, call_id)
        yield Call(house, clerk, specialist, call_id, picture)


@pytest.fixture
async def url(own_postgres: Postgres) -> str:
    address = own_postgres.new_database()
    await databases.migrated(address)
    return address


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("house")


async def test_frozen_in_mid_call_it_refuses_in_words_and_everything_else_goes_on(
    folder: Path, own_postgres: Postgres, url: str
) -> None:
    async with in_call(folder, url) as call:
        own_postgres.freeze()
        await call.pointing_goes_on(0.1)
        await call.is_refused_in_words()
        await call.a_newcomer_is_refused_in_words()
        await call.pointing_goes_on(0.2)
        own_postgres.thaw()
        await call.is_unharmed()


async def test_frozen_while_many_ask_it_refuses_all_of_them_in_time(
    folder: Path, own_postgres: Postgres, url: str
) -> None:
    async with in_call(folder, url) as call:
        own_postgres.freeze()
        began = time.monotonic()
        load = call.house.running.ports.calls.load
        answers = await asyncio.gather(*(load(call.call_id) for _ in range(40)), return_exceptions=True)
        assert {type(answer) for answer in answers} == {AwayError}
        for _ in range(8):  # one after the other, as the commands of one person are carried out
            await call.is_refused_in_words()
        assert time.monotonic() - began < 2 * REFUSED_WITHIN_S
        await call.pointing_goes_on(0.3)
        own_postgres.thaw()
        await call.is_unharmed()


async def test_a_service_stops_in_time_though_it_is_frozen(
    folder: Path, own_postgres: Postgres, url: str
) -> None:
    async with in_call(folder, url):
        own_postgres.freeze()
        began = time.monotonic()
    assert time.monotonic() - began < 2 * REFUSED_WITHIN_S


async def test_a_killed_process_of_it_harms_no_call(folder: Path, own_postgres: Postgres, url: str) -> None:
    async with in_call(folder, url) as call:
        own_postgres.kill_backend(await a_backend(own_postgres, url))
        await call.pointing_goes_on(0.4)
        await call.is_unharmed()


async def a_backend(server: Postgres, url: str) -> int:
    """Return the process that serves a connection to a database."""
    name = urlsplit(url).path.removeprefix("/")
    connection = await asyncpg.connect(host=str(server.folder), user="postgres", database="postgres")
    try:
        found = await connection.fetchval("SELECT pid FROM pg_stat_activity WHERE datname = $1 LIMIT 1", name)
        return int(found)
    finally:
        await connection.close()


async def test_restarted_at_once_it_harms_no_call(folder: Path, own_postgres: Postgres, url: str) -> None:
    async with in_call(folder, url) as call:
        await asyncio.to_thread(own_postgres.restart)
        await call.pointing_goes_on(0.5)
        await call.is_unharmed()


@asynccontextmanager
async def behind_a_relay(server: Postgres, url: str) -> AsyncIterator[tuple[TcpRelay, str]]:
    name = urlsplit(url).path.removeprefix("/")
    async with relaying(lambda: asyncio.open_unix_connection(str(server.socket))) as relay:
        yield relay, f"postgresql+asyncpg://postgres@127.0.0.1:{relay.port}/{name}?ssl=disable"


async def test_slow_it_is_waited_for(folder: Path, own_postgres: Postgres, url: str) -> None:
    async with behind_a_relay(own_postgres, url) as (relay, slow), in_call(folder, slow) as call:
        relay.uplink = relay.downlink = Impairment(delay_ms=50)
        await call.specialist.do("chat.send", call_id=call.call_id, text="慢")
        assert (await call.clerk.expect("chat.added"))["chat"]["text"] == "慢"
        relay.flow()
        await call.is_unharmed()


async def test_work_that_is_cancelled_on_the_way_keeps_no_connection(
    folder: Path, own_postgres: Postgres, url: str
) -> None:
    """Publicly reported of SQLAlchemy over asyncpg: the pool ran dry, or the server kept them."""
    async with behind_a_relay(own_postgres, url) as (relay, slow), in_call(folder, slow) as call:
        relay.uplink = relay.downlink = Impairment(delay_ms=100)
        load = call.house.running.ports.calls.load
        for pause in (0.0, 0.02, 0.15, 0.25, 0.35):
            under_way = [asyncio.create_task(load(call.call_id)) for _ in range(8)]
            await asyncio.wait(under_way, timeout=pause)
            for task in under_way:
                task.cancel()
            await asyncio.wait(under_way)
        relay.flow()
        await call.is_unharmed()
        await until_async(lambda: at_rest(own_postgres, url), what="the connections' end", patience_s=20)


async def at_rest(server: Postgres, url: str) -> bool:
    """Return whether the server has no more of our connections than the pool keeps, none in a transaction."""
    name = urlsplit(url).path.removeprefix("/")
    connection = await asyncpg.connect(host=str(server.folder), user="postgres", database="postgres")
    try:
        states = await connection.fetch("SELECT state FROM pg_stat_activity WHERE datname = $1", name)
    finally:
        await connection.close()
    return len(states) <= 8 and all(row["state"] == "idle" for row in states)


async def test_connections_a_firewall_forgot_are_made_anew(
    folder: Path, own_postgres: Postgres, url: str
) -> None:
    async with behind_a_relay(own_postgres, url) as (relay, far), in_call(folder, far) as call:
        relay.forget()  # they look alive, and nothing comes through any more
        await call.pointing_goes_on(0.6)
        await call.is_unharmed()


async def test_a_network_that_swallows_everything_is_as_a_frozen_server(
    folder: Path, own_postgres: Postgres, url: str
) -> None:
    async with behind_a_relay(own_postgres, url) as (relay, far), in_call(folder, far) as call:
        relay.stall()
        await call.is_refused_in_words()
        await call.a_newcomer_is_refused_in_words()
        await call.pointing_goes_on(0.7)
        relay.flow()
        await call.is_unharmed()
