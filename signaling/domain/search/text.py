"""Text as the index sees it: normalised runs, lexicon words found in them, character bigrams."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

_RUN: Final = re.compile(r"[一-鿿㐀-䶿]+|[a-z0-9]+")
_STOP: Final = frozenset(
    [
        "怎么",
        "么办",
        "什么",
        "哪样",
        "咋个",
        "咋办",
        "可以",
        "不可",
        "能不",
        "不能",
        "要不",
        "不要",
        "多久",
        "多少",
        "少钱",
        "哪里",
        "没有",
        "有没",
        "是不",
        "不是",
        "我家",
        "我们",
        "他们",
        "这个",
        "那个",
        "一个",
        "一下",
        "办理",
        "理吗",
        "想问",
        "请问",
        "需要",
        "要什",
        "么样",
        "怎样",
        "样办",
        "想办",
        "办个",
        "自己",
        "现在",
        "就是",
        "的话",
        "了吗",
        "了怎",
        "有什",
    ]
)
"""Bigrams that say nothing about the matter: every third question contains them."""


def normalise(text: str) -> str:
    """Fold width and case (NFKC): full-width digits and Latin letters become plain ones."""
    return unicodedata.normalize("NFKC", text).lower()


def runs(text: str) -> Iterator[str]:
    """Yield the runs of Han characters and the Latin or digit words of a text."""
    yield from _RUN.findall(normalise(text))


def bigrams(run: str) -> Iterator[str]:
    """Yield a run's pairs of characters, without those that say nothing."""
    for i in range(len(run) - 1):
        pair = run[i : i + 2]
        if pair not in _STOP:
            yield pair


class Lexicon:
    """The words we know, found in a run wherever they occur.

    Args:
        words: words of the catalogue and of the synonyms table; single characters count only if listed here.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(normalise(word) for word in words if word)
        self._longest = max((len(word) for word in self._words), default=0)

    def __contains__(self, word: object) -> bool:
        return word in self._words

    def find(self, run: str) -> Iterator[str]:
        """Yield every known word in `run`; inside a longer known word shorter ones are found too.

        Overlaps are wanted: a line is matched against item texts that cut the same matter differently.
        """
        for start in range(len(run)):
            for length in range(1, min(self._longest, len(run) - start) + 1):
                word = run[start : start + length]
                if word in self._words:
                    yield word
