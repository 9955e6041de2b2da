"""Corpus and recipe -> model."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from stancekit.errors import CorpusError, InputError
from stancekit.features import UtteranceFields, tokenize
from stancekit.model import Head, Model
from stancekit.model_file import check_place, save
from stancekit.target import read_target
from stancekit.train.attribution import fit_attribution
from stancekit.train.calibrate import fit_scale
from stancekit.train.corpus import Corpus, LabelledUtterance, OnConflict, number_of, read_corpus
from stancekit.train.estimator import FOLD_TOLERANCE, TOLERANCE, make_classifier, on_grid
from stancekit.train.learning_curve import LearningPoint, learning_point, smaller_parts
from stancekit.train.metrics import AttributionScore, HeadScore, score_head
from stancekit.train.parallel import OnProgress, Runner
from stancekit.train.recipe import Recipe, read_recipe
from stancekit.train.report import TrainingReport
from stancekit.train.rows import CountedBlock, count_features, weigh
from stancekit.train.spans import Offsets
from stancekit.train.split import Part, article_folds, article_groups, fold_parts

Floats = NDArray[np.float64]

NEVER = -30.0
"""Log-odds of a label that a fold's training part does not have."""

POLES = {("support", "oppose"), ("positive", "negative"), ("favor", "against"), ("pro", "anti")}
"""Pairs of labels that are ends of a scale, the positive one first."""


class PolesError(InputError):
    """Poles for a head, or of labels, that the corpus does not have."""


@dataclass(frozen=True, slots=True)
class FittedHead:
    """A head before it is packed: weights (n_features, n_labels), intercepts (n_labels,)."""

    name: str
    labels: tuple[str, ...]
    weights: Floats
    intercepts: Floats
    converged: bool


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
    model = replace(fit.model, sha256=hashlib.sha256(file.read_bytes()).hexdigest())
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
    poles = _poles(corpus, recipe)
    noted: list[str] = []
    # More threads would sum in another order.
    with threadpool_limits(limits=1):
        counted = count_features(recipe.settings, fields_of(corpus.utterances))
        groups = article_groups(corpus.utterances)
        folds, n_folds = choose_folds(corpus, groups, recipe, noted)
        parts = fold_parts(folds) if n_folds else []
        smaller = smaller_parts(parts, groups) if learning_curve else {}
        # The whole corpus is one more.
        runner.expect(len(parts) * (1 + len(smaller)) + 1)
        held_out = label_left_out(corpus, counted, recipe, parts, runner) if parts else {}
        points = [
            point
            for share, of_share in smaller.items()
            if (point := _learning_point(share, corpus, counted, recipe, of_share, runner)) is not None
        ]
        rows = weigh(counted, np.ones(len(corpus.utterances), dtype=np.bool_))
        fitted = [
            _fit_head(head, labels, corpus.utterances, rows.training, recipe, TOLERANCE)
            for head, labels in corpus.heads.items()
        ]
        attribution, attribution_score = fit_attribution(corpus, recipe.folds, noted)
        runner.finish()
    heads: list[Head] = []
    scores: list[HeadScore] = []
    for one in fitted:
        head = Head(one.name, one.labels, poles[one.name])
        if one.name in held_out:
            gold = [utterance.labels[one.name] for utterance in corpus.labelled(one.name)]
            indices = np.array([one.labels.index(label) for label in gold], dtype=np.int64)
            head = replace(head, scale=fit_scale(held_out[one.name], indices))
            scores.append(_score(corpus, head, held_out[one.name]))
        heads.append(head)
    digests = sorted({content_digest(utterance.fields.content) for utterance in corpus.utterances})
    model = Model(
        name=recipe.name,
        version=recipe.version,
        target=recipe.target.name,
        heads=tuple(heads),
        settings=replace(recipe.settings, blocks=rows.blocks),
        vocabulary=rows.vocabulary,
        document_frequencies=rows.frequencies,
        n_documents=len(corpus.utterances),
        weights=on_grid(np.hstack([one.weights for one in fitted])),
        intercepts=on_grid(np.hstack([one.intercepts for one in fitted])),
        training_digests=np.array(digests, dtype=np.uint64),
        about={
            "converged": all(one.converged for one in fitted),
            "corpus_sha256": corpus.sha256,
            "n_articles": len(corpus.articles),
            "label_counts": label_counts(corpus),
            "regularization": recipe.regularization,
            "class_weight": recipe.class_weight,
            **({} if held_out else {"calibrated": False}),
        },
        attribution=attribution,
    )
    if points:
        points.append(learning_point(1.0, corpus, parts, scores))
    return Fit(model, tuple(scores), attribution_score, n_folds, noted, tuple(points))


def _score(corpus: Corpus, head: Head, log_odds: Floats) -> HeadScore:
    utterances = corpus.labelled(head.name)
    gold = [utterance.labels[head.name] for utterance in utterances]
    articles = [utterance.article for utterance in utterances]
    return score_head(head.name, head.labels, gold, head.calibrate(log_odds), articles)


def _learning_point(
    share: float,
    corpus: Corpus,
    counted: Sequence[CountedBlock],
    recipe: Recipe,
    parts: Sequence[Part],
    runner: Runner,
) -> LearningPoint | None:
    """The figures of models of a share of the articles; None if that is too little to train on."""
    try:
        found = label_left_out(corpus, counted, recipe, parts, runner)
    except CorpusError:
        return None
    # How probable a label is does not matter here, only which is the most probable one.
    scores = [_score(corpus, Head(head, corpus.heads[head], None), rows) for head, rows in found.items()]
    return learning_point(share, corpus, parts, scores)


