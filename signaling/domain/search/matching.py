"""What a line's characters, sounds and initials say about items, and the words that say it."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from signaling.domain.items import Item
from signaling.domain.search.passages import initial_words, sound_terms, step_terms, terms
from signaling.domain.search.sounds import sounds_of
from signaling.domain.search.terms import TermIndex
from signaling.domain.search.text import grams

_TERMS, _STEPS, _SOUNDS, _INITIALS = 12.0, 2.0, 6.0, 6.0
"""Weights of the cosines of characters, of steps' characters and of sounds, and of initials (0…1)."""
_MOST_WORDS: Final = 4


@dataclass(frozen=True, slots=True)
class Match:
    """How strongly an item matches, and why: words of the query; the item's own for what only sounds so."""

    score: float
    words: tuple[str, ...]


class Matching:
    """The channels over one version of the catalogue that need no model."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = items
        self._terms = TermIndex([terms(item) for item in items])
        self._steps = TermIndex([step_terms(item) for item in items])
        self._sounds = TermIndex([sound_terms(item) for item in items])
        self._initials: dict[str, dict[int, tuple[float, str]]] = defaultdict(dict)
        for number, item in enumerate(items):
            for letters, of_word in initial_words(item).items():
                self._initials[letters][number] = of_word

    def matches(self, query: str) -> dict[int, Match]:
        """Return for each item (its number) that anything of the query points at how it matches."""
        sounds = sounds_of(query)
        said, done = self._terms.gains(grams(query)), self._steps.gains(grams(query))
        strange = sounds.strange_grams(self._terms.knows)
        heard = self._sounds.gains(strange, unknown_count=True)
        lettered = self._lettered(sounds.initials)
        return {
            number: Match(
                _TERMS * sum(said.get(number, {}).values())
                + _STEPS * sum(done.get(number, {}).values())
                + _SOUNDS * sum(heard.get(number, {}).values())
                + _INITIALS * lettered.get(number, (0.0, ""))[0],
                self._words(number, query, said.get(number, {}), heard.get(number, {}), lettered),
            )
            for number in said.keys() | done.keys() | heard.keys() | lettered.keys()
        }

    def _lettered(self, initials: Sequence[str]) -> dict[int, tuple[float, str]]:
        """Return item → (0…1, word) for initials: how much of a word they are, and how few items have it."""
        found: dict[int, tuple[float, str]] = {}
        for letters in initials:
            of_items = self._initials.get(letters, {})
            rarity = math.log1p(len(self._items) / max(1, len(of_items))) / math.log1p(len(self._items))
            for number, (share, word) in of_items.items():
                found[number] = (found.get(number, (0.0, ""))[0] + share * rarity, word)
        return found

    def _words(
        self,
        number: int,
        query: str,
        said: Mapping[str, float],
        heard: Mapping[str, float],
        lettered: Mapping[int, tuple[float, str]],
    ) -> tuple[str, ...]:
        if number in lettered:
            return (lettered[number][1], *spoken_words(query, said))[:_MOST_WORDS]
        spoken = spoken_words(query, said)
        alike = self._sounding_like(self._items[number], heard) if heard else ""
        if not alike or any(alike[at : at + 2] in query for at in range(len(alike) - 1)):
            return spoken
        return (alike, *spoken)[:_MOST_WORDS]

    def _sounding_like(self, item: Item, heard: Mapping[str, float]) -> str:
        """Return the item's word that sounds most like what was typed."""
        return max(
            (*item.keywords, item.name),
            key=lambda word: sum(heard.get(gram, 0.0) for gram in set(sounds_of(word).grams())),
        )


def spoken_words(query: str, gains: Mapping[str, float]) -> tuple[str, ...]:
    """Return the stretches of a query that matched, of two characters or more, best first."""
    covered = [False] * len(query)
    worth = [0.0] * len(query)
    for term, gain in gains.items():
        start = query.find(term) if len(term) > 1 else -1
        while start >= 0:
            for at in range(start, start + len(term)):
                covered[at] = True
                worth[at] += gain / len(term)
            start = query.find(term, start + 1)
    stretches: list[tuple[float, str]] = []
    at = 0
    while at < len(query):
        end = at
        while end < len(query) and covered[end]:
            end += 1
        if end > at:
            stretches.append((sum(worth[at:end]), query[at:end]))
        at = max(end, at + 1)
    words = [word for _, word in sorted(stretches, key=lambda found: -found[0])]
    return tuple(dict.fromkeys(words))[:_MOST_WORDS]
