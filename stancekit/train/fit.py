"""Corpus and recipe -> model."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from stancekit.errors import CorpusError, InputError
from stancekit.features import UtteranceFields
from stancekit.model import Arrays, Head, Model
from stancekit.model_file import check_place, save
from stancekit.target import read_target
from stancekit.train.answers import fit_head, read_answers
from stancekit.train.attribution import fit_attribution
from stancekit.train.corpus import Corpus, LabelledUtterance, OnConflict, number_of, read_corpus
from stancekit.train.cross_validation import hold_out
from stancekit.train.learning_curve import LearningPoint
from stancekit.train.linear import TOLERANCE, on_grid
from stancekit.train.metrics import AttributionScore, HeadScore
from stancekit.train.parallel import OnProgress, Runner
from stancekit.train.poles import poles_of
from stancekit.train.recipe import Recipe, read_recipe
from stancekit.train.report import TrainingReport
from stancekit.train.rows import count_features, weigh
from stancekit.train.spans import Offsets
from stancekit.train.split import content_digest


def train(
    sources: Sequence[Path] | Path,
    *,
    out: Path | None = None,
    heads: Sequence[str] | None = None,
    name: str | None = None,
    version: str | None = None,
    target: str | os.PathLike[str] | None = None,
    labels: Mapping[str, Sequence[str]] | None = None,
    poles: Mapping[str, tuple[str, str]] | None = None,
    ignore: Sequence[str] = (),
    rename: Mapping[str, str] | None = None,
    offsets: Offsets | None = None,
    on_conflict: OnConflict = "refuse",
    on_warnings: Callable[[Sequence[str]], None] | None = None,
    learning_curve: bool = True,
    n_jobs: int = 1,
    on_progress: OnProgress | None = None,
) -> TrainingReport:
    """Train a model and write its file.

    Parameters
    ----------
    sources : corpus folders, JSONL and CSV files, exports of annotation tools; or one recipe (``.toml``),
        which names its own.
    out : folder or ``.safetensors`` file to write; for a recipe None is the recipe's folder.
    heads : the columns that are labels; None takes stance and sentiment, whichever there are.
    name, version : of the model; None is the name of `out`, and "1".
    target : whom the stance is toward, in words; or a target file (``.toml``), see `stancekit.target`.
    labels, ignore, rename, offsets, on_conflict : as `read_corpus` has them.
    poles : by head the labels at the positive and the negative end; None knows support and oppose,
        positive and negative, and a few like them.
    on_warnings : called with all warnings before the model is written; what it raises keeps it unwritten.
    learning_curve : measure how good models of an eighth, a quarter and half of the articles are as well,
        for a fifth more time.
    n_jobs : processes that train the models of the cross-validation, -1 for as many as there are cores; the
        model and its figures are the same to the byte.
    on_progress : called with the models that are trained and with how many there will be.

    Raises
    ------
    CorpusError, InputError
        The corpus, recipe or target file is refused; nothing was written.
    ValueError
        `n_jobs` is neither -1 nor 1 or more.
    OutputError
        The model cannot be written, which is tried before training; an older one is untouched.
    """
    runner = Runner(n_jobs, on_progress)
    places = [Path(sources)] if isinstance(sources, (str, Path)) else [Path(source) for source in sources]
    recipe = _recipe(places, out, name, version, target)
    if heads is not None:
        recipe = replace(recipe, heads=tuple(heads))
    if labels is not None:
        recipe = replace(recipe, labels={head: tuple(values) for head, values in labels.items()})
    if poles is not None:
        recipe = replace(recipe, poles=dict(poles))
    if ignore:
        recipe = replace(recipe, ignore=tuple(ignore))
    if rename:
        recipe = replace(recipe, rename=dict(rename))
    if offsets is not None:
        recipe = replace(recipe, offsets=offsets)
    if on_conflict != "refuse":
        recipe = replace(recipe, on_conflict=on_conflict)
    check_place(recipe.out)
    corpus = read_recipe_corpus(recipe)
    fit = fit_model(corpus, recipe, runner=runner, learning_curve=learning_curve)
    found = (*corpus.warnings, *fit.warnings)
    if on_warnings is not None:
        on_warnings(found)
    file = save(fit.model, recipe.out)
    model = replace(fit.model, file=file.read_bytes())
    return TrainingReport(
        model=model,
        path=file,
        n_articles=len(corpus.articles),
        n_utterances=len(corpus.utterances),
        n_folds=fit.n_folds,
        label_counts=label_counts(corpus),
        cross_validation=fit.scores,
        converged=bool(model.about["converged"]),
        warnings=found,
        attribution=fit.attribution,
        learning_curve=fit.learning_curve,
    )


def _recipe(
    places: list[Path],
    out: Path | None,
    name: str | None,
    version: str | None,
    target: str | os.PathLike[str] | None,
) -> Recipe:
    if any(place.suffix == ".toml" for place in places):
        if len(places) > 1:
            raise InputError("expected one recipe, or corpora", ", ".join(map(str, places)))
        recipe = read_recipe(places[0])
        recipe = replace(recipe, out=Path(out) if out is not None else recipe.out)
    elif out is None:
        raise InputError("no place to write the model to", "", "name a folder for it")
    else:
        folder = Path(out)
        recipe = Recipe(name=folder.stem or "model", corpus=tuple(places), out=folder)
    if target is not None:
        if os.fspath(target).endswith(".toml"):
            recipe = replace(recipe, target=read_target(Path(target)))
        else:
            recipe = replace(recipe, target=replace(recipe.target, name=os.fspath(target)))
    return replace(recipe, name=name or recipe.name, version=version or recipe.version)


def read_recipe_corpus(recipe: Recipe) -> Corpus:
    """The corpus that a recipe names."""
    return read_corpus(
        recipe.corpus,
        heads=recipe.heads,
        labels=recipe.labels,
        ignore=recipe.ignore,
        rename=recipe.rename,
        offsets=recipe.offsets,
        on_conflict=recipe.on_conflict,
    )


def label_counts(corpus: Corpus) -> dict[str, dict[str, int]]:
    """Utterances by head and label."""
    counts: dict[str, dict[str, int]] = {}
    for head, labels in corpus.heads.items():
        found = Counter(utterance.labels[head] for utterance in corpus.labelled(head))
        counts[head] = {label: found[label] for label in labels}
    return counts


class Fit(NamedTuple):
    """A model, the cross-validated figures of its heads and attributions, the number of folds, warnings.

    `learning_curve` is empty if it was not asked for.
    """

    model: Model
    scores: tuple[HeadScore, ...]
    attribution: AttributionScore | None
    n_folds: int
    warnings: list[str]
    learning_curve: tuple[LearningPoint, ...] = ()


def fit_model(
    corpus: Corpus, recipe: Recipe, *, runner: Runner | None = None, learning_curve: bool = False
) -> Fit:
    """A model, as the recipe says.

    Parameters
    ----------
    runner : trains the models of the folds; None does so here, one after the other.
    learning_curve : also measure models of a share of the articles.
    """
    runner = runner or Runner()
    for name, counts in label_counts(corpus).items():
        if len(counts) < 2:
            ((label, count),) = counts.items()
            found = f"head {name!r} has one label only: {label!r}, in {number_of(count, 'utterance')}"
            raise CorpusError(found, "", "a head needs two labels at least")
    poles = poles_of(corpus.heads, recipe.poles)
    noted: list[str] = []
    # More threads would sum in another order.
    with threadpool_limits(limits=1):
        counted = count_features(recipe.settings, fields_of(corpus.utterances))
        answers = read_answers(corpus)
        held_out = hold_out(corpus, answers, counted, recipe, runner, noted, learning_curve=learning_curve)
        rows = weigh(counted, np.ones(len(corpus.utterances), dtype=np.bool_))
        fitted = [
            fit_head(rows.training, one, recipe.class_weight, held_out.strengths[name], TOLERANCE)
            for name, one in answers.items()
        ]
        attribution, attribution_score = fit_attribution(corpus, recipe.folds, noted)
        runner.finish()
    digests = sorted({content_digest(utterance.fields.content) for utterance in corpus.utterances})
    model = Model(
        name=recipe.name,
        version=recipe.version,
        target=recipe.target.name,
        heads=tuple(
            Head(name, one.labels, poles[name], held_out.scales.get(name, 1.0))
            for name, one in answers.items()
        ),
        settings=replace(recipe.settings, blocks=rows.blocks),
        n_documents=len(corpus.utterances),
        arrays=Arrays.of(
            rows.vocabulary,
            rows.frequencies,
            on_grid(np.hstack([one.weights for one in fitted])),
            on_grid(np.hstack([one.intercepts for one in fitted])),
            np.array(digests, dtype=np.uint64),
        ),
        about={
            "converged": all(one.converged for one in fitted),
            "corpus_sha256": corpus.sha256,
            "n_articles": len(corpus.articles),
            "label_counts": label_counts(corpus),
            "regularization": (
                held_out.strengths if recipe.regularization == "auto" else recipe.regularization
            ),
            "class_weight": recipe.class_weight,
            **({} if held_out.scales else {"calibrated": False}),
        },
        attribution=attribution,
    )
    return Fit(model, held_out.scores, attribution_score, held_out.n_folds, noted, held_out.learning_curve)


def fields_of(utterances: Sequence[LabelledUtterance]) -> list[UtteranceFields]:
    """What the model reads of each utterance."""
    return [utterance.fields for utterance in utterances]
