"""A ranked index over items: what matches, what is meant and what sessions taught, blended.

The weights were chosen on one half of the benchmark's lines (`./dev bench search`); its figures are the other
half's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from signaling.domain.ids import ItemCode
from signaling.domain.items import Item
from signaling.domain.search import doubt
from signaling.domain.search.learned import LearnedLine, LineBook
from signaling.domain.search.matching import Match, Matching
from signaling.domain.search.meaning import Meanings, Similar, nearest_passage, usual
from signaling.domain.search.passages import passages, texts_compared
from signaling.domain.search.text import MAX_QUERY, has_han, normalise

_TAUGHT: Final = 8.0
"""Weight of learned lines (0…1) beside weighted standard deviations of meaning."""
_EXACTLY: Final = 1000.0
_TELLING: Final = 0.2
"""Least vote of learned lines that is named as a reason."""
_NONE: Final = Match(0.0, ())


@dataclass(frozen=True, slots=True)
class Found:
    """One result and why.

    Attributes:
        chance: 0…1, that it is what is meant.
        matched: words of the query, or of the item for what was typed by its sound, best first.
        near: the item's passage nearest in meaning; empty when meanings were not compared.
        taught: sessions in which nearly this was said led to it.
    """

    code: ItemCode
    score: float
    chance: float
    matched: tuple[str, ...]
    near: str = ""
    taught: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query found; when not `sure`, `question` may tell the candidates apart."""

    found: tuple[Found, ...]
    sure: bool
    question: doubt.Question | None = None


class ItemIndex:
    """Search over one version of the catalogue and of what was learned; immutable."""

    def __init__(self, items: Iterable[Item], lines: Iterable[LearnedLine] = ()) -> None:
        self._items = list(items)
        self._passages = [passages(item) for item in self._items]
        self._texts = [text for item in self._items for text in texts_compared(item)]
        self._meanings = Meanings(self._items)
        self._matching = Matching(self._items)
        self._book = LineBook(lines)

    def taught(self, lines: Iterable[LearnedLine]) -> "ItemIndex":
        """Return the index of the same catalogue with other learned lines."""
        other = ItemIndex.__new__(ItemIndex)
        other._items, other._passages, other._texts = self._items, self._passages, self._texts
        other._meanings, other._matching = self._meanings, self._matching
        other._book = LineBook(lines)
        return other

    @property
    def texts(self) -> tuple[str, ...]:
        """What similarities of meaning are wanted for."""
        return tuple(dict.fromkeys([*self._texts, *self._book.texts]))

    def search(
        self,
        query: str,
        *,
        limit: int,
        now: float = 0.0,
        similar: Similar | None = None,
        within: frozenset[ItemCode] | None = None,
    ) -> Answer:
        """Return the best items for a line of plain speech; codes are found too.

        Args:
            query: what was typed, any length; only the first `MAX_QUERY` characters count.
            limit: at most so many results.
            now: wall clock in seconds, by which learned lines fade.
            similar: meanings compared; None when nothing compares them, or not in time.
            within: codes that may be found (offered here), or None for all.
        """
        query = normalise(query)[:MAX_QUERY].strip()
        compared = similar if similar and has_han(query) else {}
        matches, meant = self._matching.matches(query), self._meanings.of_items(compared)
        taught = self._book.votes(query, compared, usual(self._passages, compared), now)
        scores = {
            number: score
            for number, item in enumerate(self._items)
            if within is None or item.code in within
            for score in [_score(item, query, matches.get(number), meant.get(number), taught.get(item.code))]
            if score is not None
        }
        ranked = sorted(scores, key=lambda number: (-scores[number], self._items[number].code))
        scale = doubt.WITH_MEANING if meant else doubt.BY_TERMS
        chances = doubt.chances([scores[number] for number in ranked], scale)
        found = tuple(
            Found(
                self._items[number].code,
                scores[number],
                chance,
                matches.get(number, _NONE).words,
                nearest_passage(self._passages[number], compared),
                taught.get(self._items[number].code, 0.0) >= _TELLING,
            )
            for number, chance in zip(ranked[:limit], chances, strict=False)
        )
        sure = bool(found) and doubt.is_sure(found[0].chance)
        candidates = [
            (self._items[number], chance) for number, chance in zip(ranked[:limit], chances, strict=False)
        ]
        return Answer(found, sure, None if sure else doubt.question(candidates))


def _score(
    item: Item, query: str, match: Match | None, meant: float | None, taught: float | None
) -> float | None:
    """Return the blend; None for an item that nothing speaks for."""
    exactly = bool(query) and query == item.code.lower()
    if match is None and meant is None and taught is None and not exactly:
        return None
    score = (match or _NONE).score + (meant or 0.0) + _TAUGHT * (taught or 0.0)
    return score + _EXACTLY if exactly else score
