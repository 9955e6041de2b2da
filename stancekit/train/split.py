"""Folds by article: utterances of one article are never in training and test at once."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stancekit.features import tokenize
from stancekit.train.corpus import Corpus, LabelledUtterance, number_of

DUPLICATE_WORDS = 8
"""A content of as many words in two articles makes them one group: shorter ones meet by chance."""


class Part(NamedTuple):
    """What one model is trained on, and what it is tried on: masks over the utterances."""

    training: NDArray[np.bool_]
    left_out: NDArray[np.bool_]


def article_groups(utterances: Sequence[LabelledUtterance]) -> list[str]:
    """The group of every utterance: its article, or the first of the articles that repeat each other."""
    parent = {utterance.article: utterance.article for utterance in utterances}

    def root(article: str) -> str:
        while parent[article] != article:
            article = parent[article]
        return article

    first: dict[str, str] = {}
    for utterance in utterances:
        tokens = tokenize(utterance.fields.content)
        if len(tokens) >= DUPLICATE_WORDS:
            other = root(first.setdefault(" ".join(tokens), utterance.article))
            mine = root(utterance.article)
            parent[max(other, mine)] = min(other, mine)
    return [root(utterance.article) for utterance in utterances]


def choose_folds(
    corpus: Corpus, groups: Sequence[str], n_folds: int, noted: list[str]
) -> tuple[NDArray[np.int64], int]:
    """The fold of every utterance, by article, and how many there are.

    With fewer articles that have some label than folds, the folds are as many as those articles, with a
    warning; below two there are none, and nothing is calibrated.

    Parameters
    ----------
    groups : of every utterance, as `article_groups` gives them.
    n_folds : at most.
    noted : warnings are added to it.
    """
    n_merged = len({utterance.article for utterance in corpus.utterances}) - len(set(groups))
    if n_merged:
        merged = number_of(n_merged, "article")
        noted.append(f"repeated-articles: {merged} with utterances of others, kept in one fold with them")
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
    answers = [[f"{head}={label}" for head, label in u.labels.items()] for u in corpus.utterances]
    return article_folds(groups, answers, n_folds), n_folds


def article_folds(
    groups: Sequence[str], labels: Sequence[Collection[str]], n_folds: int
) -> NDArray[np.int64]:
    """The fold of every utterance, 0 to n_folds - 1.

    Groups are taken from the largest to the smallest, equals in the order of a hash of their names; each
    goes to the fold that it brings nearest to an even share of the utterances and of every label. No random
    number is drawn: the same groups and labels give the same folds in any order.

    Parameters
    ----------
    labels : all labels of every utterance; each is balanced for itself.
    """
    column = {name: i for i, name in enumerate(sorted({one for of in labels for one in of}), start=1)}
    counts: dict[str, NDArray[np.float64]] = {}
    for group, of in zip(groups, labels, strict=True):
        # The first column counts the utterances.
        counts.setdefault(group, np.zeros(len(column) + 1))[[0, *(column[one] for one in of)]] += 1
    totals = sum(counts.values())
    ordered = sorted(counts, key=lambda group: (-counts[group][0], _digest(group)))
    folds = np.zeros((n_folds, len(column) + 1))
    chosen: dict[str, int] = {}
    for group in ordered:
        spread = [
            float((((folds + np.eye(n_folds)[:, [fold]] * counts[group]) / totals) ** 2).sum())
            for fold in range(n_folds)
        ]
        chosen[group] = int(np.argmin(np.round(spread, 12)))
        folds[chosen[group]] += counts[group]
    return np.array([chosen[group] for group in groups], dtype=np.int64)


def fold_parts(folds: NDArray[np.int64]) -> list[Part]:
    """A part for every fold: trained on all others."""
    return [Part(folds != fold, folds == fold) for fold in range(int(folds.max()) + 1)]


def smaller_part(part: Part, groups: Sequence[str], share: float) -> Part:
    """The same part with a share of its groups to train on, one at least.

    Which ones, a hash of their names decides: the groups of a smaller share are all among those of a
    greater one, in any order of the utterances.
    """
    names = sorted({group for group, there in zip(groups, part.training, strict=True) if there}, key=_digest)
    chosen = set(names[: math.ceil(share * len(names))])
    kept = np.array([group in chosen for group in groups], dtype=np.bool_)
    return Part(part.training & kept, part.left_out)


def content_digest(content: str) -> int:
    """The first 8 bytes of SHA-256 of a content's tokens: tells known utterances without keeping them."""
    return int.from_bytes(_digest(" ".join(tokenize(content)))[:8], "little")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
