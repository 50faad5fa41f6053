"""What the services need from outside: clock, randomness, stores, bus, media plane, recordings."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from recording.replay import Viewer
from rtc_server.importance import Importance
from rtc_server.owner_events import OwnerEvent
from rtc_server.tap_commands import OpenTap, TrackTags
from signaling.domain.events import DomainEvent
from signaling.domain.fair_queue import OURS, Lane
from signaling.domain.ids import (
    ConsumerId,
    JsonObject,
    ProducerId,
    StaffId,
    TransportId,
)
from signaling.domain.lines.meter import LineCounters
from signaling.domain.presence import Presence
from signaling.domain.session import Direction
from signaling.services.homes import RoomHomes
from signaling.services.meaning import Meaning
from signaling.services.stores import (
    AccountStore,
    AuditStore,
    CallStore,
    DirectoryStore,
    FeedbackStore,
    HelperStore,
    LearnedStore,
    PictureStore,
    SessionStore,
)

# Time and randomness


class Clock(Protocol):
    """Wall clock and waiting; virtual in tests.

    It never jumps, whatever is done to the machine's clock: what is measured with it stays measured.
    """

    def now(self) -> float:
        """Return seconds since the Unix epoch."""
        ...

    def catch_up(self) -> None:
        """Show the machine's own time at once; call when nobody is connected and no call goes on."""
        ...

    async def wait(self, until: float, wake: Callable[[], Awaitable[object]]) -> None:
        """Return when `now()` reached `until` (may be inf) or `wake()` returned, whichever is first."""
        ...


class Secrets(Protocol):
    """Randomness: predictable in tests."""

    def new_id(self) -> str:
        """Return an unguessable identifier of 22 URL-safe characters."""
        ...

    def token(self) -> str:
        """Return a credential of 256 bits, URL-safe."""
        ...

    def digits(self, count: int) -> str:
        """Return a random decimal code."""
        ...

    def password(self) -> str:
        """Return a first password a person can read out."""
        ...


class PasswordHasher(Protocol):
    """argon2id in one niced thread behind a fair queue; raises `BusyError` for what the queue refuses."""

    async def hash(self, password: str, lane: Lane = OURS) -> str:
        """Return the encoded hash."""
        ...

    async def verify(self, encoded: str | None, password: str, lane: Lane = OURS) -> bool:
        """Compare; None (unknown user) costs the same time and is False."""
        ...


# Between processes


class EventBus(Protocol):
    """Carries domain events to every subscriber, in order of publication: causes before their effects.

    One event at a time is handed to one subscriber after the other; one that fails is logged and does not
    stop the others. What waits is bounded; beyond, further events are dropped and logged.
    """

    def publish(self, *events: DomainEvent) -> Awaitable[None]:
        """Append events, also under a lock; await the result without any lock a subscriber takes.

        Returns:
            what is done when the subscribers of this process have handled them and all that was published
            because of them; at once within a subscriber.
        """
        ...

    def publish_here(self, *events: DomainEvent) -> Awaitable[None]:
        """Do what `publish` does for the subscribers of this process alone."""
        ...

    async def settled(self) -> None:
        """Return when that is so for everything published so far; at once within a subscriber."""
        ...

    def subscribe(self, handler: Callable[[DomainEvent], Awaitable[None]]) -> Callable[[], None]:
        """Call `handler` with every event; return how to stop that."""
        ...


PresenceChange: TypeAlias = Callable[[Presence | None], Presence | None]


class PresenceStore(Protocol):
    """Presence by staff id; dies with the process (memory) or lives in Redis with a time to live.

    Every operation raises AwayError while the store is out of reach.
    """

    async def get(self, staff_id: StaffId) -> Presence | None:
        """Return somebody's presence, unless its process died; raises AwayError."""
        ...

    async def change(
        self, staff_id: StaffId, change: PresenceChange
    ) -> tuple[Presence | None, Presence | None]:
        """Make something else of what is known, all at once; return what was known before and after.

        Args:
            change: called again with what is known then when somebody else was faster; the same value, or
                None, changes nothing.

        Raises:
            BusyError: `busy`, when others were faster again and again. AwayError.
        """
        ...

    async def all(self) -> list[Presence]:
        """Return what is known of everybody who was ever seen; who is missing was forgotten.

        Raises AwayError.
        """
        ...


class Courier(Protocol):
    """Carries texts from process to process at once, past the event bus and whatever waits there.

    Those from one process to another arrive in order. Nothing is repeated: some may not arrive at all.
    """

    @property
    def process(self) -> str:
        """The name of this process."""
        ...

    def send(self, process: str, text: str) -> bool:
        """Take a text without a line break for another process, without waiting; False when too many wait."""
        ...

    def hear(self, take: Callable[[str], None]) -> None:
        """Call `take` with each text that comes for this process; it must neither wait nor raise."""
        ...


class Lease(Protocol):
    """Only one process decides routing at a time."""

    def held(self) -> AbstractAsyncContextManager[bool]:
        """Enter to decide; the value says whether this process holds the lease."""
        ...


# Media and recordings


@dataclass(frozen=True, slots=True)
class MediaProcessRestarted:
    """A media process began a new life: every router, transport, producer and consumer of before is gone."""

    epoch: str


