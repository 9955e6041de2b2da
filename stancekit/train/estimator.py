"""One head as a scikit-learn estimator."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import assert_all_finite, check_consistent_length, column_or_1d, compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from stancekit.features import DEFAULT_BLOCKS, Block, FeatureSettings
from stancekit.model import Arrays, Head, Model
from stancekit.scores import Scorer, inverse_document_frequencies
from stancekit.target import Target
from stancekit.train.calibrate import fit_scale
from stancekit.train.fields import is_missing, read_fields
from stancekit.train.linear import TOLERANCE, fit_labels, on_grid
from stancekit.train.poles import poles_of
from stancekit.train.rows import count_features, weigh
from stancekit.train.split import content_digest

Floats = NDArray[np.float64]


class StanceClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """One head as a scikit-learn estimator, for searches and pipelines of one's own.

    Parameters
    ----------
    C : inverse strength of the L2 penalty.
    class_weight : "balanced", a weight for each label, or None.
    blocks : what is read; None is `stancekit.features.DEFAULT_BLOCKS`.
    target : names for blocks of names and classes; None has none.

    Attributes
    ----------
    classes_ : labels, sorted.
    settings_ : feature settings; blocks without any feature are left out.
    vocabulary_ : the features of every block, sorted.
    document_frequencies_ : uint32 (n_features,), utterances with each feature.
    weights_, intercepts_ : (n_features, n_classes), (n_classes,); log-odds are sums of them.
    n_utterances_ : how many it was fitted on.
    converged_ : whether the solver reached the optimum.

    Notes
    -----
    X holds several utterances: a list, an array or a pandas Series of strings; (content, cue, source) of
    each; or a data frame with the columns ``text`` (or ``content``) and, if known, ``cue`` and ``source``.
    Scores are those of a model that `stancekit.train.train` would make, before its weights are rounded.

    Examples
    --------
    >>> texts = ["we back the mayor", "a fine mayor", "the mayor must go", "shame on the mayor"]
    >>> classifier = StanceClassifier().fit(texts, ["support", "support", "oppose", "oppose"])
    >>> classifier.predict(["we back a fine mayor"])
    array(['support'], dtype='<U7')
    """

    def __init__(
        self,
        *,
        C: float = 1.0,  # noqa: N803  # scikit-learn's name
        class_weight: Mapping[Any, float] | str | None = "balanced",
        blocks: Sequence[Block] | None = None,
        target: Target | None = None,
    ) -> None:
        self.C = C
        self.class_weight = class_weight
        self.blocks = blocks
        self.target = target

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags

    def _more_tags(self) -> dict[str, Any]:
        """The same for scikit-learn before 1.6."""
        return {"X_types": ["1darray", "string"]}

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> StanceClassifier:  # noqa: N803
        """Learn from utterances and their labels.

        Parameters
        ----------
        y : a label for each utterance: strings, whole numbers or booleans.
        sample_weight : how much each utterance counts, 0 or more. Which features there are, and how rare they
            are, is counted without it: twice the weight is not quite the utterance twice.

        Raises
        ------
        TypeError, ValueError
            X or y is refused, or a parameter; the message says where and why.
        """
        settings = self._settings()
        fields = read_fields(X)
        labels = _read_labels(y)
        weights = None if sample_weight is None else _read_weights(sample_weight)
        check_consistent_length(fields, labels, weights)
        if weights is not None:  # what weighs nothing is as if it were not there
            fields = [one for one, weight in zip(fields, weights, strict=True) if weight]
            labels, weights = labels[weights > 0], weights[weights > 0]
        self.classes_, gold = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"expected labels of two classes at least, found one class: {self.classes_.tolist()[0]!r}"
            )
        class_weight = self.class_weight
        if isinstance(class_weight, Mapping):
            by_label = compute_class_weight(dict(class_weight), classes=self.classes_, y=labels)
            class_weight = dict(enumerate(by_label.tolist()))
        with threadpool_limits(limits=1):  # as in training: more threads would sum in another order
            rows = weigh(count_features(settings, fields), np.ones(len(fields), dtype=np.bool_))
            fitted = fit_labels(
                rows.training,
                gold.astype(np.int64),
                len(self.classes_),
                regularization=self.C,
                class_weight=class_weight,
                tolerance=TOLERANCE,
                sample_weight=weights,
            )
        self.weights_, self.intercepts_, self.converged_ = fitted
        if not self.converged_:
            warnings.warn("the solver did not converge: try a smaller C", ConvergenceWarning, stacklevel=2)
        self.settings_ = replace(settings, blocks=rows.blocks)
        self.vocabulary_ = rows.vocabulary
        self.document_frequencies_ = rows.frequencies
        self.n_utterances_ = len(fields)
        self._label_counts = {str(one): int(n) for one, n in Counter(labels.tolist()).items()}
        self._digests = np.array(sorted({content_digest(one.content) for one in fields}), dtype=np.uint64)
        idf = inverse_document_frequencies(self.document_frequencies_, self.n_utterances_)
        self._scorer = Scorer(self.settings_, self.vocabulary_, idf, self.weights_, self.intercepts_)
        return self

    def decision_function(self, X: Any) -> Floats:  # noqa: N803
        """Log-odds, (n, n_classes); for two classes (n,), of the second one against the first."""
        log_odds = self._log_odds(X)
        return log_odds if len(self.classes_) > 2 else log_odds[:, 1] - log_odds[:, 0]

    def predict_proba(self, X: Any) -> Floats:  # noqa: N803
        """Probabilities, (n, n_classes), not calibrated."""
        return Head("", (), None).calibrate(self._log_odds(X))

    def predict_log_proba(self, X: Any) -> Floats:  # noqa: N803
        """The natural logarithm of `predict_proba`."""
        logarithms: Floats = np.log(self.predict_proba(X))
        return logarithms

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """The most probable label of each utterance."""
        best = self._log_odds(X).argmax(axis=1)
        labels: NDArray[Any] = self.classes_[best]
        return labels

    def to_model(
        self,
        name: str,
        *,
        head: str = "stance",
        version: str = "1",
        poles: tuple[str, str] | None = None,
        held_out: tuple[Any, ArrayLike] | None = None,
    ) -> Model:
        """The fitted estimator as a model; `stancekit.model_file.save` writes it for the command line.

        Parameters
        ----------
        name, version : of the model.
        head : what the labels are called.
        poles : the labels at the positive and the negative end; None takes those that are known.
        held_out : utterances that it was not fitted on, and their labels, to calibrate the probabilities;
            without them the model says that it is not calibrated.

        Raises
        ------
        ValueError
            The labels are not strings, or the poles or the labels of `held_out` are none of them.
        """
        check_is_fitted(self)
        labels = tuple(self.classes_.tolist())
        if not all(isinstance(label, str) for label in labels):
            raise ValueError(f"expected labels that are strings for a model, found {labels[0]!r}")
        ends = poles_of({head: labels}, {} if poles is None else {head: poles})[head]
        scale = 1.0
        if held_out is not None:
            truth = _read_labels(held_out[1])
            if unknown := sorted(set(truth.tolist()) - set(labels)):
                raise ValueError(
                    f"expected labels out of {', '.join(labels)} in held_out, found {unknown[0]!r}"
                )
            log_odds = self._log_odds(held_out[0])
            check_consistent_length(log_odds, truth)
            scale = fit_scale(log_odds, np.searchsorted(self.classes_, truth).astype(np.int64))
        class_weight = self.class_weight
        if isinstance(class_weight, Mapping):
            class_weight = {label: float(weight) for label, weight in class_weight.items()}
        return Model(
            name=name,
            version=version,
            target="" if self.target is None else self.target.name,
            heads=(Head(head, labels, ends, scale),),
            settings=self.settings_,
            n_documents=self.n_utterances_,
            arrays=Arrays.of(
                self.vocabulary_,
                self.document_frequencies_,
                on_grid(self.weights_),
                on_grid(self.intercepts_),
                self._digests,
            ),
            about={
                "converged": self.converged_,
                "label_counts": {head: dict(sorted(self._label_counts.items()))},
                "regularization": float(self.C),
                "class_weight": class_weight,
                **({} if held_out is not None else {"calibrated": False}),
            },
        )

    def _settings(self) -> FeatureSettings:
        target: Any = Target() if self.target is None else self.target
        if not isinstance(target, Target):
            found = type(target).__name__
            raise TypeError(f"expected target as a Target or None, found {found}: read_target reads a file")
        blocks = DEFAULT_BLOCKS if self.blocks is None else self.blocks
        if not isinstance(blocks, (list, tuple)) or not all(isinstance(block, Block) for block in blocks):
            raise TypeError(f"expected blocks as a list of Block, or None, found {blocks!r}")
        return FeatureSettings.of(tuple(blocks), target.names, target.words)

    def _log_odds(self, X: Any) -> Floats:  # noqa: N803
        check_is_fitted(self)
        return self._scorer(read_fields(X))


def _read_weights(sample_weight: ArrayLike) -> Floats:
    weights = np.asarray(sample_weight, dtype=np.float64)
    if weights.ndim != 1 or not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise ValueError(
            "expected sample_weight as a finite number for each utterance, none negative and not all zero"
        )
    return weights


def _read_labels(y: Any) -> NDArray[Any]:
    labels: NDArray[Any] = column_or_1d(y, warn=True)
    if labels.dtype == object:
        for n, label in enumerate(labels):
            if is_missing(label):
                raise ValueError(f"expected a label at position {n} of y, found {label!r} (y contains NaN)")
    assert_all_finite(labels, input_name="y")
    check_classification_targets(labels)
    return labels
