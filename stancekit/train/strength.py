"""Held-out log-odds by strength of the penalty -> which strength to take, and figures without flattery."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from stancekit.model import Head, Model
from stancekit.train.calibrate import fit_scale

Floats = NDArray[np.float64]
LogOdds = Mapping[float, Floats]
"""By inverse strength of the L2 penalty (n, n_labels), each row from a model that did not see its article."""

STRENGTHS = (0.25, 1.0, 4.0)
"""Inverse strengths that "auto" tries, in scikit-learn's measure. Rows have about length 1, whatever the
corpus, and the optimum is flat: finer and wider grids gained nothing (docs/decisions.md)."""

UNTRIED = 1.0
"""Inverse strength where nothing can be held out to choose one."""


def choose_strength(log_odds: LogOdds, gold: NDArray[np.int64]) -> float:
    """The inverse strength with the least calibrated log-loss; of equals the strongest penalty.

    Parameters
    ----------
    gold : the index of every row's label.
    """
    return min(sorted(log_odds), key=lambda strength: _log_loss(log_odds[strength], gold))


def held_out_probabilities(log_odds: LogOdds, gold: NDArray[np.int64], folds: NDArray[np.int64]) -> Floats:
    """Calibrated probabilities; the strength for a fold is the one that is best on the other folds.

    Parameters
    ----------
    folds : of every row.

    Notes
    -----
    The best of several figures flatters, since chance helps to choose it; a fold that has no say in the
    choice does not. Source: Varma & Simon (2006), "Bias in error estimation when using cross-validation for
    model selection", who also fit the models of the other folds anew without it (docs/decisions.md).
    """
    probabilities = {strength: _calibrated(values, gold) for strength, values in log_odds.items()}
    chosen = np.zeros_like(next(iter(probabilities.values())))
    for fold in np.unique(folds):
        others = folds != fold
        best = choose_strength({s: values[others] for s, values in log_odds.items()}, gold[others])
        chosen[~others] = probabilities[best][~others]
    return chosen


def strength_text(model: Model) -> str:
    """For people: the inverse strength that a model was trained with, of each head and why if it was chosen.

    Source: the model's own `about`, as training writes it.
    """
    found = model.about["regularization"]
    if not isinstance(found, Mapping):
        return f"{found:g}"
    shown = ", ".join(f"{strength:g} for {head}" for head, strength in found.items())
    chosen = model.about.get("calibrated", True)
    return f"{shown} ({'the best on held-out articles' if chosen else 'nothing held out to choose it'})"


def _calibrated(log_odds: Floats, gold: NDArray[np.int64]) -> Floats:
    return Head("", (), None, scale=fit_scale(log_odds, gold)).calibrate(log_odds)


def _log_loss(log_odds: Floats, gold: NDArray[np.int64]) -> float:
    """Rounded: which of two strengths is the better one is not left to the last bits."""
    of_truth = _calibrated(log_odds, gold)[np.arange(len(gold)), gold]
    return round(float(-np.log(np.maximum(of_truth, 1e-15)).mean()), 6)
