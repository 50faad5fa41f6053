"""What sessions taught: lines that citizens' matters were put in, with the item it turned out to be.

A learner by nearest lines, for three reasons: it can be explained (somebody said nearly this, and it was
that), taken back line by line, and no one person can bend it far: of one person's lines only the nearest
counts for an item, three people's nearest make the whole weight, and lines fade.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from signaling.domain.ids import CallId, ItemCode, StaffId
from signaling.domain.search.meaning import Similar
from signaling.domain.search.text import grams

MOST_OF_ITEM: Final = 24
"""Newest lines of an item that count; a hundred items' are compared with a query in a millisecond."""
MOST_OF_PERSON: Final = 3
"""Newest lines of one person that count for an item."""
_NEAR: Final = 0.4
"""Nearness from which a line counts: with less, lines about anything draw queries to their items, and the
first hundred sessions make the search worse (chosen on the benchmark's lines for choosing).
"""
_MANY: Final = 20
"""Lines whose mean tells how alike lines are that have only their kind of speech in common."""
_VOICES: Final = 3
"""People whose nearest lines make the whole weight."""
_HALF_LIFE: Final = 365 * 86_400.0
"""Seconds after which a line counts half: rules and the words for them change by the year."""


@dataclass(frozen=True, slots=True)
class LearnedLine:
    """One line of a session, masked, with the item its wrap-up confirmed or corrected.

    `taught_by` chose the item at the counter; `corrected`: the wrap-up named another than the clerk had,
    which is `taken_for`: not known of older lines, and never the general desk.
    """

    call_id: CallId
    item_code: ItemCode
    text: str
    taught_by: StaffId
    learned_at: float
    corrected: bool = False
    taken_for: ItemCode | None = None
    withdrawn_at: float | None = None


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often one item was meant and another taken."""

    meant: ItemCode
    taken: ItemCode
    times: int


def confusions(lines: Iterable[LearnedLine]) -> list[Confusion]:
    """Return pairs of items that wrap-ups told apart, the most frequent first, withdrawn lines left out."""
    counts = Counter(
        (line.item_code, line.taken_for)
        for line in lines
        if line.taken_for is not None and line.withdrawn_at is None
    )
    ordered = sorted(counts.items(), key=lambda counted: (-counted[1], counted[0]))
    return [Confusion(meant, taken, times) for (meant, taken), times in ordered]


def counting(lines: Iterable[LearnedLine]) -> list[LearnedLine]:
    """Return the lines that count, newest first: not withdrawn, bounded by item and by person."""
    of_item: dict[ItemCode, int] = defaultdict(int)
    of_person: dict[tuple[ItemCode, StaffId], int] = defaultdict(int)
    kept = []
    for line in sorted(lines, key=lambda line: (-line.learned_at, line.call_id)):
        person = (line.item_code, line.taught_by)
        if (
            line.withdrawn_at is not None
            or of_item[line.item_code] >= MOST_OF_ITEM
            or of_person[person] >= MOST_OF_PERSON
        ):
            continue
        of_item[line.item_code] += 1
        of_person[person] += 1
        kept.append(line)
    return kept


class LineBook:
    """The lines that count, compared with queries; immutable."""

    def __init__(self, lines: Iterable[LearnedLine]) -> None:
        self._lines = counting(lines)
        self._sizes: list[int] = []
        self._with_pair: dict[str, list[int]] = defaultdict(list)
        for number, line in enumerate(self._lines):
            pairs = _pairs(line.text)
            self._sizes.append(len(pairs))
            for pair in pairs:
                self._with_pair[pair].append(number)

    @property
    def texts(self) -> tuple[str, ...]:
        """The lines, as similarities of meaning are wanted for them."""
        return tuple(line.text for line in self._lines)

    def votes(self, query: str, similar: Similar, usual: float, now: float) -> dict[ItemCode, float]:
        """Return item → 0…1, how near people's lines for it are to the query.

        Args:
            query: normalised.
            similar: meanings compared; lines that are not in it are compared by their characters.
            usual: the cosine of what has nothing to do with the query.
            now: wall clock in seconds.
        """
        nearest: dict[ItemCode, dict[StaffId, float]] = defaultdict(dict)
        alike = self._alike(query)
        usual = max(usual, self._usual(similar))
        for number, line in enumerate(self._lines):
            if line.text in similar:
                nearness = (similar[line.text] - usual) / max(1e-6, 1.0 - usual)
            else:
                nearness = alike.get(number, 0.0)
            if nearness > _NEAR:
                worth = (
                    (nearness - _NEAR) / (1.0 - _NEAR) * 0.5 ** (max(0.0, now - line.learned_at) / _HALF_LIFE)
                )
                people = nearest[line.item_code]
                people[line.taught_by] = max(people.get(line.taught_by, 0.0), worth)
        return {
            code: sum(sorted(people.values(), reverse=True)[:_VOICES]) / _VOICES
            for code, people in nearest.items()
        }

    def _usual(self, similar: Similar) -> float:
        """Return how alike the query and any learned line are: both are speech, which passages are not."""
        cosines = [similar[line.text] for line in self._lines if line.text in similar]
        return sum(cosines) / len(cosines) if len(cosines) >= _MANY else 0.0

    def _alike(self, query: str) -> dict[int, float]:
        """Return line (number) → cosine of its pairs of characters with the query's."""
        pairs = _pairs(query)
        shared: dict[int, int] = defaultdict(int)
        for pair in pairs:
            for number in self._with_pair.get(pair, ()):
                shared[number] += 1
        return {
            number: count / math.sqrt(len(pairs) * self._sizes[number]) for number, count in shared.items()
        }


def _pairs(text: str) -> frozenset[str]:
    return frozenset(gram for gram in grams(text) if len(gram) > 1)
