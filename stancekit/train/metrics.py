"""Gold labels against predicted ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stancekit.train.corpus import number_of
from stancekit.train.reliability import (
    ReliabilityBin,
    RiskCoverage,
    calibration_error,
    reliability_bins,
    risk_coverage,
)

Interval = tuple[float, float]

N_BOOTSTRAP = 1000
"""Resamplings; percentiles want 1000, say Efron & Tibshirani (1993), "An introduction to the bootstrap"."""


@dataclass(frozen=True, slots=True)
class LabelScore:
    """One label's figures, 0 where nothing was predicted or nothing is there, with their intervals."""

    label: str
    n: int
    n_predicted: int
    precision: float
    recall: float
    f1: float
    precision_interval: Interval
    recall_interval: Interval
    f1_interval: Interval


@dataclass(frozen=True, slots=True)
class HeadScore:
    """One head's figures.

    Parameters
    ----------
    macro_f1 : the mean of the labels' F1.
    interval : 2.5 and 97.5 percentile of macro-F1 over 1000 resamplings of the articles; so are the labels'.
    majority_f1 : macro-F1 of always the commonest gold label.
    calibration_error : expected calibration error of the most probable label, 10 bins of equal width.
    reliability : those bins.
    risk_coverage : what a least probability keeps.
    confusion : rows gold, columns predicted, in the order of `labels`.
    """

    head: str
    n: int
    n_articles: int
    macro_f1: float
    interval: Interval
    accuracy: float
    majority_f1: float
    calibration_error: float
    log_loss: float
    labels: tuple[LabelScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    reliability: tuple[ReliabilityBin, ...]
    risk_coverage: RiskCoverage

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "head": self.head,
            "n": self.n,
            "n_articles": self.n_articles,
            "macro_f1": self.macro_f1,
            "interval": list(self.interval),
            "accuracy": self.accuracy,
            "majority_f1": self.majority_f1,
            "calibration_error": self.calibration_error,
            "log_loss": self.log_loss,
            "labels": {
                score.label: {key: value for key, value in asdict(score).items() if key != "label"}
                for score in self.labels
            },
            "confusion": [list(row) for row in self.confusion],
            "reliability": [asdict(one) for one in self.reliability],
            "risk_coverage": self.risk_coverage.to_dict(),
        }

    def to_text(self) -> str:
        """Tables for people."""
        low, high = self.interval
        width = max(len("by hand"), *(len(score.label) for score in self.labels))
        lines = [
            f"{self.head}: macro-F1 {self.macro_f1:.3f} [{low:.3f}-{high:.3f}], "
            f"majority {self.majority_f1:.3f}, "
            f"accuracy {self.accuracy:.3f}, calibration error {self.calibration_error:.3f}; "
            f"{number_of(self.n, 'utterance')} of {number_of(self.n_articles, 'article')}",
            f"  {'label':<{width}}       n  {'precision':<19}  {'recall':<19}  F1",
        ]
        for score in self.labels:
            figures = (
                with_interval(score.precision, score.precision_interval),
                with_interval(score.recall, score.recall_interval),
                with_interval(score.f1, score.f1_interval),
            )
            lines.append(f"  {score.label:<{width}}  {score.n:>6}  " + "  ".join(figures))
        lines.append(f"  {'by hand':<{width}}  predicted as: " + " ".join(one.label for one in self.labels))
        for score, row in zip(self.labels, self.confusion, strict=True):
            counts = " ".join(
                f"{count:>{len(other.label)}}" for count, other in zip(row, self.labels, strict=True)
            )
            lines.append(f"  {score.label:<{width}}                {counts}")
        lines.append(f"  min-probability   kept  wrong   area under the curve {self.risk_coverage.area:.3f}")
        lines += [
            f"  {one.min_probability:>15.1f}  {one.coverage:.3f}  {one.risk:.3f}"
            for one in self.risk_coverage.shown()
        ]
        return "\n".join(lines)


