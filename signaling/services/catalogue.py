"""Items: listing, search, where they are offered."""

import asyncio
from collections import Counter
from dataclasses import dataclass

from signaling.domain.actor import Actor
from signaling.domain.audit import AuditAct
from signaling.domain.directory_data import DirectoryChange
from signaling.domain.events import CallChanged, DirectoryChanged, DomainEvent, NewsMissed
from signaling.domain.items import GENERAL_DESK, Item
from signaling.domain.log_kinds import LogKind
from signaling.domain.roles import Permission
from signaling.domain.search.doubt import Aspect, Question
from signaling.domain.search.index import Found, ItemIndex
from signaling.domain.search.learned import LearnedLine
from signaling.services.audit import AuditService
from signaling.services.call_desk import CallDesk
from signaling.services.directory import DirectoryService
from signaling.services.meaning import MeaningState
from signaling.services.ports import Ports
from signaling.services.routing import RoutingService
from signaling.services.scope import require_region
from signaling.services.teaching import TeachingService

_ASKED_ABOUT = 8
"""Results an answer is made of; the candidates of its question are among them, however few are shown."""
_LATELY_S = 7 * 86_400.0
_FAMILIAR = 5
_SEES_ALL = frozenset(
    {Permission.ITEM_OFFER, Permission.ITEM_WRITE, Permission.STAFF_READ, Permission.RECORDING_READ}
)


@dataclass(frozen=True, slots=True)
class Hit:
    """One search result; `available` specialists could take it now."""

    item: Item
    found: Found
    available: int
    department_name: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search found, and where to go when it is not what is meant.

    Attributes:
        sure: False: ask `question`, or take the general desk.
        by_meaning: False: words alone were compared.
        general: the general desk, with how many could take it now.
    """

    hits: list[Hit]
    sure: bool
    question: Question | None
    by_meaning: bool
    general: Hit


class CatalogueService:
    """The items as somebody at a place sees them."""

    def __init__(
        self,
        ports: Ports,
        directory: DirectoryService,
        routing: RoutingService,
        desk: CallDesk,
        teaching: TeachingService,
        audit: AuditService,
    ) -> None:
        self._ports = ports
        self._directory = directory
        self._routing = routing
        self._desk = desk
        self._teaching = teaching
        self._audit = audit
        self._indexed: list[Item] = []
        self._lines: dict[str, LearnedLine] = {}
        self._index = ItemIndex(())

    async def start(self) -> None:
        """Index the catalogue and what was learned."""
        await self._reload()

    @property
    def meaning_state(self) -> MeaningState:
        """How comparing meanings stands."""
        return self._ports.meaning.state if self._ports.meaning is not None else MeaningState.ABSENT

    def items(self, actor: Actor) -> list[Item]:
        """Return the items offered at the actor's place; administrators and curators see all."""
        directory = self._directory.current
        if actor.permissions & _SEES_ALL:
            return list(directory.all_items())
        place = directory.place_of(actor)
        return [
            item
            for item in directory.all_items()
            if item.requestable and directory.is_offered(item.code, place)
        ]

    async def search(self, actor: Actor, query: str, limit: int = 3) -> Answer:
        """Return the best offered items for a line of plain speech."""
        similar = await self._ports.meaning.similar(query) if self._ports.meaning is not None else None
        offered = frozenset(item.code for item in self.items(actor))
        directory = self._directory.current
        place = directory.place_of(actor)
        answer = self._index.search(
            query,
            limit=max(limit, _ASKED_ABOUT),
            now=self._ports.clock.now(),
            similar=similar,
            within=offered,
        )
        return Answer(
            hits=[self._hit(directory.item(one.code), one, place) for one in answer.found[:limit]],
            sure=answer.sure,
            question=self._spoken(answer.question, place),
            by_meaning=similar is not None,
            general=self.general(actor),
        )

    async def familiar(self, actor: Actor) -> list[Hit]:
        """Return what the actor's calls of the last days were about: often first, then lately."""
        since = self._ports.clock.now() - _LATELY_S
        calls = await self._ports.calls.of_staff(actor.person, since)
        counts = Counter(call.item_code for call in calls)  # newest first: it keeps that order among equals
        offered = {item.code: item for item in self.items(actor)}
        place = self._directory.current.place_of(actor)
        codes = [code for code, _ in counts.most_common() if code in offered][:_FAMILIAR]
        return [self._hit(offered[code], Found(code, 0.0, 0.0, ()), place) for code in codes]

    def general(self, actor: Actor) -> Hit:
        """Return the general desk of the actor's place."""
        directory = self._directory.current
        desk = directory.item(GENERAL_DESK.code)
        return self._hit(desk, Found(desk.code, 0.0, 0.0, ()), directory.place_of(actor))

    def item(self, actor: Actor, code: str) -> Item:
        """Return an item; raises `item_not_found`."""
        return self._directory.current.item(code)

    async def set_offering(self, actor: Actor, code: str, region_code: str, *, offered: bool) -> Item:
        """Offer an item in a region of the actor's, or stop that; the next search and request follow."""
        directory = self._directory.current
        item = directory.item(code)
        directory.tree.get(region_code)
        require_region(directory, actor, region_code)
        pair = ((code, region_code),)
        await self._directory.change(
            DirectoryChange(offered=pair) if offered else DirectoryChange(withdrawn=pair)
        )
        await self._audit.record(actor, AuditAct.ITEM_OFFERING, code, region=region_code, offered=offered)
        return item

    async def on_event(self, event: DomainEvent) -> None:
        """Index again when the catalogue changed; learn from wrap-ups, whoever's process stored them."""
        if isinstance(event, DirectoryChanged | NewsMissed):
            await self._reload()
        elif isinstance(event, CallChanged) and LogKind.RESULT_STORED in event.kinds:
            await self._learn(event)

    async def _learn(self, event: CallChanged) -> None:
        line = self._teaching.lesson(event.call)
        if line is None:
            return
        if self._desk.made_here(event):
            await self._teaching.keep(line)
        known = self._lines.get(line.call_id)
        if known is None or known.withdrawn_at is None:
            self._lines[line.call_id] = line
            self._index = self._index.taught(self._lines.values())
            self._compare()

    async def _reload(self) -> None:
        """Take over catalogue and lines; words count at once, meanings when they are embedded."""
        items = list(self._directory.current.all_items())
        lines = {line.call_id: line for line in await self._teaching.all()}
        if items != self._indexed:
            # In a thread: a catalogue of thousands takes seconds, and sockets wait for nobody's catalogue.
            self._index = await asyncio.to_thread(ItemIndex, items, lines.values())
        elif lines != self._lines:
            self._index = self._index.taught(lines.values())
        self._indexed, self._lines = items, lines
        self._compare()

    def _compare(self) -> None:
        if self._ports.meaning is not None:
            self._ports.meaning.compare_with(self._index.texts)

    def _spoken(self, question: Question | None, place: str) -> Question | None:
        """Name departments as people here say them."""
        if question is None or question.aspect is not Aspect.DEPARTMENT:
            return question
        return question.labelled(lambda bureau: self._department_name(bureau, place))

    def _department_name(self, bureau: str, place: str) -> str:
        department = self._directory.current.department_for(bureau, place)
        return department.spoken if department else bureau

    def _hit(self, item: Item, found: Found, place: str) -> Hit:
        return Hit(
            item,
            found,
            self._routing.available_for(item.code, place),
            self._department_name(item.department, place),
        )
