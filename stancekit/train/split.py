"""Folds by article: utterances of one article are never in training and test at once."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stancekit.features import tokenize
from stancekit.train.corpus import LabelledUtterance

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


def article_folds(groups: Sequence[str], labels: Sequence[str], n_folds: int) -> NDArray[np.int64]:
    """The fold of every utterance, 0 to n_folds - 1.

    Groups are taken from the largest to the smallest, equals in the order of a hash of their names; each
    goes to the fold that it brings nearest to an even share of every label. No random number is drawn:
    the same groups and labels give the same folds in any order.
    """
    names = sorted(set(labels))
    counts: dict[str, NDArray[np.float64]] = {}
    for group, label in zip(groups, labels, strict=True):
        counts.setdefault(group, np.zeros(len(names)))[names.index(label)] += 1
    totals = sum(counts.values())
    ordered = sorted(counts, key=lambda group: (-counts[group].sum(), _digest(group)))
    folds = np.zeros((n_folds, len(names)))
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


def _digest(group: str) -> bytes:
    return hashlib.sha256(group.encode("utf-8", "surrogatepass")).digest()
