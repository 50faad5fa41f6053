"""Text as the index sees it: normalised runs and their n-grams of characters."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

MAX_QUERY: Final = 200
"""Characters of a query that count."""
_HAN: Final = r"一-鿿㐀-䶿"
_RUN: Final = re.compile(rf"[{_HAN}]+|[a-z0-9]+")
_ANY_HAN: Final = re.compile(rf"[{_HAN}]")


def normalise(text: str) -> str:
    """Fold width and case (NFKC): full-width digits and Latin letters become plain ones."""
    return unicodedata.normalize("NFKC", text).lower()


def runs(text: str) -> Iterator[str]:
    """Yield the runs of Han characters and the Latin or digit words of a text."""
    yield from _RUN.findall(normalise(text))


def has_han(text: str) -> bool:
    """True when a text holds a Han character: sentence similarities say nothing about lines without."""
    return _ANY_HAN.search(text) is not None


def grams(text: str) -> Iterator[str]:
    """Yield the single characters and pairs of a text's runs, and its Latin or digit words whole.

    Longer grams were tried: 1 + 2 found most on the lines that choices were made on.
    """
    for run in runs(text):
        if has_han(run):
            yield from run
            yield from (run[at : at + 2] for at in range(len(run) - 1))
        else:
            yield run
