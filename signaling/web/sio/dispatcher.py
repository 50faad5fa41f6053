"""From a packet to an acknowledgement: admit, run in order, always answer.

Admission is a plain call made before anything is awaited: rate, size, envelope, repeat, mailbox. The rest
runs from the connection's mailbox: body, permission, handler. Services check scope and state; whatever they
raise becomes the error of the acknowledgement, once, here.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from pydantic import ValidationError

from signaling.domain.errors import ForbiddenError
from signaling.web.context import WebContext
from signaling.web.limits import COMMAND_BYTES, OPAQUE_BYTES
from signaling.web.messages.base import Ack, Message
from signaling.web.messages.commands import Envelope
from signaling.web.problems import Refused, failure, first_fault, refusal_of
from signaling.web.sio.connection import Connection
from signaling.web.sio.hub import Hub
from signaling.web.sio.repeats import RepeatMemory
from signaling.web.sio.table import TABLE, Asked, Command
from signaling.web.text import fault_in

Cut = Callable[[str], None]
_log = logging.getLogger(__name__)


class Dispatcher:
    """Run the commands of all connections of this process.

    Args:
        context: what handlers work with.
        hub: the sockets of this process.
        cut: drops a socket at once; called for one that floods on after being refused.
        audit_refusal: writes the audit row of a command refused for lack of permission or scope.
    """

    def __init__(
        self,
        context: WebContext,
        hub: Hub,
        *,
        cut: Cut,
        audit_refusal: Callable[[Connection, str, str], Awaitable[None]],
    ) -> None:
        self._context = context
        self._hub = hub
        self._cut = cut
        self._audit_refusal = audit_refusal
        self._repeats: RepeatMemory[Ack] = RepeatMemory()

    async def dispatch(self, connection: Connection, name: str, arguments: tuple[Any, ...]) -> Ack:
        """Return the acknowledgement of one command."""
        try:
            answer = self._admit(connection, name, arguments)
        except Refused as refused:
            if refused.code == "too_many":
                await self._audit_refusal(connection, name if name in TABLE else "unknown", refused.code)
            refusal = refusal_of(refused, connection.locale)
            return Ack(ok=False, error=refusal.body if refusal else None)
        return await asyncio.shield(answer)

    def _admit(self, connection: Connection, name: str, arguments: tuple[Any, ...]) -> asyncio.Future[Ack]:
        """Put a command in the mailbox, or return the future of the first of its repeats; raises
        `Refused`.
        """
        now = time.monotonic()
        command = TABLE.get(name)
        drawing = command is not None and command.drawing
        if not (connection.strokes if drawing else connection.commands).take(now):
            if not connection.patience.take(now):
                _log.warning("socket %s floods: cut", connection.sid)
                self._cut(connection.sid)
            raise Refused("too_many")
        if command is None:
            raise Refused("unknown_command")
        envelope = _envelope(arguments)
        return self._enqueue(connection, command, envelope, now)

    def _enqueue(
        self, connection: Connection, command: Command, envelope: Envelope, now: float
    ) -> asyncio.Future[Ack]:
        giver = connection.sid if command.of_socket else connection.user
        first = self._repeats.find(giver, command.name, envelope.command_id, now)
        if first is not None and not first.cancelled():
            return first
        answer = connection.mailbox.put(partial(self._run, connection, command, envelope))
        if answer is None:
            raise Refused("too_many")
        if not command.drawing:
            self._repeats.keep(giver, command.name, envelope.command_id, answer, now)
        return answer

    async def _run(self, connection: Connection, command: Command, envelope: Envelope) -> Ack:
        """Parse, check, run; never raises."""
        try:
            result = await self._handle(connection, command, envelope)
        except Exception as error:
            refusal = refusal_of(error, connection.locale)
            if refusal is None:
                _log.exception("command %s failed", command.name)
            return Ack(ok=False, error=(refusal or failure(connection.locale)).body)
        return Ack(ok=True, result=result.model_dump(mode="json"))

    async def _handle(self, connection: Connection, command: Command, envelope: Envelope) -> Message:
        """Parse, check, run; who may not is written down, whether the permission lacks or the scope."""
        try:
            connection.actor.require(command.permission)
            body = _body(command, envelope)
            return await command.handler(Asked(self._context, self._hub, connection, body))
        except ForbiddenError as error:
            if error.code != "superseded":  # the person's own older window, a moment late
                await self._audit_refusal(connection, command.name, error.code)
            raise

    def sweep(self) -> None:
        """Forget answers that are too old; call now and then."""
        self._repeats.sweep(time.monotonic())


def _envelope(arguments: tuple[Any, ...]) -> Envelope:
    if len(arguments) != 1:
        raise Refused("malformed")
    if _size(arguments[0]) > COMMAND_BYTES:
        raise Refused("too_large")
    fault = fault_in(arguments[0])
    if fault is not None:
        raise Refused("malformed", field=fault)
    try:
        return Envelope.model_validate(arguments[0])
    except ValidationError as error:
        raise Refused("malformed", field=first_fault(error)) from None


def _body(command: Command, envelope: Envelope) -> Any:
    for name in command.opaque_fields:
        if _size(envelope.body.get(name)) > OPAQUE_BYTES:
            raise Refused("too_large", field=name)
    try:
        return command.body.model_validate(envelope.body)
    except ValidationError as error:
        raise Refused("malformed", field=first_fault(error)) from None


def _size(value: object) -> int:
    """Return the bytes of `value` as JSON."""
    try:
        return len(
            json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")
        )
    except (TypeError, ValueError, RecursionError):
        raise Refused("malformed") from None
