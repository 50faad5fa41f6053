"""Put one signalling process together: the only place that chooses its adapters."""

import asyncio
import hmac
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from secrets import randbelow
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from redis.exceptions import RedisError

from recording.service import RecordingService
from recording.storage import Storage, open_storage
from signaling import __version__
from signaling.adapters.auth.addresses import FILE_LIFETIME_S, SignedAddresses
from signaling.adapters.auth.devices import KnownDevices
from signaling.adapters.auth.tokens import AccessTokens
from signaling.adapters.media.fleet import open_media_fleet
from signaling.adapters.media.plane import Connect, connect_to, open_media_plane
from signaling.adapters.memory.bus import open_memory_bus
from signaling.adapters.memory.courier import MemoryCourier
from signaling.adapters.memory.homes import MemoryHomes
from signaling.adapters.memory.lease import MemoryLease
from signaling.adapters.memory.presence import MemoryPresenceStore
from signaling.adapters.passwords import ArgonHasher
from signaling.adapters.redis.bus import open_redis_bus
from signaling.adapters.redis.client import open_redis, until_reached
from signaling.adapters.redis.clock import show_others, shown_by_others
from signaling.adapters.redis.courier import open_redis_courier
from signaling.adapters.redis.homes import open_redis_homes
from signaling.adapters.redis.lease import RedisLease
from signaling.adapters.redis.presence import RedisPresenceStore
from signaling.adapters.sentences.process import open_sentences
from signaling.adapters.sql.accounts import SqlAccountStore
from signaling.adapters.sql.audit import SqlAuditStore
from signaling.adapters.sql.calls import SqlCallStore
from signaling.adapters.sql.database import Database, open_database
from signaling.adapters.sql.directory import SqlDirectoryStore
from signaling.adapters.sql.feedback import SqlFeedbackStore
from signaling.adapters.sql.helpers import SqlHelperStore
from signaling.adapters.sql.learned import SqlLearnedStore
from signaling.adapters.sql.migrate import migrate_apart
from signaling.adapters.sql.sessions import SqlSessionStore
from signaling.adapters.system import SystemClock, SystemSecrets, wall_clock
from signaling.compose.audit import audit_store
from signaling.compose.media_tls import control_tls
from signaling.compose.recordings import recording_service, storage_settings
from signaling.compose.relays import any_relays
from signaling.compose.service_settings import service_settings
from signaling.compose.stills import adopt_stills
from signaling.config import Secrets, Settings, demo_password, load_secrets
from signaling.demo.seed import seed
from signaling.domain.audit import AuditAct
from signaling.domain.errors import AwayError
from signaling.services.bundle import Services, build_services
from signaling.services.homes import RoomHomes
from signaling.services.meaning import Meaning
from signaling.services.ports import Courier, EventBus, Lease, MediaPlane, Ports, PresenceStore
from signaling.web.application import web_application
from signaling.web.context import WebContext, WebSettings
from signaling.web.messages.rest import ClientConfig
from signaling.web.messages.views.joining import IceServerView
from signaling.web.peer import Proxies
from turn import credentials

NOTICE_VERSION: Final = "2026-1"
"""Version of the recording notice that clerks read out; consent is stored with it."""

_CLOCKS_APART_S: Final = 3600.0
"""A TURN credential is good for so much longer, for machines whose clocks are set, or are apart."""


@dataclass(frozen=True, slots=True)
class Running:
    """A running signalling process, not yet listening."""

    app: web.Application
    services: Services
    ports: Ports


@asynccontextmanager
async def build_application(settings: Settings, *, connect: Connect | None = None) -> AsyncIterator[Running]:
    """Run everything of a signalling process but the listening sockets, while the context lasts.

    Args:
        settings: all settings.
        connect: how to reach the media process; by the settings unless given.
    """
    told = service_settings(settings)
    secrets = load_secrets(settings)
    async with AsyncExitStack() as stack:
        database = await _open(settings, stack)
        media = await stack.enter_async_context(_media(settings, secrets, connect))
        storage = await stack.enter_async_context(open_storage(storage_settings(settings)))
        await adopt_stills(settings.data_dir / "stills", storage)
        recordings = recording_service(settings, secrets, database, storage)
        clock = SystemClock()
        between = await _between(settings, stack, clock)
        audit = audit_store(settings, database)
        await audit.anchor()
        meaning = await stack.enter_async_context(
            open_sentences(settings.data_dir / "search", wanted=settings.search_by_meaning)
        )
        ports = _ports(settings, database, clock, between, media, storage, recordings, audit, meaning, stack)
        if settings.demo:
            await seed(ports, demo_password(settings))
        services = build_services(ports, told)
        await services.start()
        context = _context(settings, secrets, services, ports, recordings)
        app = await stack.enter_async_context(web_application(context, ports.bus, ports.courier))
        async with asyncio.TaskGroup() as tasks:
            life = tasks.create_task(services.run())
            await services.audit.record_service(AuditAct.SERVICE_STARTED, version=__version__)
            try:
                yield Running(app, services, ports)
            finally:
                life.cancel()
                with suppress(AwayError):  # stopping waits for nobody
                    await services.audit.record_service(AuditAct.SERVICE_STOPPED)


def _media(
    settings: Settings, secrets: Secrets, connect: Connect | None
) -> AbstractAsyncContextManager[MediaPlane]:
    """One media process as it is; several as a fleet."""
    if connect is not None:
        return open_media_plane(connect)
    process = SystemSecrets().new_id()
    endpoints = settings.media_endpoints()
    reaches = [
        connect_to(endpoint, secrets.media_control, process=process, tls=control_tls(settings))
        for endpoint in endpoints
    ]
    return open_media_plane(reaches[0]) if len(reaches) == 1 else open_media_fleet(reaches)


