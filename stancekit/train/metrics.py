"""Gold labels against predicted ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stancekit.train.corpus import number_of

N_BOOTSTRAP = 1000
N_BINS = 10


@dataclass(frozen=True, slots=True)
class LabelScore:
    """One label's figures; 0 where nothing was predicted or nothing is there."""

    label: str
    n: int
    n_predicted: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class HeadScore:
    """One head's figures.

    Parameters
    ----------
    macro_f1 : the mean of the labels' F1.
    interval : 2.5 and 97.5 percentile of macro-F1 over 1000 resamplings of the articles.
    majority_f1 : macro-F1 of always the commonest gold label.
    calibration_error : expected calibration error of the most probable label, 10 bins of equal width.
    confusion : rows gold, columns predicted, in the order of `labels`.
    """

    head: str
    n: int
    n_articles: int
    macro_f1: float
    interval: tuple[float, float]
    accuracy: float
    majority_f1: float
    calibration_error: float
    log_loss: float
    labels: tuple[LabelScore, ...]
    confusion: tuple[tuple[int, ...], ...]

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
                score.label: {
                    "n": score.n,
                    "n_predicted": score.n_predicted,
                    "precision": score.precision,
                    "recall": score.recall,
                    "f1": score.f1,
                }
                for score in self.labels
            },
            "confusion": [list(row) for row in self.confusion],
        }

    def to_text(self) -> str:
        """A table for people."""
        low, high = self.interval
        width = max(len("label"), *(len(score.label) for score in self.labels))
        lines = [
            f"{self.head}: macro-F1 {self.macro_f1:.3f} [{low:.3f}-{high:.3f}], "
            f"majority {self.majority_f1:.3f}, "
            f"accuracy {self.accuracy:.3f}, calibration error {self.calibration_error:.3f}; "
            f"{number_of(self.n, 'utterance')} of {number_of(self.n_articles, 'article')}",
            f"  {'label':<{width}}      n  precision  recall     F1   predicted as: "
            + " ".join(score.label for score in self.labels),
        ]
        for score, row in zip(self.labels, self.confusion, strict=True):
            counts = " ".join(
                f"{count:>{len(other.label)}}" for count, other in zip(row, self.labels, strict=True)
            )
            figures = f"{score.precision:>9.3f}  {score.recall:>6.3f}  {score.f1:>5.3f}"
            lines.append(f"  {score.label:<{width}} {score.n:>6}  {figures}                 {counts}")
        return "\n".join(lines)


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


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Expected calibration error: |share right - mean probability|, over bins of equal width.

    Source: Naeini, Cooper & Hauskrecht (2015), "Obtaining well calibrated probabilities using Bayesian
    binning", section 4.
    """
    bins = np.minimum((confidence * N_BINS).astype(np.int64), N_BINS - 1)
    gaps = np.bincount(bins, weights=right - confidence, minlength=N_BINS)
    return float(np.abs(gaps).sum() / max(len(confidence), 1))


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
    right = truth == predicted
    of_truth = np.zeros(len(truth))
    known = truth < len(labels)
    of_truth[known] = probabilities[known, truth[known]]
    return HeadScore(
        head=head,
        n=len(gold),
        n_articles=len(set(articles)),
        macro_f1=float(f1.mean()),
        interval=_bootstrap(truth, predicted, articles, n_labels),
        accuracy=float(right.mean()),
        majority_f1=float(f1_scores(confusion_matrix(truth, majority, n_labels)).mean()),
        calibration_error=calibration_error(probabilities.max(axis=1), right),
        log_loss=float(-np.log(np.maximum(of_truth, 1e-15)).mean()),
        labels=tuple(
            LabelScore(
                label=name,
                n=int(confusion[i].sum()),
                n_predicted=int(confusion[:, i].sum()),
                precision=float(confusion[i, i] / max(confusion[:, i].sum(), 1)),
                recall=float(confusion[i, i] / max(confusion[i].sum(), 1)),
                f1=float(f1[i]),
            )
            for i, name in enumerate(names)
        ),
        confusion=tuple(tuple(map(int, row)) for row in confusion),
    )


def _bootstrap(
    truth: NDArray[np.int64], predicted: NDArray[np.int64], articles: Sequence[str], n_labels: int
) -> tuple[float, float]:
    names = sorted(set(articles))
    index = {name: i for i, name in enumerate(names)}
    by_article = np.zeros((len(names), n_labels, n_labels), dtype=np.int64)
    rows = np.array([index[article] for article in articles], dtype=np.int64)
    np.add.at(by_article, (rows, truth, predicted), 1)
    drawn = np.random.default_rng(0).integers(len(names), size=(N_BOOTSTRAP, len(names)))
    macro = np.sort([float(f1_scores(by_article[draw].sum(axis=0)).mean()) for draw in drawn])
    return float(macro[round(0.025 * N_BOOTSTRAP)]), float(macro[round(0.975 * N_BOOTSTRAP) - 1])
