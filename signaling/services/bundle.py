"""Every service, built once; `run` is their life: deadlines, media events, housekeeping."""

import asyncio
import logging
from dataclasses import dataclass

from signaling.domain.events import NewsMissed
from signaling.services.accounts import AccountService
from signaling.services.administration import AdministrationService
from signaling.services.audit import AuditService
from signaling.services.call_desk import CallDesk
from signaling.services.calls import CallService
from signaling.services.catalogue import CatalogueService
from signaling.services.collaboration import CollaborationService
from signaling.services.colleagues import ColleagueService
from signaling.services.control import ControlService
from signaling.services.directory import DirectoryService
from signaling.services.feedback import MessageService, PadService, RatingService
from signaling.services.files import FileService
from signaling.services.helpers import HelperService
from signaling.services.homes import Household
from signaling.services.keeping import keep
from signaling.services.life import LifeLoop
from signaling.services.lines import LineService
from signaling.services.media import MediaService
from signaling.services.media_events import MediaEvents
from signaling.services.network_tests import NetworkTestService
from signaling.services.pairing import PairingCodes
from signaling.services.places import PlaceService
from signaling.services.ports import Clock, EventBus, Ports
from signaling.services.presence import PresenceService
from signaling.services.readiness import ReadinessService
from signaling.services.record import RecordService
from signaling.services.recording_switch import RecordingSwitch
from signaling.services.recordings import RecordingsService
from signaling.services.retention import RetentionService
from signaling.services.rooms import Rooms
from signaling.services.router_closer import RouterCloser
from signaling.services.routing import RoutingService
from signaling.services.session import SessionService
from signaling.services.settings import ServiceSettings
from signaling.services.teaching import TeachingService
from signaling.services.unfinished import Unfinished
from signaling.services.waits import WaitService
from signaling.services.writing import WritingService

_log = logging.getLogger(__name__)
_HOUSEKEEPING = 3600.0
"""How often defaults are stored for items nobody rated, and what is too old is deleted."""
COMPARED_EACH_S = 60.0
"""How often what other processes tell is compared with what is stored."""


