"""What of an item is compared with a line: weighted terms, sounds, initials, and passages with a meaning."""

from collections import Counter
from collections.abc import Mapping

from signaling.domain.items import Item
from signaling.domain.search.sounds import initials_of, sounds_of
from signaling.domain.search.text import grams, runs

_ANSWER = 0.3
"""Weight of an answer's terms; a name, a keyword and a question count 1 each."""
_INSIDE = 0.5
"""Worth of initials that do not begin a word: yb is rather 医保缴费 than 合并医保 and rarely 一半."""
_FEWEST, _MOST = 2, 6
"""Letters of initials that somebody types for a word."""


def passages(item: Item) -> tuple[str, ...]:
    """Return the short texts that say what an item is about; the same text twice counts once."""
    return tuple(dict.fromkeys((item.name, *item.keywords, *(one.question for one in item.questions))))


def answers(item: Item) -> tuple[str, ...]:
    """Return the answers to an item's questions: they tell conditions, and who is meant."""
    return tuple(dict.fromkeys(one.answer for one in item.questions))


def texts_compared(item: Item) -> tuple[str, ...]:
    """Return every text of an item whose meaning a line is compared with."""
    return tuple(dict.fromkeys((*passages(item), *answers(item), *item.materials)))


def terms(item: Item) -> Mapping[str, float]:
    """Return an item's character terms with their weights."""
    found: Counter[str] = Counter()
    for text in passages(item):
        found.update(grams(text))
    weighted = {term: float(count) for term, count in found.items()}
    for entry in item.questions:
        for term in grams(entry.answer):
            weighted[term] = weighted.get(term, 0.0) + _ANSWER
    return weighted


def step_terms(item: Item) -> Mapping[str, float]:
    """Return the character terms of what is done for an item."""
    return {term: float(count) for term, count in Counter(grams(" ".join(item.steps))).items()}


def sound_terms(item: Item) -> Mapping[str, float]:
    """Return an item's pairs and triples of syllables."""
    found: Counter[str] = Counter()
    for text in passages(item):
        found.update(sounds_of(text).grams())
    return {term: float(count) for term, count in found.items()}


def initial_words(item: Item) -> Mapping[str, tuple[float, str]]:
    """Return initials → (the share of a name or keyword that they stand for, which one); the best of each."""
    best: dict[str, tuple[float, str]] = {}
    for word in (*item.keywords, item.name):
        for run in runs(word):
            letters = initials_of(run)
            for length in range(_FEWEST, min(_MOST, len(letters)) + 1):
                for start in range(len(letters) - length + 1):
                    part = letters[start : start + length]
                    share = length / len(letters) * (1.0 if start == 0 else _INSIDE)
                    if part not in best or best[part][0] < share:
                        best[part] = (share, word)
    return best
