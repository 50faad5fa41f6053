"""A ranked index over items: BM25 over weighted fields, with words, bigrams and synonyms as terms."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from signaling.domain.ids import ItemCode
from signaling.domain.items import Item
from signaling.domain.search.text import Lexicon, bigrams, normalise, runs

_SATURATION: Final = 1.2
"""BM25's k1: how soon repeating a term stops to help."""
_LENGTH: Final = 0.35
"""BM25's b: item texts are all of a kind, so length says little."""
_NAME, _KEYWORD, _QUESTION, _ANSWER, _REST = 3.0, 4.0, 1.6, 0.7, 0.4
_WORD, _BIGRAM, _MEANT = 1.0, 0.45, 0.9
"""Weight of a query term that is a word as spoken, a pair of characters, or what the synonyms say is
meant.
"""


_Add: TypeAlias = Callable[[str, float, str], None]


@dataclass(frozen=True, slots=True)
class Synonyms:
    """What people say → what the catalogue says.

    `same` are groups of words for one thing (爹, 爸, 父亲); `means` maps words to catalogue words they
    point at (垫 → 自费, 报销).
    """

    same: tuple[tuple[str, ...], ...]
    means: Mapping[str, tuple[str, ...]]

    def concepts(self) -> dict[str, str]:
        """Return for each word of a group the group's own term: however it is said, it counts once."""
        return {normalise(word): f"≡{number}" for number, group in enumerate(self.same) for word in group}

    def meanings(self) -> dict[str, tuple[str, ...]]:
        """Return for each word the catalogue words it points at; a group shares what any of its words
        means.
        """
        found = {normalise(word): list(meant) for word, meant in self.means.items()}
        for group in self.same:
            names = [normalise(word) for word in group]
            shared = list(dict.fromkeys(target for name in names for target in found.get(name, ())))
            found.update((name, shared) for name in names if shared)
        return {
            word: tuple(normalise(other) for other in meant if other != word) for word, meant in found.items()
        }

    def words(self) -> Iterator[str]:
        """Yield every word of the table."""
        for group in self.same:
            yield from group
        for word, meant in self.means.items():
            yield word
            yield from meant


@dataclass(frozen=True, slots=True)
class Found:
    """One result: the item's code, its score and the words of the query that matched it, best first."""

    code: ItemCode
    score: float
    matched: tuple[str, ...]


def _fields(item: Item) -> Iterator[tuple[float, str]]:
    yield _NAME, item.name
    for keyword in item.keywords:
        yield _KEYWORD, keyword
    for entry in item.questions:
        yield _QUESTION, entry.question
        yield _ANSWER, entry.answer
    for text in (*item.materials, *item.steps, item.department):
        yield _REST, text


class ItemIndex:
    """Search over one version of the catalogue; immutable, rebuilt when items change."""

    def __init__(self, items: Iterable[Item], synonyms: Synonyms) -> None:
        kept = list(items)
        self._codes = [item.code for item in kept]
        keywords = [word for item in kept for word in (*item.keywords, item.name)]
        self._lexicon = Lexicon([*keywords, *synonyms.words()])
        self._concepts = synonyms.concepts()
        self._meanings = synonyms.meanings()
        self._postings = self._build(kept)

    def _terms(self, text: str) -> Iterator[str]:
        for run in runs(text):
            for word in self._lexicon.find(run):
                yield word
                if word in self._concepts:
                    yield self._concepts[word]
            yield from bigrams(run)

    def _build(self, items: Sequence[Item]) -> dict[str, list[tuple[int, float]]]:
        """Return term → (item, impact): BM25 with everything but the query's weight folded in."""
        frequencies: list[dict[str, float]] = []
        for item in items:
            weights: dict[str, float] = defaultdict(float)
            for weight, text in _fields(item):
                for term in set(self._terms(text)):
                    weights[term] += weight
            frequencies.append(weights)
        lengths = [sum(weights.values()) for weights in frequencies]
        mean = sum(lengths) / len(lengths) if lengths else 1.0
        document_counts: dict[str, float] = defaultdict(float)
        for weights in frequencies:
            for term, weight in weights.items():
                # A term in passing (every matter asks for the 身份证) makes it no less telling in a name.
                document_counts[term] += min(1.0, weight / _QUESTION)
        postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for index, weights in enumerate(frequencies):
            shape = _SATURATION * (1 - _LENGTH + _LENGTH * lengths[index] / mean)
            for term, weight in weights.items():
                rarity = math.log(
                    1 + (len(items) - document_counts[term] + 0.5) / (document_counts[term] + 0.5)
                )
                postings[term].append((index, rarity * weight * (_SATURATION + 1) / (weight + shape)))
        return dict(postings)

    def _query_terms(self, query: str) -> dict[str, tuple[float, str]]:
        """Return term → (weight, the spoken word it comes from)."""
        terms: dict[str, tuple[float, str]] = {}

        def add(term: str, weight: float, spoken: str) -> None:
            if term not in terms or terms[term][0] < weight:
                terms[term] = (weight, spoken)

        for run in runs(query):
            words = list(self._lexicon.find(run))
            for word in words:
                if len(word) > 1:
                    add(word, _WORD, word)
                if self._is_part(word, words):
                    continue
                if word in self._concepts:
                    add(self._concepts[word], _MEANT, word)
                for meant in self._meanings.get(word, ()):
                    self._add_meant(add, meant, word)
            for pair in bigrams(run):
                add(pair, _BIGRAM, pair)
        return terms

    def _is_part(self, word: str, words: Sequence[str]) -> bool:
        """True when a longer spoken word with a meaning of its own contains this one (老掉了 is not 掉了)."""
        return any(
            word != other and word in other and (other in self._meanings or other in self._concepts)
            for other in words
        )

    def _add_meant(self, add: _Add, meant: str, spoken: str) -> None:
        add(meant, _MEANT, spoken)
        if meant not in self._postings:
            for pair in bigrams(meant):
                add(pair, _BIGRAM * _MEANT, spoken)

    def search(self, query: str, *, limit: int, within: frozenset[ItemCode] | None = None) -> list[Found]:
        """Return the best items for a line of plain speech; codes are found too.

        Args:
            query: what was typed, any length; only the first 200 characters count.
            limit: at most so many results.
            within: codes that may be found (offered here), or None for all.
        """
        scores: dict[int, float] = defaultdict(float)
        matched: dict[int, dict[str, float]] = defaultdict(dict)
        for term, (weight, spoken) in self._query_terms(query[:200]).items():
            for index, impact in self._postings.get(term, ()):
                gain = weight * impact
                scores[index] += gain
                matched[index][spoken] = matched[index].get(spoken, 0.0) + gain
        asked = normalise(query).strip()
        for index, code in enumerate(self._codes):
            if asked and asked == code.lower():
                scores[index] += 1000.0
        ranked = sorted(
            (index for index in scores if within is None or self._codes[index] in within),
            key=lambda index: (-scores[index], self._codes[index]),
        )
        return [
            Found(self._codes[index], scores[index], _best_words(matched[index])) for index in ranked[:limit]
        ]


def _best_words(gains: Mapping[str, float]) -> tuple[str, ...]:
    """Return up to four matched words, best first, without those inside a better one."""
    best: list[str] = []
    for word in sorted(gains, key=lambda word: (-gains[word], word)):
        if not any(word in other or other in word for other in best):
            best.append(word)
    return tuple(best[:4])
