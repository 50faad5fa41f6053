"""Items: listing, search, where they are offered."""

import json
from dataclasses import dataclass
from importlib.resources import files

from signaling.domain.actor import Actor
from signaling.domain.audit import AuditAct
from signaling.domain.events import DirectoryChanged, DomainEvent
from signaling.domain.items import Item
from signaling.domain.roles import Permission
from signaling.domain.search.index import ItemIndex, Synonyms
from signaling.services.audit import AuditService
from signaling.services.directory import DirectoryService
from signaling.services.ports import Ports
from signaling.services.routing import RoutingService
from signaling.services.scope import require_region


def load_synonyms() -> Synonyms:
    """Read the synonyms table that lies beside the search."""
    text = files("signaling.domain.search").joinpath("synonyms.json").read_text("utf-8")
    table = json.loads(text)
    return Synonyms(
        same=tuple(tuple(group) for group in table["same"]),
        means={word: tuple(meant) for word, meant in table["means"].items()},
    )


@dataclass(frozen=True, slots=True)
class Hit:
    """One search result; `available` specialists could take it now."""

    item: Item
    score: float
    matched: tuple[str, ...]
    available: int
    department_name: str


class CatalogueService:
    """The items as somebody at a place sees them."""

    def __init__(
        self, ports: Ports, directory: DirectoryService, routing: RoutingService, audit: AuditService
    ) -> None:
        self._ports = ports
        self._directory = directory
        self._routing = routing
        self._audit = audit
        self._synonyms = load_synonyms()
        self._indexed: list[Item] = []
        self._index = ItemIndex((), self._synonyms)

    def items(self, actor: Actor) -> list[Item]:
        """Return the items offered at the actor's place; administrators and curators see all."""
        directory = self._directory.current
        if actor.permissions & {Permission.ITEM_OFFER, Permission.STAFF_READ, Permission.RECORDING_READ}:
            return list(directory.all_items())
        place = self._place(actor)
        return [
            item
            for item in directory.all_items()
            if item.requestable and directory.is_offered(item.code, place)
        ]

    def search(self, actor: Actor, query: str, limit: int = 3) -> list[Hit]:
        """Return the best offered items for a line of plain speech."""
        directory = self._directory.current
        self._refresh()
        offered = frozenset(item.code for item in self.items(actor))
        place = self._place(actor)
        return [
            self._hit(directory.item(found.code), found.score, found.matched, place)
            for found in self._index.search(query, limit=limit, within=offered)
        ]

    def item(self, actor: Actor, code: str) -> Item:
        """Return an item; raises `item_not_found`."""
        return self._directory.current.item(code)

    async def set_offering(self, actor: Actor, code: str, region_code: str, *, offered: bool) -> Item:
        """Offer an item in a region of the actor's, or stop that; the next search and request follow."""
        directory = self._directory.current
        item = directory.item(code)
        directory.tree.get(region_code)
        require_region(directory, actor, region_code)
        await self._ports.directory.set_offering(code, region_code, offered=offered)
        await self._audit.record(actor, AuditAct.ITEM_OFFERING, code, region=region_code, offered=offered)
        await self._ports.bus.publish(DirectoryChanged())
        return item

    async def on_event(self, event: DomainEvent) -> None:
        """Index again when the catalogue changed."""
        if isinstance(event, DirectoryChanged):
            self._refresh()

    def _refresh(self) -> None:
        items = list(self._directory.current.all_items())
        if items != self._indexed:
            self._indexed = items
            self._index = ItemIndex(items, self._synonyms)

    def _place(self, actor: Actor) -> str:
        if actor.point_id is None:
            return actor.region_code
        return self._directory.current.point(actor.point_id).region_code

    def _hit(self, item: Item, score: float, matched: tuple[str, ...], place: str) -> Hit:
        department = self._directory.current.department_for(item.department, place)
        return Hit(
            item,
            score,
            matched,
            self._routing.available_for(item.code, place),
            department.spoken if department else item.department,
        )
