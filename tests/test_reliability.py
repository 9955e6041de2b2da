"""Probabilities against what was right: calibration, risk and coverage, and intervals over articles."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stancekit.train.metrics import HeadScore, score_head
from stancekit.train.reliability import SHOWN, calibration_error, reliability_bins, risk_coverage

LABELS = ("a", "b", "c")
judged = st.lists(st.tuples(st.floats(0.0, 1.0), st.booleans()), min_size=1, max_size=60)


def arrays(pairs: list[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([p for p, _ in pairs]), np.array([r for _, r in pairs], dtype=np.bool_)


def test_bins_by_hand() -> None:
    confidence, right = arrays([(0.51, True), (0.59, False), (0.9, True), (1.0, True), (0.899, False)])
    bins = reliability_bins(confidence, right)
    assert [(one.low, one.high, one.n, one.accuracy) for one in bins] == [
        (0.5, 0.6, 2, 0.5),
        (0.8, 0.9, 1, 0.0),
        (0.9, 1.0, 2, 1.0),
    ]
    assert [one.probability for one in bins] == pytest.approx([0.55, 0.899, 0.95])
    assert calibration_error(confidence, right) == pytest.approx((2 * 0.05 + 0.899 + 2 * 0.05) / 5)


@given(judged)
def test_bins_hold_every_judgement_once(pairs: list[tuple[float, bool]]) -> None:
    confidence, right = arrays(pairs)
    bins = reliability_bins(confidence, right)
    assert sum(one.n for one in bins) == len(pairs)
    assert sum(one.n * one.accuracy for one in bins) == pytest.approx(right.sum())
    for one in bins:
        assert one.low - 1e-9 <= one.probability <= one.high + 1e-9
    assert 0 <= calibration_error(confidence, right) <= 1


@given(judged)
def test_a_higher_threshold_keeps_no_more(pairs: list[tuple[float, bool]]) -> None:
    confidence, right = arrays(pairs)
    curve = risk_coverage(confidence, right)
    coverage = [one.coverage for one in curve.thresholds]
    assert coverage == sorted(coverage, reverse=True)
    assert curve.thresholds[0].coverage == 1.0
    assert curve.thresholds[0].risk == pytest.approx(1 - right.mean())
    # The definition, counted out.
    risks = [(~right[confidence >= one]).mean() for one in confidence]
    assert curve.area == pytest.approx(np.mean(risks))
    for one in curve.thresholds:
        kept = confidence >= one.min_probability
        assert one.coverage == pytest.approx(kept.mean())
        assert one.risk == (pytest.approx((~right[kept]).mean()) if kept.any() else 0.0)


@given(judged)
def test_the_order_does_not_matter(pairs: list[tuple[float, bool]]) -> None:
    shuffled = sorted(pairs)
    assert risk_coverage(*arrays(pairs)).thresholds == risk_coverage(*arrays(shuffled)).thresholds
    assert risk_coverage(*arrays(pairs)).area == risk_coverage(*arrays(shuffled)).area


def test_areas_of_the_best_of_the_worst_and_of_no_order() -> None:
    right = np.array([True] * 6 + [False] * 2)
    best = risk_coverage(np.linspace(0.9, 0.2, 8), right).area
    worst = risk_coverage(np.linspace(0.2, 0.9, 8), right).area
    none = risk_coverage(np.full(8, 0.5), right).area
    assert best < none == 0.25 < worst


def test_what_tables_show_is_on_the_curve() -> None:
    curve = risk_coverage(np.array([0.95, 0.65]), np.array([True, False]))
    assert [one.min_probability for one in curve.shown()] == list(SHOWN)
    assert [(one.coverage, one.risk) for one in curve.shown()] == [(1.0, 0.5)] * 4 + [(0.5, 0.0)] * 3


def head_score(n_articles: int, per_article: int = 5) -> HeadScore:
    random = np.random.default_rng(7)
    n = n_articles * per_article
    gold = random.integers(3, size=n)
    logits = random.normal(size=(n, 3)) + 1.5 * np.eye(3)[gold]
    powers = np.exp(logits)
    articles = [f"article {i // per_article}" for i in range(n)]
    return score_head(
        "h", LABELS, [LABELS[i] for i in gold], powers / powers.sum(axis=1, keepdims=True), articles
    )


def test_every_figure_of_a_label_has_an_interval_that_holds_it() -> None:
    score = head_score(40)
    for label in score.labels:
        for figure in ("precision", "recall", "f1"):
            low, high = getattr(label, f"{figure}_interval")
            assert 0 <= low < getattr(label, figure) < high <= 1
    # Four times the articles, half the width.
    widths = [head_score(n).labels[0].f1_interval for n in (40, 160)]
    ratio = (widths[0][1] - widths[0][0]) / (widths[1][1] - widths[1][0])
    assert 1.5 < ratio < 2.7


def test_one_article_has_intervals_without_width() -> None:
    score = head_score(1, 30)
    assert score.interval == (score.macro_f1, score.macro_f1)
    for label in score.labels:
        assert label.recall_interval == (label.recall, label.recall)


def test_a_label_that_is_never_predicted_has_zeros() -> None:
    probabilities = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]])
    score = score_head("h", LABELS, ["a", "d"], probabilities, ["x", "y"])
    labels = {one.label: one for one in score.labels}
    assert list(labels) == ["a", "b", "c", "d"]
    assert labels["c"].precision_interval == labels["d"].f1_interval == (0.0, 0.0)
    assert not any(math.isnan(value) for one in score.labels for value in (one.precision, one.recall, one.f1))


def test_json_and_text_have_all_of_it() -> None:
    score = head_score(10)
    values = json.loads(json.dumps(score.to_dict(), allow_nan=False))
    assert values["labels"]["a"]["f1_interval"] == list(score.labels[0].f1_interval)
    assert values["risk_coverage"]["area"] == score.risk_coverage.area
    assert len(values["risk_coverage"]["thresholds"]) == 21
    assert sum(one["n"] for one in values["reliability"]) == score.n
    text = score.to_text()
    low, high = score.labels[1].recall_interval
    assert f"{score.labels[1].recall:.3f} [{low:.3f}-{high:.3f}]" in text
    kept = score.risk_coverage.shown()[3]
    assert f"0.6  {kept.coverage:.3f}  {kept.risk:.3f}" in text
