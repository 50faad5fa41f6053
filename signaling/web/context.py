"""What REST and Socket.IO share: the services, the credentials, and how a call is shown to somebody."""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from aiohttp import web

from recording.replay import Viewer
from signaling.domain.actor import Actor
from signaling.domain.call_model import Call
from signaling.domain.lines.worst import WorstLine
from signaling.domain.subject import Subject
from signaling.services.bundle import Services
from signaling.services.directory import Directory
from signaling.web.limits import RateLimits, attempt_limits, request_limits
from signaling.web.messages.rest import ClientConfig
from signaling.web.messages.views.calls import CallView
from signaling.web.messages.views.joining import IceServerView
from signaling.web.peer import Peer, Proxies
from signaling.web.present.calls import CallParts, call_view, wait_view
from signaling.web.present.session import AddressOf
from signaling.web.problems import Refused
from signaling.web.under_control import UnderControl
from signaling.web.uploads import UploadPlaces


class Claims(Protocol):
    """What an access token says."""

    @property
    def staff_id(self) -> str: ...

    @property
    def session_id(self) -> str: ...


class Tokens(Protocol):
    """Access tokens of the tab sessions."""

    lifetime_s: float

    def issue(self, staff_id: str, session_id: str, now: float) -> str: ...

    def verify(self, token: str, now: float) -> Claims | None: ...


class Devices(Protocol):
    """Devices on which somebody signed in before, by a cookie of theirs."""

    def recognise(self, cookie: str, staff_id: str, now: float) -> str | None: ...

    def remember(self, cookie: str, staff_id: str, now: float, new_id: str) -> str: ...


class Addresses(Protocol):
    """Signed addresses of stills."""

    def address(self, thing: str, viewer: Viewer, now: float) -> str: ...

    def refusal(
        self, thing: str, *, viewers: Iterable[Viewer], expires: str, signature: str, now: float
    ) -> str | None: ...


class MediaResponse(Protocol):
    """A part of a recorded file."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def body(self) -> AsyncGenerator[bytes, None]: ...

    @property
    def viewer(self) -> Viewer: ...


class Archive(Protocol):
    """Finished recordings by signed address."""

    async def open_media(
        self,
        key: str,
        query: Mapping[str, str],
        range_header: str | None,
        now: float,
        *,
        holders: Iterable[str],
    ) -> MediaResponse: ...


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What the web floor is told.

    Attributes:
        refresh_cookie_s: life of the refresh cookie in seconds.
        demo_password: what other machines must know to enter the demo; None where nobody else can reach it.
        public_url: what people type when a proxy stands in front.
        proxies: whose word about where a request comes from is believed.
    """

    client: ClientConfig
    web_root: Path
    refresh_cookie_s: float
    secure_port: int | None = None
    """Port where every address of this machine also speaks HTTPS."""
    https_only: bool = False
    """Nothing of this host is to be reached over HTTP: browsers may be told so."""
    public_url: str | None = None
    demo_password: str | None = None
    proxies: Proxies = field(default_factory=Proxies)
    ice_transport_policy: Literal["all", "relay"] = "all"


@dataclass(frozen=True, slots=True)
class WebContext:
    """Everything handlers reach for; made once by `compose`."""

    services: Services
    tokens: Tokens
    devices: Devices
    stills: Addresses
    files: Addresses
    archive: Archive
    ice_servers: Callable[[str], list[IceServerView]]
    """User → TURN servers with time-limited credentials."""
    clock: Callable[[], float]
    """Wall seconds."""
    doings_secret: bytes
    """Keys the hashes of texts that were typed on counter PCs."""
    settings: WebSettings
    attempts: RateLimits = field(default_factory=attempt_limits)
    requests: RateLimits = field(default_factory=request_limits)
    uploads: UploadPlaces = field(default_factory=UploadPlaces)
    under_control: UnderControl = field(default_factory=UnderControl)
    worst_lines: dict[str, WorstLine] = field(default_factory=dict)
    """Call → its worst line now, as the process tells that has its room."""

    @property
    def directory(self) -> Directory:
        """The present reading of the directory."""
        return self.services.directory.current

    def ice_transport_policy(self, actor: Actor) -> Literal["all", "relay"]:
        """Return the ways of somebody's media: `relay`, TURN only, by the service or their point."""
        relayed = actor.point_id is not None and self.directory.point(actor.point_id).relay_only
        return "relay" if relayed else self.settings.ice_transport_policy

    def peer_of(self, request: web.Request) -> Peer:
        """Return who asks."""
        return self.settings.proxies.peer(request)

    def is_strict(self, request: web.Request) -> bool:
        """Return whether this answer may tell the browser to use HTTPS only from now on."""
        return self.settings.https_only and self.peer_of(request).secure

    async def actor_of_token(self, token: str, address: str) -> Actor:
        """Return who a token stands for; raises `not_signed_in` or `session_ended`."""
        claims = self.tokens.verify(token, self.clock())
        if claims is None:
            raise Refused("not_signed_in")
        return await self.services.accounts.actor_of(claims.staff_id, claims.session_id, address)

    async def actor_of_viewer(self, viewer: Viewer, request: web.Request) -> Actor:
        """Return whose address is used; raises `session_ended` when their sign-in is over, or they are."""
        address = self.peer_of(request).address
        return await self.services.accounts.actor_of(viewer.user_id, viewer.session_id, address)

    def stills_for(self, viewer: Viewer) -> AddressOf:
        """Return how stills are addressed for one person."""
        return _signed_for(self.stills, viewer, self.clock())

    def files_for(self, viewer: Viewer) -> AddressOf:
        """Return how files are addressed for one person."""
        return _signed_for(self.files, viewer, self.clock())

    async def call_parts(self, call: Call) -> CallParts:
        """Fetch what a call's view needs."""
        wait = self.services.waits.of(call.call_id)
        return CallParts(
            directory=self.directory,
            item=await self.services.directory.item_version(call.item_code, call.item_version),
            paired=await self.services.pads.paired(),
            wait=wait_view(wait, self.clock()) if wait else None,
        )

    async def show_call(self, call: Call, viewer: Subject | None) -> CallView:
        """Show a call to one person."""
        return call_view(call, await self.call_parts(call), viewer)


def _signed_for(addresses: Addresses, viewer: Viewer, now: float) -> AddressOf:
    def address(thing: str) -> str:
        return addresses.address(thing, viewer, now)

    return address
