"""Utterances -> weighted rows, for the whole corpus and for any part of it.

Features are counted once; which of them are frequent enough, and their idf, is decided anew for every
part that is trained on, by scikit-learn's `TfidfTransformer`: what `make_vectorizer` does in one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.pipeline import FeatureUnion

from stancekit.errors import CorpusError
from stancekit.features import Block, FeatureSettings, UtteranceFields, analyzers


@dataclass(frozen=True, slots=True)
class CountedBlock:
    """How often every utterance has every feature of a block; features sorted."""

    block: Block
    features: NDArray[np.str_]
    counts: csr_matrix


@dataclass(frozen=True, slots=True)
class Rows:
    """What a part of the corpus is trained on.

    Parameters
    ----------
    blocks : those that have a feature frequent enough.
    vocabulary : the features of each, sorted.
    frequencies : uint32, utterances with each feature, over all blocks.
    training, left_out : (n, n_features), values times the block's weight.
    """

    blocks: tuple[Block, ...]
    vocabulary: tuple[tuple[str, ...], ...]
    frequencies: NDArray[np.uint32]
    training: csr_matrix
    left_out: csr_matrix


def count_features(settings: FeatureSettings, utterances: Sequence[UtteranceFields]) -> list[CountedBlock]:
    """Counts by block; a block that no utterance has a feature of is left out."""
    counted: list[CountedBlock] = []
    for analyzer in analyzers(settings):
        if any(analyzer(utterance) for utterance in utterances):
            vectorizer = CountVectorizer(analyzer=analyzer, lowercase=False)
            counts = csr_matrix(vectorizer.fit_transform(utterances))
            counted.append(CountedBlock(analyzer.block, vectorizer.get_feature_names_out(), counts))
    return counted


def weigh(
    counted: Sequence[CountedBlock],
    training: NDArray[np.bool_],
    left_out: NDArray[np.bool_] | None = None,
) -> Rows:
    """Rows of the utterances marked for training, and of those left out; None leaves out all others.

    Raises
    ------
    CorpusError
        No feature is frequent enough.
    """
    left_out = ~training if left_out is None else left_out
    blocks: list[Block] = []
    vocabulary: list[tuple[str, ...]] = []
    frequencies: list[NDArray[np.int64]] = []
    parts: list[tuple[csr_matrix, csr_matrix]] = []
    for one in counted:
        counts = one.counts[training]
        found = np.bincount(counts.indices, minlength=counts.shape[1])
        kept = np.flatnonzero(found >= one.block.min_df)
        if not len(kept):
            continue
        idf = TfidfTransformer(sublinear_tf=True).fit(counts[:, kept])
        weighed = csr_matrix(idf.transform(one.counts[:, kept]) * float(one.block.weight))
        parts.append((weighed[training], weighed[left_out]))
        blocks.append(one.block)
        vocabulary.append(tuple(one.features[kept].tolist()))
        frequencies.append(found[kept])
    if not parts:
        raise CorpusError(
            "no feature occurs in as many utterances as training asks for", "", "label more of them"
        )
    return Rows(
        tuple(blocks),
        tuple(vocabulary),
        np.hstack(frequencies).astype(np.uint32),
        csr_matrix(hstack([part[0] for part in parts])),
        csr_matrix(hstack([part[1] for part in parts])),
    )


def make_vectorizer(settings: FeatureSettings) -> FeatureUnion:
    """The same rows in one step, by scikit-learn's own vectorizers; takes `UtteranceFields`."""
    return FeatureUnion(
        [
            (
                analyzer.block.name,
                TfidfVectorizer(
                    analyzer=analyzer, lowercase=False, sublinear_tf=True, min_df=analyzer.block.min_df
                ),
            )
            for analyzer in analyzers(settings)
        ],
        transformer_weights={block.name: float(block.weight) for block in settings.blocks},
    )
