"""留言: left by a clerk for the citizen when nobody could answer; the department reads and closes it.

Those of the department read it, those with the skill for its item, and overseers who look after every bureau.
The list shows phones masked; opening a message shows its phone, is audited, and tells the others it is read.
"""

import asyncio
from dataclasses import replace

from signaling.domain.actor import Actor
from signaling.domain.audit import AuditAct
from signaling.domain.call_model import Call, CallEnd
from signaling.domain.errors import LimitError, NotFoundError, StateError
from signaling.domain.events import MessageChanged
from signaling.domain.feedback import LeftMessage
from signaling.domain.roles import Permission
from signaling.domain.seating import Act
from signaling.services.accounts import AccountService
from signaling.services.audit import AuditService
from signaling.services.call_desk import CallDesk
from signaling.services.directory import DirectoryService
from signaling.services.ports import Ports
from signaling.services.scope import covers, in_departments, require_act

_PER_CALL = 3
"""Messages of one call: what was forgotten in the first, and once more."""
_SHOWN = 200
_READ_AT_ONCE = 500
_READ_AT_MOST = 20_000
"""Messages of all departments looked through for one department's; the oldest closed ones are beyond it."""


class MessageService:
    """Leaves, lists and closes messages."""

    def __init__(
        self,
        ports: Ports,
        directory: DirectoryService,
        desk: CallDesk,
        accounts: AccountService,
        audit: AuditService,
    ) -> None:
        self._ports = ports
        self._directory = directory
        self._desk = desk
        self._accounts = accounts
        self._audit = audit
        self._leaving = asyncio.Lock()

    async def leave(self, actor: Actor, call_id: str, name: str, phone: str, question: str) -> LeftMessage:
        """Leave a message after a call of the actor's that nobody answered.

        Raises:
            StateError: `call_was_answered`. LimitError: `too_many_messages`.
        """
        call = await self._desk.load(call_id)
        require_act(call, actor, Act.LEAVE_MESSAGE)
        if call.is_live or call.end is CallEnd.COMPLETED:
            raise StateError("call_was_answered")
        async with self._leaving:
            message = await self._kept(call, actor, name, phone, question)
        await self._ports.bus.publish(MessageChanged(message))
        return message

    async def _kept(self, call: Call, actor: Actor, name: str, phone: str, question: str) -> LeftMessage:
        message = LeftMessage(
            message_id=await self._free_id(call.call_id),
            call_id=call.call_id,
            item_code=call.item_code,
            department=call.department,
            department_id=call.department_id,
            point_id=call.point_id,
            region_code=call.region_code,
            name=name,
            phone=phone,
            question=question,
            left_at=self._ports.clock.now(),
            left_by=actor.person,
        )
        await self._ports.feedback.save_message(message)
        return message

    async def _free_id(self, call_id: str) -> str:
        """Return the id of the next message of a call; raises `too_many_messages`."""
        for number in range(1, _PER_CALL + 1):
            message_id = f"{call_id}.{number}"
            if await self._ports.feedback.message(message_id) is None:
                return message_id
        raise LimitError("too_many_messages")

    async def messages(self, actor: Actor) -> list[LeftMessage]:
        """Return the messages for the actor's department and region: open ones first, newest first."""
        shown: list[LeftMessage] = []
        for offset in range(0, _READ_AT_MOST, _READ_AT_ONCE):
            found = await self._ports.feedback.messages(_READ_AT_ONCE, offset)
            shown += [message for message in found if self.visible_to(message, actor)]
            if len(shown) >= _SHOWN or len(found) < _READ_AT_ONCE:
                break
        return shown[:_SHOWN]

    async def read(self, actor: Actor, message_id: str) -> LeftMessage:
        """Open a message: its phone is shown then, and who was first is kept. Raises `message_not_found`."""
        message = await self._visible(actor, message_id)
        await self._audit.record(actor, AuditAct.MESSAGE_VIEWED, message_id, region=message.region_code)
        if message.read_at is not None:
            return message
        opened = replace(message, read_at=self._ports.clock.now(), read_by=actor.person)
        await self._ports.feedback.save_message(opened)
        await self._ports.bus.publish(MessageChanged(opened))
        return opened

    def readers(self, message: LeftMessage) -> int:
        """Count the people who can read a message, also those who have yet to sign in for the first time."""
        people = (one for one in self._directory.current.all_staff() if one.enabled)
        actors = (self._accounts.actor(replace(one, must_change_password=False), None, "") for one in people)
        return sum(self.visible_to(message, actor) for actor in actors)

    async def close(self, actor: Actor, message_id: str, answer: str) -> LeftMessage:
        """Close a message with what was answered; raises `message_not_found`, `already_closed`."""
        actor.require(Permission.MESSAGE_CLOSE)
        message = await self._visible(actor, message_id)
        if message.closed_at is not None:
            raise StateError("already_closed")
        closed = replace(message, closed_at=self._ports.clock.now(), closed_by=actor.person, answer=answer)
        await self._ports.feedback.save_message(closed)
        await self._ports.bus.publish(MessageChanged(closed))
        return closed

    def visible_to(self, message: LeftMessage, actor: Actor) -> bool:
        """True for those who may read messages and whose region, and departments or skills, cover it."""
        directory = self._directory.current
        return (
            Permission.MESSAGE_READ in actor.permissions
            and covers(directory, actor, message.region_code)
            and (
                in_departments(directory, actor, message.department)
                or directory.roster.takes(actor.person, message.item_code, message.department)
            )
        )

    async def _visible(self, actor: Actor, message_id: str) -> LeftMessage:
        message = await self._ports.feedback.message(message_id)
        if message is None or not self.visible_to(message, actor):
            raise NotFoundError("message_not_found")
        return message
