"""How text sounds: toneless syllables of Han and of pinyin, and initials (sfz for 身份证).

Homophones (地保 for 低保), pinyin (yibao) and mixtures (户口本diu了) become the same syllables. Those that
the region's Mandarin does not tell apart are one: zh/z, ch/c, sh/s, n-/l-, -ing/-in, -eng/-en.

`readings.json` holds the first reading of GB 2312's 6,763 characters
as syllable → characters; it was made from pypinyin (MIT), which a test compares it with. The library itself
would cost each signalling process 57 MB for its phrases, the table costs less than 1.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Final, NamedTuple

from signaling.domain.search.text import normalise

_TOKEN: Final = re.compile(r"[一-鿿]|[a-z]+|[0-9]+")
_LONGEST_SYLLABLE: Final = 6
_LONGEST_WORD: Final = 60
_GRAMS: Final = (2, 3)
_MERGED: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"))


class Syllable(NamedTuple):
    """One syllable, and the Han character it was written with; empty for pinyin."""

    sound: str
    written: str = ""


@dataclass(frozen=True, slots=True)
class Sounds:
    """A text by its sound: stretches of syllables, and Latin words that are none, taken for initials."""

    stretches: tuple[tuple[Syllable, ...], ...]
    initials: tuple[str, ...]

    def grams(self) -> Iterator[str]:
        """Yield the pairs and triples of following syllables; one alone is too common to say anything."""
        yield from (" ".join(one.sound for one in part) for part in self._parts())

    def strange_grams(self, is_known: Callable[[str], bool]) -> Iterator[str]:
        """Yield those that are pinyin, or whose pairs of characters are all unknown as they are written.

        What is written as the catalogue writes it is found by its characters; its sound would only add
        the items that have a homophone of it.
        """
        for part in self._parts():
            written = "".join(one.written for one in part)
            if len(written) < len(part) or not any(is_known(a + b) for a, b in pairwise(written)):
                yield " ".join(one.sound for one in part)

    def _parts(self) -> Iterator[tuple[Syllable, ...]]:
        for stretch in self.stretches:
            for length in _GRAMS:
                yield from (stretch[at : at + length] for at in range(len(stretch) - length + 1))


def sounds_of(text: str) -> Sounds:
    """Return how a text sounds; Latin words that are pinyin join the Han around them."""
    stretches: list[tuple[Syllable, ...]] = []
    now: list[Syllable] = []
    initials: list[str] = []
    for token in _TOKEN.findall(normalise(text)):
        heard = _heard(token)
        if heard is not None:
            now += heard
            continue
        stretches.append(tuple(now))
        now = []
        if token.isalpha() and token.isascii():
            initials.append(token)
    return Sounds(tuple(stretch for stretch in (*stretches, tuple(now)) if stretch), tuple(initials))


def initials_of(text: str) -> str:
    """Return the first letters of a text's characters (身份证 → sfz); others than Han are left out."""
    readings = _readings()
    return "".join(readings[one][0] for one in text if one in readings)


def _heard(token: str) -> list[Syllable] | None:
    readings = _readings()
    if token in readings:
        return [Syllable(_merged(readings[token]), token)]
    syllables = _syllables(token) if token.isascii() and token.isalpha() else None
    if syllables is None or len(syllables) == len(token):  # "aa" is no pinyin but somebody's initials
        return None
    return [Syllable(_merged(one)) for one in syllables]


def _syllables(word: str) -> Sequence[str] | None:
    """Return a word of pinyin as the fewest syllables it can be cut into; None when it is none."""
    if len(word) > _LONGEST_WORD:
        return None
    known = _known()
    best: dict[int, tuple[str, ...]] = {0: ()}
    for start in range(len(word)):
        if start not in best:
            continue
        for end in range(start + 1, min(start + _LONGEST_SYLLABLE, len(word)) + 1):
            cut = (*best[start], word[start:end])
            if cut[-1] in known and (end not in best or len(cut) < len(best[end])):
                best[end] = cut
    return best.get(len(word))


def _merged(syllable: str) -> str:
    for written, said in _MERGED:
        if syllable.startswith(written):
            syllable = said + syllable[len(written) :]
    if syllable.startswith("n") and len(syllable) > 1:
        syllable = "l" + syllable[1:]
    return syllable[:-1] if syllable.endswith(("ing", "eng")) else syllable


@cache
def _readings() -> Mapping[str, str]:
    table = json.loads(files(__package__).joinpath("readings.json").read_text("utf-8"))
    return {character: syllable for syllable, characters in table.items() for character in characters}


@cache
def _known() -> frozenset[str]:
    return frozenset(_readings().values())
