"""Rows and labels -> the weights of a linear head, the same on every processor."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float64]

MAX_ITERATIONS = 500
TOLERANCE = 1e-12
"""Of the largest gradient: so near the optimum that processors whose last bits differ agree to 1e-12."""

FOLD_TOLERANCE = 1e-6
"""Of the largest gradient, for the models that only the figures and the calibration are read from."""

WEIGHT_GRID = 1024
"""Weights are rounded to this fraction: no prediction notices, and processors that
differ in their last bits agree."""

NEVER = -30.0
"""Log-odds of a label that a fold's training part does not have."""


class LabelWeights(NamedTuple):
    """Weights (n_features, n_labels), intercepts (n_labels,), and whether the solver reached the optimum."""

    weights: Floats
    intercepts: Floats
    converged: bool


def make_classifier(
    regularization: float, class_weight: Mapping[int, float] | str | None, tolerance: float
) -> LogisticRegression:
    """Multinomial logistic regression with fixed settings.

    Notes
    -----
    Newton's method: on a few thousand utterances it is twice as fast as L-BFGS and ends a million
    times nearer to the optimum, which makes the weights the same on every processor.
    """
    return LogisticRegression(
        C=regularization,
        class_weight=class_weight,
        solver="newton-cg",
        tol=tolerance,
        max_iter=MAX_ITERATIONS,
    )


def fit_labels(
    rows: csr_matrix,
    gold: NDArray[np.int64],
    n_labels: int,
    *,
    regularization: float,
    class_weight: Mapping[int, float] | str | None,
    tolerance: float,
    sample_weight: Floats | None = None,
) -> LabelWeights:
    """A column of weights for every label, also for those that `gold` does not have.

    Parameters
    ----------
    gold : of every row the index of its label, 0 to n_labels - 1.
    regularization : inverse strength of the L2 penalty.
    class_weight : by index of the label, "balanced", or None.
    """
    present = sorted(set(gold.tolist()))
    weights = np.zeros((rows.shape[1], n_labels))
    intercepts = np.full(n_labels, NEVER)
    if len(present) == 1:
        intercepts[present[0]] = 0.0
        return LabelWeights(weights, intercepts, converged=True)
    classifier = make_classifier(regularization, class_weight, tolerance)
    with warnings.catch_warnings():
        # Of no convergence `converged` tells; of a line search that finds no better point at the last
        # bits of the optimum there is nothing to tell, and its warnings have no class of their own.
        warnings.simplefilter("ignore")
        classifier.fit(rows, gold, sample_weight=sample_weight)
    coefficients, constants = classifier.coef_, classifier.intercept_
    if len(present) == 2:
        # Two labels are one column in scikit-learn: half of it for the one, half against the other.
        coefficients = np.vstack([-coefficients, coefficients]) / 2
        constants = np.hstack([-constants, constants]) / 2
    weights[:, present] = coefficients.T
    intercepts[present] = constants - constants.mean()
    return LabelWeights(weights, intercepts, bool(np.all(classifier.n_iter_ < classifier.max_iter)))


def on_grid(values: Floats) -> NDArray[np.float32]:
    """Weights as a model holds them."""
    # Adding 0 turns the grid's negative zeros into zeros.
    return (np.round(values * WEIGHT_GRID) / WEIGHT_GRID + 0.0).astype(np.float32)
