"""Corpus -> what its utterances answer to each head, and the weights that rows and answers give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from stancekit.train.corpus import Corpus
from stancekit.train.linear import LabelWeights, fit_labels


@dataclass(frozen=True, slots=True)
class Answers:
    """What a corpus answers to one head.

    Parameters
    ----------
    labels : the head's, in order.
    indices : of every utterance the index of its label, -1 if it does not answer the head.
    """

    labels: tuple[str, ...]
    indices: NDArray[np.int64]

    @property
    def given(self) -> NDArray[np.bool_]:
        """Which utterances answer."""
        return self.indices >= 0

    @property
    def gold(self) -> NDArray[np.int64]:
        """The indices of those alone."""
        return self.indices[self.given]

    def of(self, utterances: NDArray[np.bool_]) -> Answers:
        """Those of some utterances."""
        return Answers(self.labels, self.indices[utterances])


def read_answers(corpus: Corpus) -> dict[str, Answers]:
    """The answers by head."""
    answers: dict[str, Answers] = {}
    for head, labels in corpus.heads.items():
        index: dict[str | None, int] = {None: -1, **{label: n for n, label in enumerate(labels)}}
        found = [index[utterance.labels.get(head)] for utterance in corpus.utterances]
        answers[head] = Answers(labels, np.array(found, dtype=np.int64))
    return answers


def fit_head(
    rows: csr_matrix, answers: Answers, class_weight: str | None, strength: float, tolerance: float
) -> LabelWeights:
    """The weights of a head, from those rows that answer it."""
    return fit_labels(
        rows[answers.given],
        answers.gold,
        len(answers.labels),
        regularization=strength,
        class_weight=class_weight,
        tolerance=tolerance,
    )
