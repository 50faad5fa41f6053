"""Items: listing, search, where they are offered."""

import json
from importlib.resources import files
from signaling.domain.search.index import Synonyms
from dataclasses import dataclass

from signaling.domain.actor import Actor
from signaling.domain.items import Item


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
    def items(self, actor: Actor) -> list[Item]:
        raise NotImplementedError

    def search(self, actor: Actor, query: str, limit: int = 3) -> list[Hit]:
        raise NotImplementedError

    def item(self, actor: Actor, code: str) -> Item:
        raise NotImplementedError

    async def set_offering(self, actor: Actor, code: str, region_code: str, *, offered: bool) -> Item:
        raise NotImplementedError
