"""The life of sockets: connect, commands, pings, disconnect.

A socket is let in with an access token or a pad's device token. Its commands run from its mailbox, as one
task of the task group this object owns. Presence follows the server's own ping: pages' timers are throttled
in hidden tabs, the answer to a ping is not.

That a sign-in ended or somebody's rights changed is told by events, and events can get lost: so every socket
is held against the store now and then.
"""

import asyncio
import logging
import time
from contextlib import suppress
from typing import Any, Final

from aiohttp import web
from socketio.exceptions import ConnectionRefusedError as SocketRefused

from signaling.domain.actor import Actor
from signaling.domain.audit import AuditAct, AuditResult
from signaling.domain.errors import AwayError
from signaling.domain.roles import Permission
from signaling.domain.subject import SubjectKind
from signaling.services.accounts import RIGHTS_CHANGED
from signaling.services.keeping import keep
from signaling.web.context import WebContext
from signaling.web.limits import SOCKETS_PER_PERSON
from signaling.web.messages.base import Ack, ErrorBody
from signaling.web.messages.events import (
    OfferMade,
    RatingRequested,
    ServerStopping,
    SignedOut,
    Welcome,
)
from signaling.web.messages.views.people import PresenceView
from signaling.web.metrics import WebMetrics
from signaling.web.present.calls import offer_view
from signaling.web.present.people import presence_view, today_view
from signaling.web.problems import Locale, Refused, failure, locale_of, refusal_of
from signaling.web.sio import commands
from signaling.web.sio.connection import Connection, connection
from signaling.web.sio.dispatcher import Dispatcher
from signaling.web.sio.engine import BoundedServer
from signaling.web.sio.hub import Hub
from signaling.web.sio.table import TABLE
from signaling.web.static import build_of
from signaling.web.viewers import browser_of, viewer_of

AGAIN_IN_S: Final = 1.0
"""When a page that was told that we stop tries again first."""
LAST_WORDS_S: Final = 1.0
"""How long the last words may take to leave for everybody."""
_BETWEEN_LOOKS_S: Final = 0.02
_ON_THE_WAY_S: Final = 0.2
"""A cut takes from a page what it has not read yet."""
RECHECK_S: Final = 15.0
"""How long a socket may outlive its sign-in, its account or its rights when nobody was told."""
BEAT_S: Final = 5.0
"""How often the answers to pings are passed on to presence, and what is stale forgotten."""
STRANGER_S: Final = 15.0
"""How long a socket may stay open without saying who it is."""

_log = logging.getLogger(__name__)
assert commands.__all__, "importing the commands fills the table"


