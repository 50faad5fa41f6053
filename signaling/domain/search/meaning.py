"""What similarities of meaning say about items.

They come from a sentence model (E5, arXiv:2402.05672): cosines between a query and every passage of the
catalogue. The model's cosines lie in a narrow band that shifts from line to line, so they are compared with
the other items' and not with a fixed bound.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from signaling.domain.items import Item
from signaling.domain.search.passages import answers, passages

Similar: TypeAlias = Mapping[str, float]
"""Passage, or learned line → cosine of its meaning with the query's."""


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at an item: which of its texts, how many of the nearest are averaged, what it weighs.

    One text alone that is near is chance, so several make the similarity.
    """

    texts: Callable[[Item], tuple[str, ...]]
    nearest: int
    weight: float


VIEWS: Final = (
    View(passages, nearest=3, weight=0.82),
    View(lambda item: item.keywords, nearest=3, weight=0.38),
    View(answers, nearest=2, weight=0.31),
    View(lambda item: item.materials, nearest=2, weight=0.21),
)
"""Weights are those of a conditional logit over the items, with an L2 prior, of lines chosen on."""


class Meanings:
    """The views of one version of the catalogue."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._views = [(view, [view.texts(item) for item in items]) for view in VIEWS]

    def of_items(self, similar: Similar) -> dict[int, float]:
        """Return item (number) → weighted standard deviations of its similarities above all items' mean.

        Items of whose passages none was compared yet (just made) are left out; a view in which an item has
        nothing says nothing for or against it.
        """
        of_views = [
            (view.weight, deviations(texts_of, view.nearest, similar)) for view, texts_of in self._views
        ]
        _, of_passages = of_views[0]
        return {
            number: sum(weight * of_view.get(number, 0.0) for weight, of_view in of_views)
            for number in of_passages
        }


def deviations(texts_of: Sequence[Sequence[str]], most: int, similar: Similar) -> dict[int, float]:
    """Return item (number) → standard deviations of its `most` nearest texts' mean above all items' mean."""
    nearest: dict[int, float] = {}
    for number, texts in enumerate(texts_of):
        best = sorted((similar[text] for text in texts if text in similar), reverse=True)[:most]
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
