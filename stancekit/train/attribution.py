"""Whole articles -> how sure each attribution is: signs of what is found there against what was marked."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

from stancekit.confidence import AttributionModel, read_signs
from stancekit.document import read_document
from stancekit.speakers import UNKNOWN, trace_speakers
from stancekit.train.corpus import Corpus, WholeArticle
from stancekit.train.linear import FOLD_TOLERANCE, TOLERANCE, make_classifier, on_grid
from stancekit.train.metrics import AttributionScore, score_attribution
from stancekit.train.split import article_folds, article_groups
from stancekit.utterances import RawUtterance, find_utterances

STRENGTHS = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Inverse strengths of the L2 penalty that are tried, in scikit-learn's measure."""

MIN_COUNT = 5
"""Attributions that must have a sign; weights of rarer ones are chance."""

LEAST_OVERLAP = 0.5
"""Jaccard index of the words of a content found and of one marked that makes them the same utterance."""


class Example(NamedTuple):
    """One attribution that was found: its signs, and whether it is right.

    `wide` : whether it is found in the wide notion only.
    """

    article: str
    signs: Sequence[str]
    right: bool
    wide: bool


def fit_attribution(
    corpus: Corpus, n_folds: int, noted: list[str]
) -> tuple[AttributionModel | None, AttributionScore | None]:
    """The model, and its figures on articles that it did not see; None without enough whole articles.

    The strength of the penalty is the one with the least log-loss over the folds. No class is given more
    weight than it has, so that the probabilities are calibrated as they are; the figures tell. They are of
    the narrow notion of utterances; what only the wide one finds is trained on as well.
    """
    examples = [example for article in corpus.whole for example in read_examples(article)]
    right = np.array([example.right for example in examples], dtype=np.bool_)
    group_of = dict(
        zip((u.article for u in corpus.utterances), article_groups(corpus.utterances), strict=True)
    )
    groups = [group_of.get(example.article, example.article) for example in examples]
    having = [{g for g, r in zip(groups, right, strict=True) if r == which} for which in (True, False)]
    n_folds = min(n_folds, *map(len, having))
    if n_folds < 2:
        if corpus.whole:
            noted.append(
                "no-attribution: too few whole articles with right and with wrong attributions to tell"
                " how sure they are"
            )
        return None, None
    folds = article_folds(groups, [["right" if one else "wrong"] for one in right], n_folds)
    held_out = {strength: _held_out(examples, right, folds, strength) for strength in STRENGTHS}
    losses = {strength: _log_loss(found, right) for strength, found in held_out.items()}
    best = min(STRENGTHS, key=losses.__getitem__)
    narrow = np.array([not example.wide for example in examples])
    articles = [example.article for example in examples if not example.wide]
    score = score_attribution(held_out[best][narrow], right[narrow], articles, best)
    return _fit(examples, right, best, TOLERANCE), score


def read_examples(article: WholeArticle) -> Iterator[Example]:
    """What is found in an article with a speaker, in either notion of utterances, each thing once."""
    document = read_document(article.text)
    marked = [word_starts(utterance.content, article.text) for utterance in article.utterances]
    seen: set[tuple[object, ...]] = set()
    for wide in (False, True):
        found = find_utterances(document, wide=wide)
        speakers, owners, traces = trace_speakers(document, found)
        pairs = pair_contents(marked, [word_starts(raw.content, article.text) for raw in found])
        matched = {j: article.utterances[i].speaker for i, j in pairs.items()}
        signs = read_signs(document, found, traces)
        for j, raw in enumerate(found):
            name = speakers[owners[j]].name
            if name != UNKNOWN and (key := _key(raw)) not in seen:
                seen.add(key)
                right = j in matched and same_speaker(name, matched[j])
                yield Example(article.name, signs[j], right, wide)


def _key(raw: RawUtterance) -> tuple[object, ...]:
    return raw.content, raw.source, raw.cue


def pair_contents(marked: Sequence[frozenset[int]], found: Sequence[frozenset[int]]) -> dict[int, int]:
    """Utterance marked -> utterance found, one to one, the best overlaps first.

    Parameters
    ----------
    marked, found : of every content where its words begin.
    """
    overlaps = sorted(
        (
            (-len(a & b) / len(a | b), i, j)
            for i, a in enumerate(marked)
            for j, b in enumerate(found)
            if a & b and len(a & b) >= LEAST_OVERLAP * len(a | b)
        ),
    )
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in overlaps:
        if i not in pairs and j not in taken:
            pairs[i] = j
            taken.add(j)
    return pairs


def word_starts(spans: Iterable[Sequence[int]], text: str) -> frozenset[int]:
    """Where the words begin that the spans of `text` cover."""
    return frozenset(
        start + match.start() for start, end in spans for match in re.finditer(r"\w+", text[start:end])
    )


_ARTICLES = frozenset("the a an some both".split())


def same_speaker(name: str, other: str) -> bool:
    """Whether two names are one, or the words of one are in the other: case and articles count for nothing.

    >>> same_speaker("the Minister", "minister"), same_speaker("Keil", "Marta Keil")
    (True, True)
    >>> same_speaker("Keil", "Marta Keilmann"), same_speaker("unknown", "Keil")
    (False, False)
    """
    short, long = sorted((_plain(name), _plain(other)), key=len)
    return f" {short} " in f" {long} " if short else short == long


def _plain(name: str) -> str:
    words = name.lower().split()
    return " ".join(words[1:] if words and words[0] in _ARTICLES else words)


def _held_out(
    examples: Sequence[Example], right: NDArray[np.bool_], folds: NDArray[np.int64], strength: float
) -> NDArray[np.float64]:
    """The probability of every example by a model that saw nothing of its article."""
    probabilities = np.zeros(len(examples))
    for fold in range(int(folds.max()) + 1):
        training, left_out = np.flatnonzero(folds != fold).tolist(), np.flatnonzero(folds == fold).tolist()
        model = _fit([examples[i] for i in training], right[training], strength, FOLD_TOLERANCE)
        for i in left_out:
            probabilities[i] = model.probability(examples[i].signs)
    return probabilities


def _fit(
    examples: Sequence[Example], right: NDArray[np.bool_], strength: float, tolerance: float
) -> AttributionModel:
    vectorizer = CountVectorizer(analyzer=sorted)
    counts = csr_matrix(vectorizer.fit_transform([example.signs for example in examples]))
    kept = np.flatnonzero(np.bincount(counts.indices, minlength=counts.shape[1]) >= MIN_COUNT)
    classifier = make_classifier(strength, None, tolerance)
    with warnings.catch_warnings():
        # A line search that finds no better point at the last bits of the optimum is no fault.
        warnings.simplefilter("ignore")
        classifier.fit(counts[:, kept].astype(np.float64), right)
    weights = on_grid(np.hstack([classifier.intercept_, classifier.coef_[0]]))
    return AttributionModel(tuple(vectorizer.get_feature_names_out()[kept].tolist()), tuple(weights.tolist()))


def _log_loss(probabilities: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Mean log-loss, rounded: which of two strengths is the better one is not left to the last bits."""
    of_truth = np.where(right, probabilities, 1 - probabilities)
    return round(float(-np.log(np.maximum(of_truth, 1e-15)).mean()), 6)
