"""What models that saw nothing of an article say of its utterances: how to train, and how good that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stancekit.errors import CorpusError
from stancekit.model import Head
from stancekit.train.answers import Answers, fit_head
from stancekit.train.calibrate import fit_scale
from stancekit.train.corpus import Corpus
from stancekit.train.learning_curve import LearningPoint, learning_point, smaller_parts
from stancekit.train.linear import FOLD_TOLERANCE
from stancekit.train.metrics import HeadScore, score_head
from stancekit.train.parallel import Runner
from stancekit.train.recipe import Recipe
from stancekit.train.rows import CountedBlock, weigh
from stancekit.train.split import Part, article_groups, choose_folds, fold_parts
from stancekit.train.strength import UNTRIED, choose_strength, held_out_probabilities

Floats = NDArray[np.float64]

Strengths = Mapping[str, float]
"""By head the inverse strength of the L2 penalty."""


class HeldOut(NamedTuple):
    """What held-out articles decide, and the figures on them.

    Parameters
    ----------
    n_folds : 0 if nothing could be held out; then there are no scales and no figures.
    strengths : by head the inverse strength of the L2 penalty to train with.
    scales : by head that of its log-odds.
    learning_curve : empty if it was not asked for.
    """

    n_folds: int
    strengths: dict[str, float]
    scales: dict[str, float]
    scores: tuple[HeadScore, ...]
    learning_curve: tuple[LearningPoint, ...]


class Trial(NamedTuple):
    """One model of the cross-validation: what it is trained and tried on, and the penalty of each head."""

    part: Part
    strengths: Strengths


def hold_out(
    corpus: Corpus,
    answers: Mapping[str, Answers],
    counted: Sequence[CountedBlock],
    recipe: Recipe,
    runner: Runner,
    noted: list[str],
    *,
    learning_curve: bool,
) -> HeldOut:
    """Choose on held-out articles what the recipe leaves open, and measure it there.

    Parameters
    ----------
    noted : warnings are added to it.
    learning_curve : also measure models of a share of the articles, with the strengths chosen for all.
    """
    groups = article_groups(corpus.utterances)
    folds, n_folds = choose_folds(corpus, groups, recipe.folds, noted)
    parts = fold_parts(folds) if n_folds else []
    smaller = smaller_parts(parts, groups) if learning_curve else {}
    # The model of the whole corpus is one more.
    runner.expect(len(parts) * (len(recipe.strengths) + len(smaller)) + 1)
    if not parts:
        untried = UNTRIED if recipe.regularization == "auto" else recipe.regularization
        return HeldOut(0, dict.fromkeys(answers, untried), {}, (), ())
    label = partial(label_left_out, answers, counted, recipe.class_weight, runner)
    tried = label(parts, [dict.fromkeys(answers, strength) for strength in recipe.strengths])
    strengths: dict[str, float] = {}
    scales: dict[str, float] = {}
    scores: list[HeadScore] = []
    for head, one in answers.items():
        log_odds = {s: of_heads[head] for s, of_heads in zip(recipe.strengths, tried, strict=True)}
        strengths[head] = choose_strength(log_odds, one.gold)
        scales[head] = fit_scale(log_odds[strengths[head]], one.gold)
        probabilities = held_out_probabilities(log_odds, one.gold, folds[one.given])
        scores.append(_score(corpus, head, probabilities))
    points: list[LearningPoint] = []
    for share, of_share in smaller.items():
        try:
            (found,) = label(of_share, [strengths])
        except CorpusError:
            continue  # too little to train on
        # How probable a label is does not matter here, only which is the most probable one.
        of_heads = [
            _score(corpus, head, Head(head, (), None).calibrate(rows)) for head, rows in found.items()
        ]
        points.append(learning_point(share, corpus, of_share, of_heads))
    if points:
        points.append(learning_point(1.0, corpus, parts, scores))
    return HeldOut(n_folds, strengths, scales, tuple(scores), tuple(points))


def _score(corpus: Corpus, head: str, probabilities: Floats) -> HeadScore:
    utterances = corpus.labelled(head)
    gold = [utterance.labels[head] for utterance in utterances]
    articles = [utterance.article for utterance in utterances]
    return score_head(head, corpus.heads[head], gold, probabilities, articles)


def label_left_out(
    answers: Mapping[str, Answers],
    counted: Sequence[CountedBlock],
    class_weight: str | None,
    runner: Runner,
    parts: Sequence[Part],
    tried: Sequence[Strengths],
) -> list[dict[str, Floats]]:
    """Log-odds from the part that leaves an utterance out, for every choice of strengths that is tried.

    Returns
    -------
    list of dict
        A dict for each of `tried`: by head the rows of the utterances that answer it, (n, n_labels).

    Raises
    ------
    CorpusError
        No feature is frequent enough in one of the parts.
    """
    trials = [Trial(part, strengths) for strengths in tried for part in parts]
    # All at once: no process waits for the parts of one choice before it begins with the next.
    found = iter(runner.run(partial(_label_part, answers, counted, class_weight), trials))
    results: list[dict[str, Floats]] = []
    for _ in tried:
        rows = {head: np.zeros((len(one.indices), len(one.labels))) for head, one in answers.items()}
        for part in parts:
            for head, values in next(found).items():
                rows[head][part.left_out] = values
        results.append({head: values[answers[head].given] for head, values in rows.items()})
    return results


def _label_part(
    answers: Mapping[str, Answers], counted: Sequence[CountedBlock], class_weight: str | None, trial: Trial
) -> dict[str, Floats]:
    part = trial.part
    rows = weigh(counted, part.training, part.left_out)
    labelled: dict[str, Floats] = {}
    for head, strength in trial.strengths.items():
        known = answers[head].of(part.training)
        fitted = fit_head(rows.training, known, class_weight, strength, FOLD_TOLERANCE)
        labelled[head] = rows.left_out @ fitted.weights + fitted.intercepts
    return labelled
