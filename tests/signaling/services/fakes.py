"""A whole house of services in virtual time: real database and routing; clock, chance and media are fakes."""

import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from recording.replay import Viewer
from recording.storage.local import LocalStorage
from signaling.adapters.audit_anchor import AuditAnchorFile
from signaling.adapters.media.plane import RtcMediaPlane, open_media_plane
from signaling.adapters.memory.bus import open_memory_bus
from signaling.adapters.memory.courier import MemoryCourier
from signaling.adapters.memory.homes import MemoryHomes
from signaling.adapters.memory.lease import MemoryLease
from signaling.adapters.memory.presence import MemoryPresenceStore
from signaling.adapters.sql.accounts import SqlAccountStore
from signaling.adapters.sql.audit import SqlAuditStore
from signaling.adapters.sql.calls import SqlCallStore
from signaling.adapters.sql.database import Database, open_database
from signaling.adapters.sql.directory import SqlDirectoryStore
from signaling.adapters.sql.feedback import SqlFeedbackStore
from signaling.adapters.sql.helpers import SqlHelperStore
from signaling.adapters.sql.learned import SqlLearnedStore
from signaling.adapters.sql.migrate import migrate
from signaling.adapters.sql.sessions import SqlSessionStore
from signaling.compose.service_settings import service_settings
from signaling.config import Settings
from signaling.demo.seed import seed
from signaling.domain.actor import Actor
from signaling.domain.audit import AuditEntry
from signaling.domain.call_model import Call, Relation
from signaling.domain.events import DomainEvent
from signaling.domain.fair_queue import OURS, Lane
from signaling.domain.presence import PresenceState
from signaling.services.bundle import Services, build_services
from signaling.services.calls import RequestInput
from signaling.services.ports import EventBus, Ports
from signaling.services.settings import ServiceSettings
from signaling.services.stores import AuditQuery
from tests.support.databases import database_for
from tests.support.fake_media import FakeMedia
from tests.support.until import until_here

START = 1_700_000_000.0
PASSWORD = "demo-password"
AUDIT_KEY = b"k" * 32
VIEWER = Viewer("somebody", "a sign-in", "a browser")


class FakeClock:
    """Time that moves only when told."""

    def __init__(self, start: float = START) -> None:
        self.at = start

    def now(self) -> float:
        return self.at

    def catch_up(self) -> None:
        pass

    async def wait(self, until: float, wake: Callable[[], Awaitable[object]]) -> None:
        await wake()


class CountingSecrets:
    """Predictable randomness."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def new_id(self) -> str:
        return f"id{next(self._numbers)}"

    def token(self) -> str:
        return f"token-{next(self._numbers)}"

    def digits(self, count: int) -> str:
        return f"{next(self._numbers):0{count}d}"

    def password(self) -> str:
        return f"first-password-{next(self._numbers)}"


class PlainHasher:
    """Fast stand-in for argon2id, which has tests of its own."""

    async def hash(self, password: str, lane: Lane = OURS) -> str:
        return f"plain:{password}"

    async def verify(self, encoded: str | None, password: str, lane: Lane = OURS) -> bool:
        return encoded == f"plain:{password}"


@dataclass
class FakeJob:
    """A mux job that is done at once."""

    state: str = "done"
    progress: float = 1.0


class FakeArchive:
    """Recordings: remembers which calls were handed to the mux."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.closed: list[str] = []

    def journal_directory(self, call_id: str) -> Path:
        return self._root / call_id

    async def close_call(self, call_id: str, now: float) -> None:
        self.closed.append(call_id)

    async def recover(self, is_closed: Callable[[str], Awaitable[bool]], now: float) -> list[str]:
        return []

    async def manifest(self, call_id: str, *, viewer: Viewer, now: float) -> None:
        return None

    def media_query(self, call_id: str, *, viewer: Viewer, now: float) -> tuple[str, float]:
        return f"user={viewer.user_id}", now

    async def state(self, call_id: str, now: float) -> FakeJob | None:
        return FakeJob() if call_id in self.closed else None