async def _open(settings: Settings, stack: AsyncExitStack) -> Database:
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = open_database(settings.database)
    stack.push_async_callback(database.close)
    await migrate_apart(database)
    return database


@dataclass(frozen=True, slots=True)
class _Between:
    """What signalling processes share besides the database."""

    bus: EventBus
    presence: PresenceStore
    lease: Lease
    homes: RoomHomes
    courier: Courier


async def _between(settings: Settings, stack: AsyncExitStack, clock: SystemClock) -> _Between:
    """Memory for one process; Redis when several work together."""
    if settings.redis_url is None:
        bus: EventBus = await stack.enter_async_context(open_memory_bus())
        return _Between(bus, MemoryPresenceStore(), MemoryLease(), MemoryHomes(), MemoryCourier())
    redis = open_redis(settings.redis_url)
    stack.push_async_callback(redis.aclose)
    await until_reached(redis)
    shown = await shown_by_others(redis)
    if shown is not None:
        clock.join(shown)
    await stack.enter_async_context(_beside(show_others(redis, clock.now)))
    process = SystemSecrets().new_id()  # containers often share host name and process id
    bus = await stack.enter_async_context(open_redis_bus(redis, process))
    homes = await stack.enter_async_context(open_redis_homes(redis, process))
    courier = await stack.enter_async_context(open_redis_courier(redis, process))
    lease = RedisLease(redis, process)
    stack.push_async_callback(_let_go, lease)
    return _Between(bus, RedisPresenceStore(redis, clock.now), lease, homes, courier)


@asynccontextmanager
async def _beside(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(work)
        try:
            yield
        finally:
            task.cancel()


async def _let_go(lease: RedisLease) -> None:
    """Let another process route at once; without Redis the lease lapses by itself."""
    with suppress(RedisError):
        await lease.release()


def _ports(
    settings: Settings,
    database: Database,
    clock: SystemClock,
    between: _Between,
    media: MediaPlane,
    storage: Storage,
    recordings: RecordingService,
    audit: SqlAuditStore,
    meaning: Meaning | None,
    stack: AsyncExitStack,
) -> Ports:
    passwords = ArgonHasher()
    stack.callback(passwords.close)
    return Ports(
        clock=clock,
        secrets=SystemSecrets(),
        passwords=passwords,
        calls=SqlCallStore(database),
        directory=SqlDirectoryStore(database),
        accounts=SqlAccountStore(database),
        sessions=SqlSessionStore(database),
        feedback=SqlFeedbackStore(database),
        helpers=SqlHelperStore(database),
        audit=audit,
        pictures=storage,
        bus=between.bus,
        presence=between.presence,
        lease=between.lease,
        homes=between.homes,
        courier=between.courier,
        media=media,
        recordings=recordings,
        learned=SqlLearnedStore(database),
        meaning=meaning,
        free_bytes=partial(_free_bytes, settings.journal_dir),
        relays=partial(any_relays, settings),
    )


def _free_bytes(folder: Path) -> int | None:
    """Return what is left on a folder's disk; None when the folder is not here."""
    here = next((one for one in (folder, *folder.parents) if one.is_dir()), None)
    try:
        return None if here is None else shutil.disk_usage(here).free
    except OSError:
        return None


def _context(
    settings: Settings, secrets: Secrets, services: Services, ports: Ports, recordings: RecordingService
) -> WebContext:
    return WebContext(
        services=services,
        tokens=AccessTokens(secrets.token, settings.access_token_s),
        devices=KnownDevices(secrets.token),
        stills=SignedAddresses(secrets.media_address, "/api/stills/"),
        files=SignedAddresses(secrets.media_address, "/api/files/", FILE_LIFETIME_S),
        archive=recordings,
        ice_servers=_IceServers(settings, secrets.turn, wall_clock),
        clock=ports.clock.now,
        doings_secret=hmac.digest(secrets.audit, b"doings under control", "sha256"),
        settings=WebSettings(
            client=ClientConfig(
                demo=settings.demo,
                secure_url=_public_secure_url(settings),
                notice_version=NOTICE_VERSION,
                version=__version__,
            ),
            web_root=settings.web_client_dir,
            refresh_cookie_s=settings.refresh_token_s,
            secure_port=None if _public_secure_url(settings) or not settings.lan else settings.lan_port,
            https_only=_public_secure_url(settings) is not None or settings.tls_certificate is not None,
            public_url=settings.public_url,
            demo_password=demo_password(settings) if settings.random_demo_passwords else None,
            proxies=Proxies(settings.trusted_proxies, settings.forwarded_by),
            ice_transport_policy=settings.ice_transport_policy,
        ),
    )


def _public_secure_url(settings: Settings) -> str | None:
    """Return the address of the proxy in front where cameras work, if there is one."""
    given = settings.public_url
    return given if given and urlsplit(given).scheme == "https" else None


class _IceServers:
    """TURN servers with credentials for one page of a person; none when none are set.

    The TURN server compares a credential's end with its own machine's clock, so that is what it is made by.
    """

    def __init__(self, settings: Settings, secret: str, wall: Callable[[], float]) -> None:
        self._urls = list(settings.turn_urls)
        self._lifetime_s = settings.turn_credential_s + _CLOCKS_APART_S
        self._secret = secret
        self._wall = wall

    def __call__(self, user: str) -> list[IceServerView]:
        if not self._urls:
            return []
        page = credentials.user_of_page(user, randbelow(credentials.PLACES))
        issued = credentials.issue(self._secret, user=page, now=self._wall(), lifetime_s=self._lifetime_s)
        return [IceServerView(urls=self._urls, username=issued.username, credential=issued.password)]