@dataclass(frozen=True, slots=True)
class Services:
    """What the web floor calls."""

    clock: Clock
    bus: EventBus
    alone: bool
    """No other process makes changes."""
    directory: DirectoryService
    audit: AuditService
    accounts: AccountService
    presence: PresenceService
    routing: RoutingService
    waits: WaitService
    life: LifeLoop
    calls: CallService
    session: SessionService
    record: RecordService
    media: MediaService
    media_events: MediaEvents
    lines: LineService
    network_tests: NetworkTestService
    routers: RouterCloser
    unfinished: Unfinished
    colleagues: ColleagueService
    collaboration: CollaborationService
    files: FileService
    recordings: RecordingsService
    catalogue: CatalogueService
    teaching: TeachingService
    administration: AdministrationService
    places: PlaceService
    writing: WritingService
    readiness: ReadinessService
    pads: PadService
    helpers: HelperService
    control: ControlService
    ratings: RatingService
    messages: MessageService
    retention: RetentionService

    async def start(self) -> None:
        """Load the directory, recover live calls; call before serving."""
        await self.directory.reload()
        self.accounts.started()
        await self.catalogue.start()
        await self.calls.recover()
        await self.presence.recover()
        await self.recordings.recover()
        await self.ratings.recover()
        await self.collaboration.recover()
        await self.waits.recover()

    async def run(self) -> None:
        """Keep everything moving until cancelled (own it in a TaskGroup)."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(keep("the call loop", self.life.run))
            tasks.create_task(keep("the directory", self.directory.follow))
            tasks.create_task(keep("the events of the media processes", self.media_events.run))
            tasks.create_task(keep("the sampling of lines", self.lines.run))
            tasks.create_task(keep("the closing of routers", self.routers.run))
            tasks.create_task(keep("what is left to do", self.unfinished.run))
            tasks.create_task(keep("the deadlines of control", self.control.run))
            tasks.create_task(keep("the ends of network tests", self.network_tests.run))
            tasks.create_task(keep("housekeeping", self._keep_house))
            if not self.alone:
                tasks.create_task(keep("the comparison with other processes", self._compare))

    async def _keep_house(self) -> None:
        while True:
            try:
                await self.ratings.store_defaults()
                await self.retention.tidy()
                await self.recordings.recover()
            except Exception:
                _log.exception("housekeeping failed")
            await self.clock.wait(self.clock.now() + _HOUSEKEEPING, asyncio.Event().wait)

    async def _compare(self) -> None:
        """Read anew what is followed by news, now and then: lost news is made up for in bounded time."""
        while True:
            await self.clock.wait(self.clock.now() + COMPARED_EACH_S, asyncio.Event().wait)
            await self.bus.publish_here(NewsMissed())


def build_services(ports: Ports, settings: ServiceSettings) -> Services:
    """Wire the services over their ports; they follow the bus in this order, before any later subscriber."""
    rooms = Rooms()
    closer = RouterCloser(ports)
    unfinished = Unfinished(ports.clock)
    directory = DirectoryService(ports)
    audit = AuditService(ports, directory)
    desk = CallDesk(ports, settings)
    switch = RecordingSwitch(ports, desk, rooms, unfinished)
    accounts = AccountService(ports, settings, directory, audit)
    presence = PresenceService(ports, settings, directory, desk)
    waits = WaitService(ports, settings, desk)
    routing = RoutingService(ports, settings, directory, desk, presence, waits)
    life = LifeLoop(ports, settings, desk, presence, routing, rooms)
    record = RecordService(ports, desk, rooms)
    session = SessionService(ports, directory, desk, rooms, closer, record, switch, unfinished)
    calls = CallService(ports, settings, directory, desk, routing)
    collaboration = CollaborationService(ports, settings, directory, desk, rooms, unfinished)
    recordings = RecordingsService(ports, directory, desk, audit, switch, unfinished)
    media = MediaService(ports, settings, desk, rooms, unfinished)
    lines = LineService(ports, directory, desk, rooms)
    network_tests = NetworkTestService(ports)
    teaching = TeachingService(ports, settings, directory, audit)
    catalogue = CatalogueService(ports, directory, routing, desk, teaching, audit)
    ratings = RatingService(ports, settings, directory, desk)
    codes = PairingCodes(ports, settings.pairing)
    pads = PadService(ports, settings, directory, audit, codes)
    helpers = HelperService(ports, directory, audit, codes)
    control = ControlService(ports, settings, directory, desk, rooms, helpers)
    places = PlaceService(ports, settings, directory, audit, pads)
    ports.homes.answer_with(Household(session, media, lines, collaboration, recordings, control).carry_out)
    for follower in (
        directory,
        accounts,
        desk,
        session,
        presence,
        waits,
        routing,
        calls,
        collaboration,
        recordings,
        catalogue,
        ratings,
        codes,
        control,
        network_tests,
        life,
    ):
        ports.bus.subscribe(follower.on_event)
    return Services(
        clock=ports.clock,
        bus=ports.bus,
        alone=settings.alone,
        directory=directory,
        audit=audit,
        accounts=accounts,
        presence=presence,
        routing=routing,
        waits=waits,
        life=life,
        calls=calls,
        session=session,
        record=record,
        media=media,
        network_tests=network_tests,
        media_events=MediaEvents(ports, desk, rooms, switch),
        lines=lines,
        routers=closer,
        unfinished=unfinished,
        colleagues=ColleagueService(ports, directory, presence, routing),
        collaboration=collaboration,
        files=FileService(ports, desk, control, unfinished),
        recordings=recordings,
        catalogue=catalogue,
        teaching=teaching,
        administration=AdministrationService(ports, directory, accounts, audit),
        places=places,
        readiness=ReadinessService(ports, settings, directory, presence, routing, places, pads),
        writing=WritingService(ports, directory, audit),
        pads=pads,
        helpers=helpers,
        control=control,
        ratings=ratings,
        messages=MessageService(ports, directory, desk, accounts, audit),
        retention=RetentionService(ports, settings),
    )
