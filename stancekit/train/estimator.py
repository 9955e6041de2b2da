"""The features and the classifier as scikit-learn knows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion
from sklearn.utils.validation import check_is_fitted

from stancekit.features import DEFAULT_BLOCKS, Block, FeatureSettings, UtteranceFields, analyzers
from stancekit.target import Target
from stancekit.train.rows import count_features, weigh

MAX_ITERATIONS = 500
TOLERANCE = 1e-12
"""Of the largest gradient: so near the optimum that processors whose last bits differ agree to 1e-12."""

FOLD_TOLERANCE = 1e-6
"""Of the largest gradient, for the models that only the figures and the calibration are read from."""

WEIGHT_GRID = 1024
"""Weights are rounded to this fraction: no prediction notices, and processors that
differ in their last bits agree."""


def make_vectorizer(settings: FeatureSettings) -> FeatureUnion:
    """The blocks of features as scikit-learn's own vectorizers; takes `UtteranceFields`."""
    return FeatureUnion(
        [
            (
                analyzer.block.name,
                TfidfVectorizer(
                    analyzer=analyzer, lowercase=False, sublinear_tf=True, min_df=analyzer.block.min_df
                ),
            )
            for analyzer in analyzers(settings)
        ],
        transformer_weights={block.name: float(block.weight) for block in settings.blocks},
    )


def make_classifier(regularization: float, class_weight: str | None, tolerance: float) -> LogisticRegression:
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


def on_grid(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """Weights as a model holds them."""
    # Adding 0 turns the grid's negative zeros into zeros.
    return (np.round(values * WEIGHT_GRID) / WEIGHT_GRID + 0.0).astype(np.float32)


def as_fields(utterances: Any) -> list[UtteranceFields]:
    """Utterances given as strings, or as (content, cue, source)."""
    fields: list[UtteranceFields] = []
    for utterance in utterances:
        if isinstance(utterance, str):
            fields.append(UtteranceFields(utterance))
        elif isinstance(utterance, (tuple, list, np.ndarray)) and all(
            isinstance(part, str) for part in utterance
        ):
            fields.append(UtteranceFields(*utterance))
        else:
            found = type(utterance).__name__
            raise TypeError(f"expected texts, or (content, cue, source) of strings, found {found}")
    return fields


class UtteranceClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """One head as a scikit-learn estimator, for searches and pipelines of one's own.

    Parameters
    ----------
    blocks : what is read; None is the default of `FeatureSettings`.
    target : names for blocks of names and classes; None has none.
    C : inverse strength of the L2 penalty.
    class_weight : None or "balanced".

    Attributes
    ----------
    classes_ : labels, sorted.
    settings_ : feature settings; blocks without any feature are left out.
    vectorizer_, classifier_ : scikit-learn's fitted parts.

    Notes
    -----
    X is a sequence of strings, or of (content, cue, source).
    """

    def __init__(
        self,
        *,
        blocks: Sequence[Block] | None = None,
        target: Target | None = None,
        C: float = 1.0,  # noqa: N803  # scikit-learn's name
        class_weight: str | None = "balanced",
    ) -> None:
        self.blocks = blocks
        self.target = target
        self.C = C
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any) -> UtteranceClassifier:  # noqa: N803
        """Learn from utterances and their labels."""
        fields = as_fields(X)
        target = self.target or Target()
        blocks = DEFAULT_BLOCKS if self.blocks is None else tuple(self.blocks)
        wanted = FeatureSettings.of(blocks, target.names, target.words)
        counted = count_features(wanted, fields)
        blocks = weigh(counted, np.ones(len(fields), dtype=np.bool_)).blocks
        self.settings_ = replace(wanted, blocks=blocks)
        self.vectorizer_ = make_vectorizer(self.settings_)
        rows = csr_matrix(self.vectorizer_.fit_transform(fields))
        classifier = make_classifier(self.C, self.class_weight, TOLERANCE)
        self.classifier_ = classifier.fit(rows, np.asarray(y))
        self.classes_ = self.classifier_.classes_
        return self

    def decision_function(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Log-odds, (n, n_classes); for two classes (n,), as scikit-learn has it."""
        check_is_fitted(self)
        scores: NDArray[np.float64] = self.classifier_.decision_function(
            self.vectorizer_.transform(as_fields(X))
        )
        return scores

    def predict_proba(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Probabilities, (n, n_classes), not calibrated."""
        check_is_fitted(self)
        values: NDArray[np.float64] = self.classifier_.predict_proba(self.vectorizer_.transform(as_fields(X)))
        return values

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """The most probable label of each utterance."""
        check_is_fitted(self)
        labels: NDArray[Any] = self.classifier_.predict(self.vectorizer_.transform(as_fields(X)))
        return labels
