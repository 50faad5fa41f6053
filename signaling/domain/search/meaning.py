"""What similarities of meaning say about items.

They come from a sentence model (E5, arXiv:2402.05672): cosines between a query and every passage of the
catalogue. The model's cosines lie in a narrow band that shifts from line to line, so they are compared with
the other items' and not with a fixed bound.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

_NEAREST: Final = 3
"""Passages of an item that are nearest to a line and make its similarity: one alone is chance."""

Similar: TypeAlias = Mapping[str, float]
"""Passage, or learned line → cosine of its meaning with the query's."""


def item_meanings(passages: Sequence[Sequence[str]], similar: Similar) -> dict[int, float]:
    """Return item (number) → standard deviations of its similarity above the mean of all items.

    Items of whose passages none was compared yet (just made) are left out.
    """
    nearest: dict[int, float] = {}
    for number, texts in enumerate(passages):
        best = sorted((similar[text] for text in texts if text in similar), reverse=True)[:_NEAREST]
        if best:
            nearest[number] = sum(best) / len(best)
    if not nearest:
        return {}
    mean = sum(nearest.values()) / len(nearest)
    spread = math.sqrt(sum((value - mean) ** 2 for value in nearest.values()) / len(nearest)) or 1.0
    return {number: (value - mean) / spread for number, value in nearest.items()}


def nearest_passage(texts: Sequence[str], similar: Similar) -> str:
    """Return the passage nearest in meaning; empty when none was compared."""
    return max((text for text in texts if text in similar), key=lambda text: similar[text], default="")


def usual(passages: Sequence[Sequence[str]], similar: Similar) -> float:
    """Return the mean cosine of all passages: what has nothing to do with the query lies there."""
    values = [similar[text] for texts in passages for text in texts if text in similar]
    return sum(values) / len(values) if values else 1.0
