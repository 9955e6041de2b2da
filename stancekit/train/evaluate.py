"""A model, or a recipe, against labelled utterances."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stancekit.errors import CorpusError
from stancekit.model import Model
from stancekit.model_file import write_model
from stancekit.train.corpus import OnConflict, number_of, read_corpus
from stancekit.train.fit import fields_of, fit_model, read_recipe_corpus
from stancekit.train.metrics import HeadScore, score_head
from stancekit.train.recipe import Recipe, read_recipe
from stancekit.train.report import EvaluationReport, telling_of
from stancekit.train.spans import Offsets
from stancekit.train.split import content_digest


def evaluate(
    model: Model,
    sources: Sequence[Path] | Path,
    *,
    heads: Sequence[str] | None = None,
    labels: Mapping[str, Sequence[str]] | None = None,
    ignore: Sequence[str] = (),
    rename: Mapping[str, str] | None = None,
    offsets: Offsets | None = None,
    on_conflict: OnConflict = "keep",
) -> EvaluationReport:
    """How well a model labels utterances that are cut and labelled by hand.

    Parameters
    ----------
    sources : as for training.
    heads : the columns that are labels; None takes the model's heads, stance and sentiment, whichever there
        are. A head that the model lacks is left out, with a warning.
    labels, ignore, rename, offsets, on_conflict : as `read_corpus` has them.

    Raises
    ------
    CorpusError
        The corpus is refused, or shares no head with the model.
    """
    corpus = read_corpus(
        sources,
        heads=heads,
        expected_heads={head.name: head.labels for head in model.heads},
        labels=labels,
        ignore=ignore,
        rename=rename,
        offsets=offsets,
        on_conflict=on_conflict,
    )
    warnings = list(corpus.warnings)
    shared = [head for head in model.heads if head.name in corpus.heads]
    if not shared:
        found = f"the model has {_names(h.name for h in model.heads)}, the corpus {_names(corpus.heads)}"
        raise CorpusError(f"no head to evaluate: {found}")
    lacking = sorted(corpus.heads.keys() - {head.name for head in shared})
    warnings += [f"head-not-in-model: {name}" for name in lacking]
    scores: list[HeadScore] = []
    for head in shared:
        utterances = corpus.labelled(head.name)
        gold = [utterance.labels[head.name] for utterance in utterances]
        unknown = sorted(set(gold) - set(head.labels))
        warnings += [f"label-not-in-model: {head.name} {label!r}" for label in unknown]
        probabilities = model.probabilities(fields_of(utterances))[head.name]
        articles = [utterance.article for utterance in utterances]
        scores.append(score_head(head.name, head.labels, gold, probabilities, articles))
    digests = np.array([content_digest(u.fields.content) for u in corpus.utterances], dtype=np.uint64)
    n_known = int(np.isin(digests, model.training_digests).sum())
    if n_known:
        of = number_of(len(digests), "utterance")
        warnings.append(
            f"trained-on: the model was trained on {n_known} of these {of}: the figures flatter it"
        )
    return EvaluationReport(
        model=f"{model.name} {model.version}",
        sha256=model.sha256,
        method="evaluation",
        n_articles=len(corpus.articles),
        n_utterances=len(corpus.utterances),
        n_known=n_known,
        heads=tuple(scores),
        warnings=tuple(warnings),
        telling=telling_of(model),
    )


def cross_validate(recipe: Recipe | Path) -> EvaluationReport:
    """How well models of a recipe label articles left out of their training.

    Notes
    -----
    The probabilities are calibrated by one scale, chosen over the same articles.
    """
    if isinstance(recipe, Path):
        recipe = read_recipe(recipe)
    corpus = read_recipe_corpus(recipe)
    fit = fit_model(corpus, recipe)
    return EvaluationReport(
        model=f"{fit.model.name} {fit.model.version}",
        sha256=hashlib.sha256(write_model(fit.model)).hexdigest(),
        method=f"{fit.n_folds}-fold cross-validation by article",
        n_articles=len(corpus.articles),
        n_utterances=len(corpus.utterances),
        n_known=0,
        heads=fit.scores,
        warnings=(*corpus.warnings, *fit.warnings),
        telling=telling_of(fit.model),
        attribution=fit.attribution,
    )


def _names(names: Any) -> str:
    return ", ".join(sorted(names)) or "none"