def with_interval(figure: float, interval: Interval) -> str:
    """As tables of text show a figure."""
    return f"{figure:.3f} [{interval[0]:.3f}-{interval[1]:.3f}]"


LEAST_PROBABILITIES = (0.0, 0.5, 0.7, 0.8, 0.9)
"""At which attributions are counted, as `min_attribution` would keep them."""


@dataclass(frozen=True, slots=True)
class AttributionScore:
    """How well the probabilities of attributions tell the right ones from the wrong ones.

    Parameters
    ----------
    n, n_right : attributions with a speaker, and those of them that are right.
    regularization : inverse strength of the L2 penalty that did best.
    brier, constant_brier : mean squared error of the probabilities, and of the share right for all of them.
    calibration_error : expected calibration error, 10 bins of equal width.
    auc : that a right one has the greater probability, of a right and a wrong one drawn at random.
    kept : for each of `LEAST_PROBABILITIES` the share with at least that, and the share of wrong ones in it.
    """

    n: int
    n_articles: int
    n_right: int
    regularization: float
    brier: float
    constant_brier: float
    calibration_error: float
    auc: float
    kept: tuple[tuple[float, float, float], ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        values = {name: getattr(self, name) for name in self.__slots__ if name != "kept"}
        names = ("min_attribution", "kept", "wrong")
        return {**values, "kept": [dict(zip(names, row, strict=True)) for row in self.kept]}

    def to_text(self) -> str:
        """For people."""
        lines = [
            f"attributions: {self.n_right / self.n:.3f} right, AUC {self.auc:.3f},"
            f" Brier {self.brier:.3f} (constant {self.constant_brier:.3f}),"
            f" calibration error {self.calibration_error:.3f};"
            f" {number_of(self.n, 'attribution')} of {number_of(self.n_articles, 'article')}",
            "  at least   kept  wrong",
            *(f"  {least:>8.1f}  {kept:.3f}  {wrong:.3f}" for least, kept, wrong in self.kept),
        ]
        return "\n".join(lines)


def score_attribution(
    probabilities: NDArray[np.float64],
    right: NDArray[np.bool_],
    articles: Sequence[str],
    regularization: float = 0.0,
) -> AttributionScore:
    """Figures of probabilities; some attributions must be right, and some wrong."""
    order = np.argsort(probabilities, kind="stable")
    _, inverse, counts = np.unique(probabilities[order], return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]  # equals share the mean of their ranks
    n, n_right = len(right), int(right.sum())
    above = ranks[right[order]].sum() - n_right * (n_right + 1) / 2
    kept = [(least, probabilities >= least) for least in LEAST_PROBABILITIES]
    return AttributionScore(
        n=n,
        n_articles=len(set(articles)),
        n_right=n_right,
        regularization=regularization,
        brier=float(((probabilities - right) ** 2).mean()),
        constant_brier=float(right.mean() * (1 - right.mean())),
        calibration_error=calibration_error(probabilities, right),
        auc=float(above / (n_right * (n - n_right))),
        kept=tuple(
            (least, float(which.mean()), float(1 - right[which].mean()) if which.any() else 0.0)
            for least, which in kept
        ),
    )


def confusion_matrix(
    gold: NDArray[np.int64], predicted: NDArray[np.int64], n_labels: int
) -> NDArray[np.int64]:
    """Counts, rows gold, columns predicted."""
    counts: NDArray[np.int64] = np.bincount(gold * n_labels + predicted, minlength=n_labels**2)
    return counts.reshape(n_labels, n_labels)


def f1_scores(confusion: NDArray[np.int64]) -> NDArray[np.float64]:
    """F1 of every label, 0 where it is neither gold nor predicted; confusions may be stacked."""
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    total = confusion.sum(axis=-1) + confusion.sum(axis=-2)
    scores: NDArray[np.float64] = 2.0 * right / np.maximum(total, 1)
    return scores


def score_head(
    head: str,
    labels: Sequence[str],
    gold: Sequence[str],
    probabilities: NDArray[np.float64],
    articles: Sequence[str],
) -> HeadScore:
    """Figures of one head.

    Parameters
    ----------
    labels : the model's, in the order of the columns of `probabilities`; gold labels that it does not
        know are added, and are never predicted.
    articles : of every utterance; the bootstrap draws articles.
    """
    names = [*labels, *sorted(set(gold) - set(labels))]
    truth = np.array([names.index(label) for label in gold], dtype=np.int64)
    predicted = probabilities.argmax(axis=1).astype(np.int64)
    n_labels = len(names)
    confusion = confusion_matrix(truth, predicted, n_labels)
    f1 = f1_scores(confusion)
    majority = np.full_like(truth, np.bincount(truth, minlength=n_labels).argmax())
    drawn = _resampled(truth, predicted, articles, n_labels)
    intervals = {
        figure: [_interval(column) for column in figure(drawn).T]
        for figure in (precisions, recalls, f1_scores)
    }
    right = truth == predicted
    confidence = probabilities.max(axis=1)
    of_truth = np.zeros(len(truth))
    known = truth < len(labels)
    of_truth[known] = probabilities[known, truth[known]]
    return HeadScore(
        head=head,
        n=len(gold),
        n_articles=len(set(articles)),
        macro_f1=float(f1.mean()),
        interval=_interval(f1_scores(drawn).mean(axis=1)),
        accuracy=float(right.mean()),
        majority_f1=float(f1_scores(confusion_matrix(truth, majority, n_labels)).mean()),
        calibration_error=calibration_error(confidence, right),
        log_loss=float(-np.log(np.maximum(of_truth, 1e-15)).mean()),
        labels=tuple(
            LabelScore(
                label=name,
                n=int(confusion[i].sum()),
                n_predicted=int(confusion[:, i].sum()),
                precision=float(precisions(confusion)[i]),
                recall=float(recalls(confusion)[i]),
                f1=float(f1[i]),
                precision_interval=intervals[precisions][i],
                recall_interval=intervals[recalls][i],
                f1_interval=intervals[f1_scores][i],
            )
            for i, name in enumerate(names)
        ),
        confusion=tuple(tuple(map(int, row)) for row in confusion),
        reliability=reliability_bins(confidence, right),
        risk_coverage=risk_coverage(confidence, right),
    )


def precisions(confusion: NDArray[np.int64]) -> NDArray[np.float64]:
    """Precision of every label, 0 where it is not predicted; confusions may be stacked."""
    return _shares(confusion, axis=-2)


def recalls(confusion: NDArray[np.int64]) -> NDArray[np.float64]:
    """Recall of every label, 0 where it is not gold; confusions may be stacked."""
    return _shares(confusion, axis=-1)


def _shares(confusion: NDArray[np.int64], axis: int) -> NDArray[np.float64]:
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    shares: NDArray[np.float64] = right / np.maximum(confusion.sum(axis=axis), 1)
    return shares


def _resampled(
    truth: NDArray[np.int64], predicted: NDArray[np.int64], articles: Sequence[str], n_labels: int
) -> NDArray[np.int64]:
    """Confusions (N_BOOTSTRAP, n_labels, n_labels) of as many articles, drawn with replacement."""
    names = sorted(set(articles))
    index = {name: i for i, name in enumerate(names)}
    by_article = np.zeros((len(names), n_labels, n_labels), dtype=np.int64)
    rows = np.array([index[article] for article in articles], dtype=np.int64)
    np.add.at(by_article, (rows, truth, predicted), 1)
    drawn = np.random.default_rng(0).integers(len(names), size=(N_BOOTSTRAP, len(names)))
    return np.array([by_article[draw].sum(axis=0) for draw in drawn])


def _interval(figures: NDArray[np.float64]) -> Interval:
    """The 2.5 and the 97.5 percentile of N_BOOTSTRAP figures."""
    ordered = np.sort(figures)
    return float(ordered[round(0.025 * N_BOOTSTRAP)]), float(ordered[round(0.975 * N_BOOTSTRAP) - 1])