class LiveSockets:
    """Owns the Socket.IO server and the tasks of its connections; an async context manager.

    Args:
        context: services and credentials.
        metrics: where commands and sockets are counted.
    """

    def __init__(self, context: WebContext, metrics: WebMetrics) -> None:
        self._context = context
        self._metrics = metrics
        self.ready = asyncio.Event()
        self.server = BoundedServer(context.settings.public_url)
        self.hub = Hub(self.server)
        self.dispatcher = Dispatcher(
            context, self.hub, cut=self.server.cut, audit_refusal=self._audit_refusal
        )
        metrics.count_sockets(lambda: len(self.hub))
        self.server.peer_of = context.peer_of
        self.server.may_stay = self._may_stay
        self._tasks: asyncio.TaskGroup | None = None
        self._closing = False
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)
        self.server.on("*", self._command)

    async def run(self) -> None:
        """Serve until cancelled, then cut every socket and end the server's own tasks."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            self.ready.set()
            try:
                await asyncio.gather(
                    keep("the beat of the sockets", self._beats),
                    keep("the check of the sockets' rights", self._rechecks),
                )
            finally:
                self.close()
                self._tasks = None
                await self.server.shutdown()

    async def _beats(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            await self._beat()

    async def _rechecks(self) -> None:
        while True:
            await asyncio.sleep(RECHECK_S)
            await self.recheck()

    async def say_goodbye(self) -> None:
        """Let nobody in any more, tell every socket that this process stops, then cut them all."""
        self._closing = True
        await self.hub.tell(self.hub, ServerStopping(again_in_s=AGAIN_IN_S))
        end = time.monotonic() + LAST_WORDS_S
        while self.server.is_sending() and time.monotonic() < end:  # noqa: ASYNC110 - Engine.IO tells nobody
            await asyncio.sleep(_BETWEEN_LOOKS_S)
        await asyncio.sleep(_ON_THE_WAY_S)
        self.close()

    def close(self) -> None:
        """Let nobody in any more and cut every socket: clients come back to whoever listens next."""
        self._closing = True
        for one in self.hub:
            one.mailbox.close()
            self.server.cut(one.sid)

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        request: web.Request = environ["aiohttp.request"]
        locale = _locale(auth, request)
        engine_sid = self.server.engine_sid(sid) or ""
        self.server.strangers.leave(engine_sid)
        try:
            actor = await self._let_in(auth, self._context.peer_of(request).address)
        except Exception as error:
            self.server.is_stranger(engine_sid)
            refusal = refusal_of(error, locale)
            if refusal is None:
                _log.exception("socket %s could not be let in", sid)
            raise _refuse((refusal or failure(locale)).body) from None
        viewer = viewer_of(actor, browser_of(request))
        self._welcome_in(connection(sid, actor, locale, viewer, time.monotonic()))

    async def _let_in(self, auth: Any, address: str) -> Actor:
        """Return who a new socket is; raises `DomainError` or `Refused`."""
        if self._closing or self._tasks is None:
            raise Refused("shutting_down")
        actor = await self._actor(auth, address)
        if self.hub.count(actor.who) >= SOCKETS_PER_PERSON:
            raise Refused("too_many")
        return actor

    def _welcome_in(self, one: Connection) -> None:
        assert self._tasks is not None
        self.hub.add(one)
        self._tasks.create_task(self._serve(one), name=f"socket {one.sid}")
        one.mailbox.put(lambda: self._welcome(one))
        _log.info("socket %s connected: %s", one.sid, one.actor.who)

    async def _actor(self, auth: Any, address: str) -> Actor:
        token = auth.get("token") if isinstance(auth, dict) else None
        device = auth.get("device_token") if isinstance(auth, dict) else None
        if isinstance(token, str):
            return await self._context.actor_of_token(token, address)
        if isinstance(device, str):
            return await self._context.services.pads.actor_of(device, address)
        raise Refused("not_signed_in")

    async def _serve(self, one: Connection) -> None:
        """Run a connection's mailbox; a failure cuts this socket and no other."""
        try:
            await one.mailbox.run()
        except Exception:
            _log.exception("socket %s failed", one.sid)
            self.server.cut(one.sid)

    async def _disconnect(self, sid: str, reason: str) -> None:
        one = self.hub.remove(sid)
        if one is None:
            return
        one.mailbox.close()
        _log.info("socket %s of %s gone: %s", sid, one.actor.who, reason)
        services = self._context.services
        await services.session.socket_lost(sid)
        if one.actor.who.staff_id is not None:
            await services.presence.socket_lost(one.actor, sid)

    async def _command(self, name: str, sid: str, *arguments: Any) -> dict[str, Any] | None:
        """Acknowledge one command; its first act, before any await, is the mailbox."""
        one = self.hub.get(sid)
        if one is None:
            return None
        known = TABLE.get(name)
        if known is None or not known.snapshot:
            return await self._acknowledge(one, name, arguments)
        self.hub.hold(one)
        try:
            return await self._acknowledge(one, name, arguments)
        finally:
            if self._tasks is not None:  # python-socketio queues the answer before any task gets a turn
                self._tasks.create_task(self._release(one), name=f"release {one.sid}")

    async def _release(self, one: Connection) -> None:
        """Send what was held back; a failure cuts this socket and no other."""
        try:
            await self.hub.release(one)
        except Exception:
            _log.exception("socket %s failed", one.sid)
            self.server.cut(one.sid)

    def _may_stay(self, sid: str) -> bool:
        """Return whether a socket that sent what nobody can read has patience left."""
        one = self.hub.get(sid)
        return one is not None and one.patience.take(time.monotonic())

    async def _acknowledge(self, one: Connection, name: str, arguments: tuple[Any, ...]) -> dict[str, Any]:
        ack: Ack = await self.dispatcher.dispatch(one, name, arguments)
        self._metrics.command(name if name in TABLE else "unknown", ack.error.code if ack.error else "ok")
        return ack.model_dump(mode="json") | {"at": self._context.clock()}

    async def _welcome(self, one: Connection) -> Ack:
        """Tell a new socket who it is and what waits for it."""
        if one.actor.who.staff_id is None:
            await self._welcome_pad(one)
        else:
            await self._welcome_person(one, one.actor.who.staff_id)
        return Ack(ok=True)

    async def _welcome_person(self, one: Connection, staff_id: str) -> None:
        services = self._context.services
        presence = await services.presence.socket_connected(one.actor, one.sid)
        call = services.calls.live_call_of(one.actor.who)
        takes_calls = Permission.OFFER_ANSWER in one.actor.permissions
        shown: PresenceView | None = presence_view(presence, self._context.directory) if presence else None
        welcome = Welcome(
            staff_id=staff_id,
            pad_id=None,
            presence=shown,
            today=today_view(await services.calls.today(staff_id)) if takes_calls else None,
            call_id=call.call_id if call else None,
            build=build_of(self._context.settings.web_root),
        )
        await self.hub.tell([one], welcome)
        if takes_calls:
            await self._ring_on(one)

    async def _ring_on(self, one: Connection) -> None:
        """A new window rings too, for an offer made before it came."""
        for call in self._context.services.calls.live(one.actor):
            if call.offer is not None and call.offer.who == one.actor.who:
                made = OfferMade(
                    call=await self._context.show_call(call, one.actor.who),
                    offer=offer_view(call, call.offer, self._context.directory),
                    waited_s=max(0.0, self._context.clock() - call.requested_at),
                )
                await self.hub.tell([one], made)

    async def _welcome_pad(self, one: Connection) -> None:
        build = build_of(self._context.settings.web_root)
        welcome = Welcome(
            staff_id=None, pad_id=one.actor.who.id, presence=None, today=None, call_id=None, build=build
        )
        await self.hub.tell([one], welcome)
        request = self._context.services.ratings.open_request(one.actor.point_id or "")
        if request is not None:
            await self.hub.tell([one], rating_requested(request, self._context))

    async def _audit_refusal(self, one: Connection, command: str, code: str) -> None:
        await self._context.services.audit.record(
            one.actor, AuditAct.COMMAND_REFUSED, command, AuditResult.REFUSED, code=code
        )

    async def _beat(self) -> None:
        """Pass on who answers pings; forget old answers; cut sockets nobody has a right to any more."""
        self._cut_ended(self._context.clock())
        self.dispatcher.sweep()
        self.server.cut_strangers(STRANGER_S)
        with suppress(AwayError):  # with the next beat
            await self._pass_on_beats()

    async def _pass_on_beats(self) -> None:
        presence = self._context.services.presence
        alive = {
            one.actor.person
            for one in self.hub
            if one.actor.who.staff_id is not None and self.server.answers_pings(one.sid)
        }
        for staff_id in alive:
            await presence.beat(staff_id)
        await presence.restore()
        await self._context.services.audit.settle()

    async def recheck(self) -> None:
        """Cut every socket whose sign-in, account, rights or pairing is not what it was let in with."""
        people = [one for one in self.hub if one.actor.session_id is not None]
        pads = [one for one in self.hub if one.actor.who.kind is SubjectKind.PAD]
        try:
            ended = await self._context.services.accounts.no_longer([one.actor for one in people])
            paired = await self._context.services.pads.still_paired([one.actor.who.id for one in pads])
        except AwayError:
            return  # nobody is put out because a database is away; the next check comes
        for one in people:
            reason = ended.get(one.actor.session_id or "")
            if reason is not None:
                await self._put_out(one, reason)
        for one in pads:
            if one.actor.who.id not in paired:
                self.server.cut(one.sid)

    async def _put_out(self, one: Connection, reason: str) -> None:
        """Cut a socket, with a word why when the sign-in is over; else its page is back at once."""
        _log.info("socket %s of %s is cut: %s", one.sid, one.actor.who, reason)
        if reason == RIGHTS_CHANGED:
            self.server.cut(one.sid)
            return
        await self.hub.tell([one], SignedOut(reason=reason))
        await self.server.disconnect(one.sid)

    def _cut_ended(self, now: float) -> None:
        """A socket must not outlive its sign-in: cut, a page that renewed it meanwhile comes back at once."""
        for one in self.hub:
            if now >= one.actor.ends_at:
                self.server.cut(one.sid)


def rating_requested(request: Any, context: WebContext) -> RatingRequested:
    """Show a pad what it is to ask."""
    return RatingRequested(
        call_id=request.call_id,
        items=list(request.items),
        point_name=context.directory.point(request.point_id).name,
        expires_in_s=max(0, int(request.expires_at - context.clock())),
    )


def _locale(auth: Any, request: web.Request) -> Locale:
    wanted = auth.get("locale") if isinstance(auth, dict) else None
    if isinstance(wanted, str):
        return locale_of(wanted)
    return locale_of(request.headers.get("Accept-Language"))


def _refuse(error: ErrorBody) -> SocketRefused:
    """socket.io-client finds the second argument as `error.data`."""
    return SocketRefused(error.sentence, error.model_dump(mode="json"))
