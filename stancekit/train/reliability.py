"""The probability of a label against whether the label was right: calibration, and what a threshold keeps."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

N_BINS = 10
"""Of equal width, for calibration; with more, the bins of a few hundred utterances are nearly empty."""

STEPS = 20
"""Thresholds on the risk-coverage curve between 0 and 1; nobody chooses one more finely."""

SHOWN = (0.0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Of these thresholds, those that tables show."""


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The utterances whose most probable label has a probability in [low, high).

    `probability` is the mean of these probabilities, `accuracy` the share that is right; the last bin
    holds 1 as well.
    """

    low: float
    high: float
    n: int
    probability: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Threshold:
    """What is left if judgements below a probability are "unclear".

    `coverage` is the share that keeps its label, `risk` the share of wrong ones in it, 0 where none is left.
    """

    min_probability: float
    coverage: float
    risk: float


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """The risk-coverage curve of a head.

    Parameters
    ----------
    area : under the curve (AURC): the mean, over the utterances, of the risk at the threshold that just
        keeps this utterance. Smaller is better; probabilities that tell nothing of what is right give the
        plain share of wrong labels.
    thresholds : from 0 to 1 in steps of 0.05.

    Notes
    -----
    Source: El-Yaniv & Wiener (2010), "On the foundations of noise-free selective classification"; Geifman &
    El-Yaniv (2017), "Selective classification for deep neural networks"; the area: Geifman, Uziel &
    El-Yaniv (2019), "Bias-reduced uncertainty estimation for deep neural classifiers".
    """

    area: float
    thresholds: tuple[Threshold, ...]

    def shown(self) -> list[Threshold]:
        """The thresholds that tables show."""
        return [one for one in self.thresholds if one.min_probability in SHOWN]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"area": self.area, "thresholds": [asdict(one) for one in self.thresholds]}


def reliability_bins(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[ReliabilityBin, ...]:
    """The bins that hold anything, ascending.

    Parameters
    ----------
    confidence : (n,), 0 to 1; of the most probable label.
    right : (n,), whether that label is the gold one.
    """
    bins = np.minimum((confidence * N_BINS).astype(np.int64), N_BINS - 1)
    counts, sums, n_right = (
        np.bincount(bins, weights=weights, minlength=N_BINS) for weights in (None, confidence, right)
    )
    return tuple(
        ReliabilityBin(
            low=i / N_BINS,
            high=(i + 1) / N_BINS,
            n=int(counts[i]),
            probability=float(sums[i] / counts[i]),
            accuracy=float(n_right[i] / counts[i]),
        )
        for i in np.flatnonzero(counts).tolist()
    )


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Expected calibration error: |share right - mean probability|, over bins of equal width.

    Source: Naeini, Cooper & Hauskrecht (2015), "Obtaining well calibrated probabilities using Bayesian
    binning", section 4.
    """
    gaps = (one.n * abs(one.accuracy - one.probability) for one in reliability_bins(confidence, right))
    return float(sum(gaps) / max(len(confidence), 1))


def risk_coverage(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> RiskCoverage:
    """The curve of some judgements; their order does not matter, equal probabilities are kept together.

    Parameters
    ----------
    confidence, right : as `reliability_bins` has them.

    Examples
    --------
    >>> curve = risk_coverage(np.array([0.9, 0.8, 0.5, 0.3]), np.array([True, True, False, True]))
    >>> curve.area  # of 0, 0, 1/3 and 1/4
    0.14583333333333331
    >>> curve.thresholds[10]
    Threshold(min_probability=0.5, coverage=0.75, risk=0.3333333333333333)
    """
    n = max(len(confidence), 1)
    _, place, counts = np.unique(-confidence, return_inverse=True, return_counts=True)
    wrong = np.bincount(place, weights=~right, minlength=len(counts))
    area = float((np.cumsum(wrong) / np.cumsum(counts) * counts).sum() / n)
    thresholds = []
    for step in range(STEPS + 1):
        kept = confidence >= step / STEPS
        n_kept = int(kept.sum())
        risk = float((~right[kept]).sum() / max(n_kept, 1))
        thresholds.append(Threshold(step / STEPS, n_kept / n, risk))
    return RiskCoverage(area, tuple(thresholds))
