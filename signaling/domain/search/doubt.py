"""How sure an answer is, and the one question that would tell its candidates apart.

The scores of a query become probabilities by a softmax whose temperature, and the score of "none of them",
were fitted (least log loss) on lines that the benchmark's figures are not taken from: `./dev bench search`
prints how often an answer called sure is right.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from signaling.domain.ids import ItemCode
from signaling.domain.items import Item

_SURE: Final = 0.6
"""Probability of the first from which nothing is asked."""
_CANDIDATE: Final = 0.05
"""Least probability of an item that a question tells from the others."""
_MOST_OPTIONS: Final = 4


@dataclass(frozen=True, slots=True)
class Scale:
    """How scores become probabilities: they are divided by `temperature`; `nothing` is none of the items'."""

    temperature: float
    nothing: float


WITH_MEANING: Final = Scale(temperature=0.8, nothing=2.0)
BY_TERMS: Final = Scale(temperature=0.35, nothing=1.0)


class Aspect(StrEnum):
    """What a question asks for."""

    DEPARTMENT = "department"
    MATTER = "matter"


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to a question, and the items that remain with it."""

    label: str
    codes: tuple[ItemCode, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask the citizen."""

    aspect: Aspect
    options: tuple[Option, ...]

    def labelled(self, name: Callable[[str], str]) -> "Question":
        """Return the question with its options under other names."""
        return replace(self, options=tuple(replace(one, label=name(one.label)) for one in self.options))


def chances(scores: Sequence[float], scale: Scale) -> list[float]:
    """Return the probability of each score's item; what is missing to 1 is that of none of them."""
    highest = max((*scores, scale.nothing))
    weights = [math.exp((score - highest) / scale.temperature) for score in scores]
    total = sum(weights) + math.exp((scale.nothing - highest) / scale.temperature)
    return [weight / total for weight in weights]


def is_sure(best: float) -> bool:
    """True when the first item's probability is high enough to ask nothing."""
    return best >= _SURE


def question(candidates: Sequence[tuple[Item, float]]) -> Question | None:
    """Return what tells candidates apart; None when there is nothing to tell apart.

    Args:
        candidates: items with their probabilities, likeliest first.
    """
    likely = [item for item, chance in candidates if chance >= _CANDIDATE] or [one for one, _ in candidates]
    likely = likely[:_MOST_OPTIONS]
    if len(likely) < 2:
        return None
    bureaus = list(dict.fromkeys(item.department for item in likely))
    if len(bureaus) > 1:
        return Question(
            Aspect.DEPARTMENT,
            tuple(
                Option(bureau, tuple(item.code for item in likely if item.department == bureau))
                for bureau in bureaus
            ),
        )
    return Question(Aspect.MATTER, tuple(Option(_telling(item, likely), (item.code,)) for item in likely))


def _telling(item: Item, others: Sequence[Item]) -> str:
    """Return the item's first keyword that is no other's; its name when there is none."""
    taken = {word for other in others if other is not item for word in (*other.keywords, other.name)}
    return next((word for word in item.keywords if word not in taken), item.name)