@dataclass(frozen=True, slots=True)
class MediaProcessLost:
    """A media process has been out of reach for so long that its calls go where another answers."""


MediaEvent: TypeAlias = OwnerEvent | MediaProcessRestarted | MediaProcessLost


class RecordingControl(Protocol):
    """What may be asked of a router's recording; raises DomainError, `not_found` for one not recorded."""

    async def pause_recording(
        self, router_id: str, reason: str, tracks: tuple[str, ...] | None = None
    ) -> None:
        """Keep nothing of tracks until resumed, of those to come too; the gap shows `reason`.

        Args:
            tracks: each a track (`camera`) or a participant's (`clerk/camera`); None: all.
        """
        ...

    async def resume_recording(self, router_id: str, tracks: tuple[str, ...] | None = None) -> None:
        """Keep tracks again, named in the same way."""
        ...


class MediaPlane(RecordingControl, Protocol):
    """The media process; parameters are mediasoup JSON. Raises DomainError with the media error code."""

    def epoch_of(self, router_id: str) -> str:
        """Return which life of which media process a router is in; another than when it was made: gone."""
        ...

    async def create_router(self, router_id: str, tap: OpenTap | None) -> JsonObject:
        """Return the router's RTP capabilities; the same id again returns the same router."""
        ...

    async def close_router(self, router_id: str) -> None: ...

    async def lines(self, router_id: str) -> dict[TransportId, LineCounters]:
        """Return what the lines of a router's transports carried and lost so far."""
        ...

    async def create_transport(
        self, router_id: str, transport_id: TransportId, direction: Direction, *, sctp: bool
    ) -> JsonObject: ...

    async def connect_transport(self, transport_id: TransportId, dtls_parameters: JsonObject) -> None: ...

    async def restart_ice(self, transport_id: TransportId) -> JsonObject:
        """Return the new iceParameters."""
        ...

    async def close_transport(self, transport_id: TransportId) -> None: ...

    async def produce(
        self,
        transport_id: TransportId,
        producer_id: ProducerId,
        kind: str,
        rtp_parameters: JsonObject,
        tags: TrackTags,
        *,
        paused: bool,
    ) -> JsonObject: ...

    async def pause_producer(self, producer_id: ProducerId) -> None: ...

    async def resume_producer(self, producer_id: ProducerId) -> None: ...

    async def close_producer(self, producer_id: ProducerId) -> None: ...

    async def consume(
        self,
        transport_id: TransportId,
        consumer_id: ConsumerId,
        producer_id: ProducerId,
        rtp_capabilities: JsonObject,
        importance: Importance,
        *,
        paused: bool,
    ) -> JsonObject: ...

    async def view_consumer(self, consumer_id: ConsumerId, height: int) -> None:
        """Say how high its picture is shown, in pixels; 0: not at all."""
        ...

    async def pause_consumer(self, consumer_id: ConsumerId) -> None: ...

    async def resume_consumer(self, consumer_id: ConsumerId) -> None: ...

    async def close_consumer(self, consumer_id: ConsumerId) -> None: ...

    async def stats(self) -> Sequence[JsonObject]:
        """Return the figures of every media process that answers now; never waits for one that does not."""
        ...

    def events(self) -> AsyncIterator[MediaEvent]:
        """Yield events for as long as the plane lives; after those about processes ask `epoch_of` again."""
        ...


class MuxState(Protocol):
    """How far a call's recording is (recording.jobs.MuxJob)."""

    @property
    def state(self) -> str: ...

    @property
    def progress(self) -> float: ...


class Manifest(Protocol):
    """A finished recording, ready for the browser (recording's Manifest)."""

    def to_json(self) -> Any: ...


class RecordingArchive(Protocol):
    """What `recording.service.RecordingService` does for the services."""

    def journal_directory(self, call_id: str) -> Path: ...

    async def close_call(self, call_id: str, now: float) -> None:
        """Say that a call is closed, so that it is muxed wherever its journals lie; idempotent."""
        ...

    async def recover(self, is_closed: Callable[[str], Awaitable[bool]], now: float) -> list[str]: ...

    async def manifest(self, call_id: str, *, viewer: Viewer, now: float) -> Manifest | None: ...

    def media_query(self, call_id: str, *, viewer: Viewer, now: float) -> tuple[str, float]: ...

    async def state(self, call_id: str, now: float) -> MuxState | None: ...


async def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything outside, chosen by `compose`."""

    clock: Clock
    secrets: Secrets
    passwords: PasswordHasher
    calls: CallStore
    directory: DirectoryStore
    accounts: AccountStore
    sessions: SessionStore
    feedback: FeedbackStore
    helpers: HelperStore
    audit: AuditStore
    pictures: PictureStore
    bus: EventBus
    presence: PresenceStore
    lease: Lease
    homes: RoomHomes
    courier: Courier
    media: MediaPlane
    recordings: RecordingArchive
    learned: LearnedStore
    meaning: Meaning | None
    """None where the extra `search` is not installed."""
    free_bytes: Callable[[], int | None] = lambda: None
    """Bytes left on the disk of the journals; None when that cannot be told. It may block."""
    relays: Callable[[], Awaitable[bool]] = _never
    """Whether one of the TURN servers that browsers are told relays now; asks them."""
