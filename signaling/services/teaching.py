"""What wrap-ups teach the search: one masked line a session, with the item it turned out to be."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from signaling.domain.actor import Actor
from signaling.domain.audit import AuditAct
from signaling.domain.call_model import Call
from signaling.domain.errors import NotFoundError
from signaling.domain.events import DirectoryChanged
from signaling.domain.items import GENERAL_DESK
from signaling.domain.members import Part
from signaling.domain.search.learned import LearnedLine
from signaling.domain.search.masking import masked
from signaling.services.audit import AuditService
from signaling.services.directory import Directory, DirectoryService
from signaling.services.ports import Ports
from signaling.services.settings import ServiceSettings

READ_AT_MOST: Final = 20_000
"""Newest lines the ranking looks through; each item takes its newest 24 of them."""
_LEAST: Final = 2
"""Characters below which a line says nothing."""


class TeachingService:
    """Keeps the lines the search learns from; curators read them and take them back."""

    def __init__(
        self, ports: Ports, settings: ServiceSettings, directory: DirectoryService, audit: AuditService
    ) -> None:
        self._ports = ports
        self._settings = settings
        self._directory = directory
        self._audit = audit

    def lesson(self, call: Call) -> LearnedLine | None:
        """Return what a wrapped-up call teaches; None for drills, and where nothing was said or decided."""
        if call.result is None or (call.drill and not self._settings.demo):
            return None
        settled = [code for code in call.result.item_codes if code != GENERAL_DESK.code]
        clerk = call.member(Part.CLERK)
        if not settled or clerk is None:
            return None
        code = call.item_code if call.item_code in settled else settled[0]
        text = self._masked(call, self._directory.current)
        if len(text) < _LEAST or text == self._name_of(code):
            return None
        return LearnedLine(
            call_id=call.call_id,
            item_code=code,
            text=text,
            taught_by=clerk.who.id,
            learned_at=call.result.stored_at,
            corrected=code != call.item_code,
            taken_for=None if call.item_code in (code, GENERAL_DESK.code) else call.item_code,
        )

    async def keep(self, line: LearnedLine) -> None:
        """Store a line; an amended wrap-up replaces its call's, one taken back stays so."""
        known = await self._ports.learned.line(line.call_id)
        if known is None or known.withdrawn_at is None:
            await self._ports.learned.save_line(line)

    async def all(self) -> Sequence[LearnedLine]:
        """Return the newest lines, withdrawn ones too."""
        return await self._ports.learned.lines(READ_AT_MOST)

    async def withdraw(self, actor: Actor, call_id: str, *, withdrawn: bool) -> LearnedLine:
        """Take a line back, or have it count again; raises `line_not_found`."""
        line = await self._ports.learned.line(call_id)
        if line is None:
            raise NotFoundError("line_not_found")
        line = replace(line, withdrawn_at=self._ports.clock.now() if withdrawn else None)
        await self._ports.learned.save_line(line)
        await self._audit.record(
            actor, AuditAct.SEARCH_LINE, line.item_code, call=call_id, withdrawn=withdrawn
        )
        await self._ports.bus.publish(DirectoryChanged())
        return line

    def _name_of(self, code: str) -> str:
        """Return an item's name as a masked line would read; choosing it by its name teaches nothing."""
        return masked(self._directory.current.item(code).name)

    def _masked(self, call: Call, directory: Directory) -> str:
        people = [call.applicant.name or "", *(person.name for person in directory.all_staff())]
        places = [region.name for region in directory.tree]
        places += [point.name for point in directory.all_points()]
        return masked(call.free_text, names=people, places=places)
