"""Choosing the weights of the ranking's channels: a conditional logit over items, cross-validated.

The product's weights (`signaling.domain.search.meaning.VIEWS`, `matching`) are these, of the lines chosen on,
all scaled alike so that the cosine of characters weighs 12; but steps weigh 2, with which words alone found
most of those lines.
"""

import random
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from signaling.domain.items import Item
from signaling.domain.search.meaning import VIEWS, Similar, deviations
from signaling.domain.search.passages import step_terms, terms
from signaling.domain.search.terms import TermIndex
from signaling.domain.search.text import grams, normalise

FOLDS: Final = 5
_PRIOR: Final = 3.0
_ROUNDS: Final = 40
_CHARACTERS: Final = 12.0
_TENTH: Final = 10.0
"""Cosines of characters times this spread as deviations do, so that one prior suits all channels."""

Floats = NDArray[np.float64]


def folds(count: int) -> list[int]:
    """Return the fold of each line, equally many in each, shuffled."""
    numbers = [number % FOLDS for number in range(count)]
    random.Random(6).shuffle(numbers)
    return numbers


class Channels:
    """What each channel says about each item of each line.

    Args:
        lines: (text, code of the item that is meant).
    """

    def __init__(
        self, items: Sequence[Item], lines: Sequence[tuple[str, str]], similar: Mapping[str, Similar]
    ) -> None:
        codes = [item.code for item in items]
        self._own = np.array([codes.index(code) for _, code in lines])
        indexes = [TermIndex([of(item) for item in items]) for of in (terms, step_terms)]
        texts_of = [(view, [view.texts(item) for item in items]) for view in VIEWS]
        self._values = np.zeros((len(lines), len(items), len(VIEWS) + len(indexes)))
        for row, (text, _) in enumerate(lines):
            said = (
                {number: _TENTH * sum(parts.values()) for number, parts in found.items()}
                for found in (index.gains(grams(normalise(text))) for index in indexes)
            )
            meant = (deviations(texts, view.nearest, similar[text]) for view, texts in texts_of)
            for channel, of_items in enumerate(chain(meant, said)):
                for number, value in of_items.items():
                    self._values[row, number, channel] = value

    def cross_validated(self) -> list[int]:
        """Return the rank (from 0) of each line's item under weights of the four folds it is not in."""
        fold_of = np.array(folds(len(self._own)))
        ranks = np.zeros(len(self._own), int)
        for fold in range(FOLDS):
            weights = self._fitted(fold_of != fold)
            of_fold = fold_of == fold
            ranks[of_fold] = self._ranks(of_fold, weights)
        return ranks.tolist()

    def weights(self) -> dict[str, Any]:
        """Return the weights of all lines, scaled as the product's are."""
        fitted = self._fitted(np.full(len(self._own), True))
        scaled = fitted * _CHARACTERS / (_TENTH * fitted[len(VIEWS)])
        return {
            "views": scaled[: len(VIEWS)].round(2).tolist(),
            "characters_and_steps": (scaled[len(VIEWS) :] * _TENTH).round(1).tolist(),
        }

    def _ranks(self, chosen: NDArray[np.bool_], weights: Floats) -> list[int]:
        scores = self._values[chosen] @ weights
        own = scores[np.arange(len(scores)), self._own[chosen]][:, None]
        return ((scores >= own).sum(1) - 1).tolist()

    def _fitted(self, chosen: NDArray[np.bool_]) -> Floats:
        """Return the weights of the highest posterior: Newton's method, halving steps that overshoot."""
        values, own = self._values[chosen], self._own[chosen]
        values = values - values[np.arange(len(own)), own][:, None, :]
        weights = np.zeros(values.shape[2])
        loss = _loss(values, weights)
        for _ in range(_ROUNDS):
            scores = values @ weights
            chances = np.exp(scores - scores.max(1, keepdims=True))
            chances /= chances.sum(1, keepdims=True)
            expected = (chances[:, :, None] * values).sum(1)
            spread = (np.sqrt(chances)[:, :, None] * values).reshape(-1, len(weights))
            curvature = spread.T @ spread - expected.T @ expected + _PRIOR * np.eye(len(weights))
            step = np.linalg.solve(curvature, expected.sum(0) + _PRIOR * weights)
            while (tried := _loss(values, weights - step)) > loss and np.abs(step).max() > 1e-6:
                step = step / 2
            if loss - tried < 1e-6:
                break
            weights, loss = weights - step, tried
        return weights


def _loss(values: Floats, weights: Floats) -> float:
    scores = values @ weights
    highest = scores.max(1)
    logs = highest + np.log(np.exp(scores - highest[:, None]).sum(1))
    return float(logs.sum() + _PRIOR / 2 * weights @ weights)