@dataclass
class House:
    """One signalling process over a database that outlives it."""

    services: Services
    ports: Ports
    clock: FakeClock
    media: FakeMedia
    archive: FakeArchive
    events: list[DomainEvent] = field(default_factory=list)
    sockets: Counter[str] = field(default_factory=Counter)

    def actor(self, username: str) -> Actor:
        """Return a demo person as an actor."""
        person = self.services.directory.current.staff_named(username)
        assert person is not None
        return self.services.accounts.actor(person, None, "127.0.0.1")

    async def connect(self, username: str) -> str:
        """Connect a new socket of somebody's; return its id."""
        self.sockets[username] += 1
        socket_id = f"{username}-{self.sockets[username]}"
        await self.services.presence.socket_connected(self.actor(username), socket_id)
        return socket_id

    async def online(self, *usernames: str) -> None:
        """Connect specialists and let them click 在线."""
        for username in usernames:
            await self.connect(username)
            await self.services.presence.set(
                self.actor(username), PresenceState.AVAILABLE, "", sound_unlocked=True
            )
        await self.services.life.settle()

    async def request(self, username: str = "wangxiuying", **changes: Any) -> Call:
        """Request a call, and let everything that follows happen."""
        given: dict[str, Any] = {
            "item_code": "YB-003",
            "consent_agreed": True,
            "consent_by": Relation.SELF,
            "consent_text_version": "1",
        }
        call = await self.services.calls.request(self.actor(username), RequestInput(**(given | changes)))
        await self.services.life.settle()
        return await self.call(call.call_id)

    async def call(self, call_id: str) -> Call:
        """Return a call as stored."""
        call = await self.ports.calls.load(call_id)
        assert call is not None
        return call

    async def accept(self, call: Call) -> Call:
        """Let whom it rings at take the call."""
        assert call.offer is not None
        person = self.services.directory.current.staff(call.offer.who.id)
        actor = self.services.accounts.actor(person, None, "127.0.0.1")
        accepted = await self.services.calls.accept(actor, call.call_id, call.offer.ask_id)
        await self.services.life.settle()
        return accepted

    async def media_restarts(self, epoch: str) -> None:
        """Let the media process die and come back; return when that is known here."""
        self.media.restart(epoch)
        await until_here(lambda: self.ports.media.epoch_of("") == epoch)

    async def audited(self, count: int) -> list[AuditEntry]:
        """Return the newest entries of the audit log."""
        return [row.entry for row in await self.ports.audit.entries(AuditQuery(limit=count))]

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, stopping at every deadline on the way."""
        end = self.clock.at + seconds
        while self.clock.at < end:
            self.clock.at = min(end, max(self.services.life.next_deadline(), self.clock.at + 0.001))
            await self.services.life.settle()

    def heard(self, kind: type[Any]) -> list[Any]:
        """Return the events of a kind so far."""
        return [event for event in self.events if isinstance(event, kind)]


def demo_settings(**changes: Any) -> ServiceSettings:
    """Return what the services of a demo are told by default, changed."""
    told = service_settings(Settings(demo=True))
    return replace(told, **({"accounts": replace(told.accounts, slow_down=0.0)} | changes))


@asynccontextmanager
async def open_house(
    database: Database, folder: Path, clock: FakeClock, settings: ServiceSettings, media: FakeMedia
) -> AsyncIterator[House]:
    """Run one process on a database with the demo data."""
    archive = FakeArchive(folder / "journals")
    async with open_memory_bus() as bus, open_media_plane(media.connect) as plane:
        await plane.until_connected()
        ports = _ports(database, folder, clock, plane, archive, bus)
        services = build_services(ports, settings)
        house = House(services, ports, clock, media, archive)

        async def listen(event: DomainEvent) -> None:
            house.events.append(event)

        bus.subscribe(listen)
        await services.start()
        yield house


def _ports(
    database: Database,
    folder: Path,
    clock: FakeClock,
    media: RtcMediaPlane,
    archive: FakeArchive,
    bus: EventBus,
) -> Ports:
    (folder / "storage").mkdir(exist_ok=True)
    return Ports(
        clock=clock,
        secrets=CountingSecrets(),
        passwords=PlainHasher(),
        calls=SqlCallStore(database),
        directory=SqlDirectoryStore(database),
        accounts=SqlAccountStore(database),
        sessions=SqlSessionStore(database),
        feedback=SqlFeedbackStore(database),
        helpers=SqlHelperStore(database),
        audit=SqlAuditStore(database, AUDIT_KEY, AuditAnchorFile(folder / "audit" / "anchor", AUDIT_KEY)),
        pictures=LocalStorage(folder / "storage", 1 << 18),
        bus=bus,
        presence=MemoryPresenceStore(),
        lease=MemoryLease(),
        homes=MemoryHomes(),
        courier=MemoryCourier(),
        media=media,
        recordings=archive,
        learned=SqlLearnedStore(database),
        meaning=None,
    )


async def _prepare(url: str) -> None:
    """Make a migrated database with the demo data."""
    database = open_database(url)
    await migrate(database)
    async with open_memory_bus() as bus:
        plane = RtcMediaPlane()  # nobody answers, and nobody is asked
        await seed(_ports(database, Path(), FakeClock(), plane, FakeArchive(Path()), bus), PASSWORD)
    await database.close()


@asynccontextmanager
async def demo_database(folder: Path) -> AsyncIterator[Database]:
    """A database with the demo data, for a house in `folder`."""
    database = open_database(await database_for(folder, _prepare))
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def demo_house(folder: Path, settings: ServiceSettings | None = None) -> AsyncIterator[House]:
    """A demo server in `folder`."""
    async with (
        demo_database(folder) as database,
        open_house(database, folder, FakeClock(), settings or demo_settings(), FakeMedia("epoch-1")) as house,
    ):
        yield house
