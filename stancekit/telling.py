"""A model -> the features that tell most, for ``stancekit inspect`` and the reports of training.

A great weight alone is not telling: the feature may hardly occur; nor is a frequent feature, if it is there
in one utterance as in the other. Both count in the spread: how far the feature's contribution to a label's
log-odds strays from utterance to utterance, the standard deviation of weight times value.

Source: the standardized coefficient; Menard (2004), "Six approaches to calculating standardized logistic
regression coefficients".
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from stancekit.features import Unit
from stancekit.model import Head, Model
from stancekit.scores import inverse_document_frequencies

UNITS = frozenset(get_args(Unit))

WORDS = UNITS - {"chars"}
"""Pieces of words tell people little, and would leave no room for the words."""


class TellingFeature(NamedTuple):
    """A feature that speaks for a label.

    Parameters
    ----------
    block : where it is read.
    weight : natural-log odds for the label against the mean of all labels; what all labels have in common
        decides nothing.
    spread : estimated standard deviation of what it adds to these log-odds, over the training utterances.
    """

    block: str
    feature: str
    weight: float
    spread: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, rounded, for JSON."""
        return {**self._asdict(), "weight": round(self.weight, 4), "spread": round(self.spread, 4)}


def telling_features(
    model: Model, head: Head, top: int = 10, units: Collection[str] = WORDS
) -> dict[str, tuple[TellingFeature, ...]]:
    """Of every label of a head the features with the greatest spread that speak for it, greatest first.

    Parameters
    ----------
    top : as many at most.
    units : of the blocks to take them from.

    Notes
    -----
    The model holds what is needed for an estimate: a feature is taken to be there once or not at all, in the
    share of utterances that training counted, and a block's vector to have its root mean square length.
    """
    blocks = list(zip(model.settings.blocks, model.vocabulary, strict=True))
    names = [(block.name, feature) for block, features in blocks for feature in features]
    sizes = [len(features) for _, features in blocks]
    chosen = np.flatnonzero(np.repeat([block.unit in units for block, _ in blocks], sizes))
    weights = model.weights[:, model.columns(head.name)] * np.repeat(
        [block.weight for block, _ in blocks], sizes
    ).reshape(-1, 1)
    weights = weights - weights.mean(axis=1, keepdims=True)
    spreads = weights * _deviations(model, sizes)[:, None]
    telling = {}
    for column, label in enumerate(head.labels):
        order = chosen[np.argsort(-spreads[chosen, column], kind="stable")[:top]]
        telling[label] = tuple(
            TellingFeature(block, feature, float(weights[n, column]), float(spreads[n, column]))
            for n, (block, feature) in ((n, names[n]) for n in order.tolist())
            if weights[n, column] > 0
        )
    return telling


def _deviations(model: Model, sizes: list[int]) -> NDArray[np.float64]:
    """Of every feature, how far its value strays, in vectors of length 1: estimated."""
    shares = model.document_frequencies / model.n_documents
    idf = inverse_document_frequencies(model.document_frequencies, model.n_documents)
    squares = shares * idf**2
    block_of = np.repeat(np.arange(len(sizes)), sizes)
    lengths = np.sqrt(np.bincount(block_of, weights=squares)[block_of])
    deviations: NDArray[np.float64] = idf * np.sqrt(shares * (1 - shares)) / lengths
    return deviations
