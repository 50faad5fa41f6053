"""Files between counter and specialist: each answers one question the clerk said yes to, and is of record."""

import asyncio
from typing import Final

from recording.errors import MissingError
from signaling.domain.actor import Actor
from signaling.domain.call_model import RecordingState
from signaling.domain.errors import LimitError, NotFoundError
from signaling.domain.events import FileAdded
from signaling.domain.files import FILE_BYTES, SentFile, checked_name, require_type
from signaling.domain.log_kinds import LogKind
from signaling.domain.steps.step import Logged
from signaling.services.call_desk import CallDesk
from signaling.services.control import ControlService
from signaling.services.ports import Ports
from signaling.services.unfinished import Unfinished

FILES_PER_CALL: Final = 50


class FileService:
    """Takes files in and gives them out; whether one may be sent is the table of control's to say."""

    def __init__(self, ports: Ports, desk: CallDesk, control: ControlService, unfinished: Unfinished) -> None:
        self._ports = ports
        self._desk = desk
        self._control = control
        self._unfinished = unfinished

    async def may_send(self, actor: Actor, call_id: str, once_id: str, name: str) -> None:
        """Refuse what may not be sent before anything of it is received; raises as `send` does."""
        checked_name(name)
        await self._control.file_way(actor, call_id, once_id)
        await self._require_room(call_id)

    async def send(
        self,
        actor: Actor,
        call_id: str,
        once_id: str,
        *,
        name: str,
        sha256: str,
        data: bytes,
        off_record: bool = False,
    ) -> SentFile:
        """Keep a file and tell the people of the call; its yes is spent by it.

        Args:
            sha256: of the data, found by whoever received it.
            off_record: recording was paused when it began to arrive.

        Raises:
            InvalidError: `file_name`, `file_type`. LimitError: `file_too_large`, `too_many_files`.
            StateError: `once_gone`, nobody said yes to it, or the control it belongs to is over.
            ForbiddenError: `not_yours`, the other side is to send it.
        """
        name, kind = checked_name(name)
        if len(data) > FILE_BYTES:
            raise LimitError("file_too_large")
        await asyncio.to_thread(require_type, kind, data)
        await self._require_room(call_id)
        way = await self._control.spend_file(actor, call_id, once_id)
        file_id = self._ports.secrets.new_id()
        suffix = name.rpartition(".")[2].casefold()
        file = SentFile(
            file_id,
            call_id,
            way,
            once_id,
            name,
            kind.media_type,
            len(data),
            sha256,
            actor.name,
            self._ports.clock.now(),
            f"{call_id}/{file_id}.{suffix}",
            off_record or await self.is_off_record(call_id),
        )
        await self._keep(file, data, actor)
        await self._ports.bus.publish(FileAdded(file))
        return file

    async def is_off_record(self, call_id: str) -> bool:
        """True while what people make in a call is not kept: its recording is paused."""
        return (await self._desk.load(call_id)).recording is RecordingState.PAUSED

    async def files(self, call_id: str) -> list[SentFile]:
        """Return a call's files; the caller has checked who asks."""
        return await self._ports.sessions.files(call_id)

    async def file_bytes(self, file_id: str) -> tuple[SentFile, bytes]:
        """Return a file with its bytes; the caller has checked the signed address."""
        file = await self._ports.sessions.file(file_id)
        if file is None:
            raise NotFoundError("file_not_found")
        try:
            chunks = [chunk async for chunk in self._ports.pictures.read(file.key, 0, file.size_bytes)]
        except MissingError:
            raise NotFoundError("file_not_found") from None
        return file, b"".join(chunks)

    async def _require_room(self, call_id: str) -> None:
        if len(await self._ports.sessions.files(call_id)) >= FILES_PER_CALL:
            raise LimitError("too_many_files")

    async def _keep(self, file: SentFile, data: bytes, actor: Actor) -> None:
        """Store bytes, row and log entry, or nothing of them."""
        said = {"off_record": True} if file.off_record else _said(file)
        try:
            await self._ports.pictures.put(file.key, data)
            await self._ports.sessions.add_file(file, Logged(LogKind.FILE_SENT, actor.who.log_name, said))
        except BaseException:
            await self._unfinished.attempt(
                f"the end of file {file.file_id}", lambda: self._ports.pictures.delete(file.key)
            )
            raise


def _said(file: SentFile) -> dict[str, object]:
    return {
        "file_id": file.file_id,
        "way": file.way.value,
        "size_bytes": file.size_bytes,
        "sha256": file.sha256,
    }
