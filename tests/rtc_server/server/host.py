"""A media process inside the test's own loop, and a tap host that remembers."""

import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from rtc_server.config import MediaConfig, MediaLimits
from rtc_server.errors import StateError
from rtc_server.owner_events import OwnerEvent, RecordingEvent
from rtc_server.server.client import MediaClient
from rtc_server.server.control import ControlServer
from rtc_server.sfu.tap import StreamDescription
from rtc_server.tap_commands import TAP_OPENINGS, OpenTap, TapCommand
from rtc_server.wire.rtp import RtpView
from tests.rtc_server.media.peer import Peer
from tests.support.until import until_async

E = TypeVar("E", bound=OwnerEvent)

RECORDED = TAP_OPENINGS.write(OpenTap("/x", "c"))
"""What a recorded router is opened with."""


@dataclass
class RememberingTap:
    """A tap that keeps what it was told."""

    key_frame_interval: float | None = 4.0
    streams: list[StreamDescription] = field(default_factory=list)
    packets: list[tuple[int, bytes]] = field(default_factory=list)
    reports: list[tuple[int, int]] = field(default_factory=list)
    paused: bool | None = None
    ended: str | None = None

    def on_stream(self, description: StreamDescription) -> None:
        self.streams.append(description)

    def on_rtp(self, view: RtpView, now: float) -> None:
        self.packets.append((view.sequence_number, bytes(view.payload)))

    def on_sender_report(self, ssrc: int, ntp: int, rtp: int, now: float) -> None:
        self.reports.append((ntp, rtp))

    def on_pause(self, paused: bool) -> None:
        self.paused = paused

    def on_end(self, reason: str) -> None:
        self.ended = reason


class RememberingHost:
    """A tap host that keeps what it was told, and refuses options that say so."""

    def __init__(self) -> None:
        self.routers: dict[str, OpenTap] = {}
        self.commands: list[tuple[str, TapCommand]] = []
        self.taps: dict[str, RememberingTap] = {}
        self.closed: list[tuple[str, str]] = []
        self.flushes = 0
        self.events: list[RecordingEvent] = []

    def open_router(self, router_id: str, opening: OpenTap) -> None:
        if opening.call_id == "refused":
            raise StateError("refused")
        self.routers[router_id] = opening

    def create_tap(
        self, router_id: str, producer_id: str, app_data: Mapping[str, object]
    ) -> RememberingTap | None:
        if app_data.get("unheard"):
            return None
        tap = self.taps[producer_id] = RememberingTap()
        return tap

    def control(self, router_id: str, command: TapCommand) -> None:
        self.commands.append((router_id, command))

    def stats(self, router_id: str) -> Mapping[str, object]:
        return {"router": router_id}

    def flush(self, now: float) -> None:
        self.flushes += 1

    def handle_timeout(self, now: float) -> Sequence[RecordingEvent]:
        events, self.events = self.events, []
        return events

    def close_router(self, router_id: str, reason: str) -> None:
        self.closed.append((router_id, reason))


@dataclass
class Hosted:
    """A running media process with its controller."""

    server: ControlServer
    client: MediaClient
    taps: RememberingHost
    path: str

    async def until_event(self, kind: type[E]) -> E:
        async for event in self.client.events():
            if isinstance(event, kind):
                return event
        raise AssertionError("the connection ended")

    async def until_stats(self, peer: Peer, wanted: Callable[[dict[str, Any]], object]) -> None:
        """Ask for a transport's statistics until they are as wanted; nothing announces them."""

        async def are_as_wanted() -> bool:
            request = {"transportId": peer.options["id"]}
            return bool(wanted(await self.client.request("transport.stats", request)))

        await until_async(are_as_wanted, what="what was wanted of the statistics", patience_s=20)


@asynccontextmanager
async def hosted(
    *, with_taps: bool = True, address: str = "127.0.0.1", **limits: Any
) -> AsyncIterator[Hosted]:
    """Run a media process in this loop; keyword arguments shrink its bounds."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "control")
        config = MediaConfig(
            listen_addresses=(address,),
            port=0,
            control_path=path,
            limits=replace(MediaLimits(), **limits),
        )
        taps = RememberingHost()
        async with (
            ControlServer(config, taps if with_taps else None) as server,
            MediaClient.connect(path) as client,
        ):
            yield Hosted(server, client, taps, path)