def choose_folds(
    corpus: Corpus, groups: Sequence[str], recipe: Recipe, noted: list[str]
) -> tuple[NDArray[np.int64], int]:
    """The fold of every utterance, by article, and how many there are.

    With fewer articles that have some label than folds, the folds are as many as those articles, with a
    warning; below two there are none, and nothing is calibrated.
    """
    if len(set(groups)) < len({utterance.article for utterance in corpus.utterances}):
        n_merged = len({utterance.article for utterance in corpus.utterances}) - len(set(groups))
        merged = number_of(n_merged, "article")
        noted.append(f"repeated-articles: {merged} with utterances of others, kept in one fold with them")
    n_folds = recipe.folds
    for head, labels in corpus.heads.items():
        for label in labels:
            having = {
                group
                for group, utterance in zip(groups, corpus.utterances, strict=True)
                if utterance.labels.get(head) == label
            }
            if len(having) < n_folds:
                n_folds = len(having)
                noted.append(f"fewer-folds: {head} {label!r} is in {number_of(n_folds, 'article')} only")
    if n_folds < 2:
        noted.append(
            "uncalibrated: too few articles to hold any out: the probabilities are not calibrated, and there"
            " are no figures"
        )
        return np.zeros(len(groups), dtype=np.int64), 0
    classes = [
        " ".join(f"{head}={label}" for head, label in sorted(u.labels.items())) for u in corpus.utterances
    ]
    return article_folds(groups, classes, n_folds), n_folds


def label_left_out(
    corpus: Corpus, counted: Sequence[CountedBlock], recipe: Recipe, parts: Sequence[Part], runner: Runner
) -> dict[str, Floats]:
    """By head the log-odds of every labelled utterance, from the part that leaves its article out.

    Raises
    ------
    CorpusError
        No feature is frequent enough in one of the parts.
    """
    log_odds = {head: np.zeros((len(corpus.utterances), len(corpus.heads[head]))) for head in corpus.heads}
    for part, found in zip(
        parts, runner.run(partial(_label_part, corpus, counted, recipe), parts), strict=True
    ):
        for head, rows in found.items():
            log_odds[head][part.left_out] = rows
    return {
        head: rows[[head in utterance.labels for utterance in corpus.utterances]]
        for head, rows in log_odds.items()
    }


def _label_part(
    corpus: Corpus, counted: Sequence[CountedBlock], recipe: Recipe, part: Part
) -> dict[str, Floats]:
    training = [u for u, there in zip(corpus.utterances, part.training, strict=True) if there]
    rows = weigh(counted, part.training, part.left_out)
    fitted = [
        _fit_head(head, labels, training, rows.training, recipe, FOLD_TOLERANCE)
        for head, labels in corpus.heads.items()
    ]
    return {one.name: rows.left_out @ one.weights + one.intercepts for one in fitted}


def _fit_head(
    head: str,
    labels: tuple[str, ...],
    utterances: Sequence[LabelledUtterance],
    rows: csr_matrix,
    recipe: Recipe,
    tolerance: float,
) -> FittedHead:
    labelled = [i for i, utterance in enumerate(utterances) if head in utterance.labels]
    gold = np.array([labels.index(utterances[i].labels[head]) for i in labelled])
    present = sorted(set(gold.tolist()))
    weights = np.zeros((rows.shape[1], len(labels)))
    intercepts = np.full(len(labels), NEVER)
    converged = True
    if len(present) == 1:
        intercepts[present[0]] = 0.0
    else:
        classifier = make_classifier(recipe.regularization, recipe.class_weight, tolerance)
        with warnings.catch_warnings():
            # Of no convergence `converged` tells; of a line search that finds no better point at the last
            # bits of the optimum there is nothing to tell, and its warnings have no class of their own.
            warnings.simplefilter("ignore")
            classifier.fit(rows[labelled], gold)
        converged = bool(np.all(classifier.n_iter_ < classifier.max_iter))
        coefficients, constants = classifier.coef_, classifier.intercept_
        if len(present) == 2:
            # Two labels are one column in scikit-learn: half of it for the one, half against the other.
            coefficients = np.vstack([-coefficients, coefficients]) / 2
            constants = np.hstack([-constants, constants]) / 2
        weights[:, present] = coefficients.T
        intercepts[present] = constants - constants.mean()
    return FittedHead(head, labels, weights, intercepts, converged)


def _poles(corpus: Corpus, recipe: Recipe) -> dict[str, tuple[str, str] | None]:
    """The poles of every head, those chosen or those known."""
    for head, chosen in recipe.poles.items():
        if head not in corpus.heads:
            raise PolesError(f"poles for {head!r}, which is no head", "", f"heads: {', '.join(corpus.heads)}")
        labels = corpus.heads[head]
        if len(set(chosen)) != 2 or not set(chosen) <= set(labels):
            found = f"expected two labels of {head!r} as its poles, found {', '.join(chosen)}"
            raise PolesError(found, "", f"labels: {', '.join(labels)}")
    known = {
        head: next((pair for pair in sorted(POLES) if set(pair) <= set(labels)), None)
        for head, labels in corpus.heads.items()
    }
    return {**known, **recipe.poles}


def content_digest(content: str) -> int:
    """The first 8 bytes of SHA-256 of a content's tokens: tells known utterances without keeping them."""
    digest = hashlib.sha256(" ".join(tokenize(content)).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "little")


def fields_of(utterances: Sequence[LabelledUtterance]) -> list[UtteranceFields]:
    """What the model reads of each utterance."""
    return [utterance.fields for utterance in utterances]
