"""TF-IDF cosines between a line and documents of weighted terms.

Sublinear term frequency, smoothed inverse document frequency, cosine normalisation (Manning, Raghavan and
Schütze, Introduction to Information Retrieval, §6.4, "ltc.ltc").
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence


class TermIndex:
    """An inverted index over documents, counted from 0; immutable.

    Args:
        documents: each term → weighted frequency.
    """

    def __init__(self, documents: Sequence[Mapping[str, float]]) -> None:
        counts = Counter(term for document in documents for term in document)
        self._rarity = {term: math.log((1 + len(documents)) / (1 + n)) + 1 for term, n in counts.items()}
        self._rarest = math.log(1 + len(documents)) + 1
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, document in enumerate(documents):
            weights = {term: _damped(count) * self._rarity[term] for term, count in document.items()}
            length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
            for term, weight in weights.items():
                self._postings[term].append((number, weight / length))

    def knows(self, term: str) -> bool:
        """True when a document has the term."""
        return term in self._rarity

    def gains(self, terms: Iterable[str], *, unknown_count: bool = False) -> dict[int, dict[str, float]]:
        """Return document → term → its part of the cosine; the parts of a document add up to it.

        Args:
            unknown_count: terms that no document has belong to a line's length, as rare as the rarest:
                one chance hit in a long line then says little.
        """
        counts = Counter(term for term in terms if unknown_count or term in self._rarity)
        weights = {
            term: _damped(count) * self._rarity.get(term, self._rarest) for term, count in counts.items()
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        found: dict[int, dict[str, float]] = defaultdict(dict)
        for term, weight in weights.items():
            for number, impact in self._postings.get(term, ()):
                found[number][term] = weight / length * impact
        return found


def _damped(count: float) -> float:
    return 1 + math.log(count) if count >= 1 else count
