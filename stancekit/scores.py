"""Utterance fields -> log-odds of every label of every head, in one pass.

The plain path of NumPy and Python: features are looked up by their names, counted, weighted and
summed. Sums run over an utterance's features in the order of the vocabulary, so an utterance scores
the same to the last bit alone, in a batch and in any thread.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from stancekit.errors import FeatureMismatchError
from stancekit.features import (
    FeatureSettings,
    FieldTokens,
    UtteranceFields,
    analyzers,
    char_ngrams,
)

CHUNK = 512
"""Utterances that are counted together; larger chunks gain no speed and cost memory."""

_KNOWN_TOKENS = 1 << 16
"""Tokens whose character n-grams are remembered: a few MB; news text repeats its words."""

_SUBLINEAR = np.array([0.0] + [1.0 + math.log(count) for count in range(1, 1024)])


def inverse_document_frequencies(frequencies: NDArray[np.uint32], n_documents: int) -> NDArray[np.float64]:
    """1 + ln((1 + N) / (1 + df)), as scikit-learn's smoothed idf."""
    smoothed: NDArray[np.float64] = np.log((1.0 + n_documents) / (1.0 + frequencies.astype(np.float64))) + 1.0
    return smoothed


class Scorer:
    """Vectorizes and scores.

    Parameters
    ----------
    settings : which features an utterance has.
    vocabulary : the features known of each block, in the order of the settings' blocks.
    idf : float64 (n_features,), over the vocabularies one after the other.
    weights : float32 or float64 (n_features, n_columns); a column is a label of a head.
    intercepts : float64 (n_columns,)
    """

    def __init__(
        self,
        settings: FeatureSettings,
        vocabulary: Sequence[Sequence[str]],
        idf: NDArray[np.float64],
        weights: NDArray[np.float32] | NDArray[np.float64],
        intercepts: NDArray[np.float64],
    ) -> None:
        sizes = [len(features) for features in vocabulary]
        if len(sizes) != len(settings.blocks) or idf.shape != (sum(sizes),):
            raise FeatureMismatchError(
                f"expected {len(settings.blocks)} vocabularies with an idf for every feature, "
                f"found {len(sizes)} of {sum(sizes)} features in all and {idf.shape[0]} idf values"
            )
        if weights.shape != (sum(sizes), len(intercepts)):
            raise FeatureMismatchError(
                f"expected weights of shape {(sum(sizes), len(intercepts))}, found {weights.shape}"
            )
        self.n_blocks = len(sizes)
        self._analyzers = analyzers(settings)
        self._lookups: list[dict[str, int]] = []
        first = 0
        for features, size in zip(vocabulary, sizes, strict=True):
            self._lookups.append(dict(zip(features, range(first, first + size), strict=True)))
            first += size
        self._known: list[dict[str, list[int]]] = [{} for _ in sizes]
        lengths = np.repeat([float(block.weight) for block in settings.blocks], sizes)
        self._idf = idf
        self._weights = weights * lengths[:, None]
        self._intercepts = intercepts

    def __call__(self, utterances: Sequence[UtteranceFields]) -> NDArray[np.float64]:
        """Log-odds, shape (n_utterances, n_columns)."""
        scores = np.tile(self._intercepts, (len(utterances), 1))
        for start in range(0, len(utterances), CHUNK):
            chunk = utterances[start : start + CHUNK]
            rows, features, values = self._vectorize(chunk)
            weights = self._weights[features]
            for column in range(scores.shape[1]):
                sums = np.bincount(rows, weights=values * weights[:, column], minlength=len(chunk))
                scores[start : start + len(chunk), column] += sums
        return scores

    def vectorize(self, utterance: UtteranceFields) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The features of one utterance that the model knows, ascending, and their values.

        Values are before the block's weight: every block's vector has length 1, or 0.
        """
        _, features, values = self._vectorize([utterance])
        return features, values

    def contributions(
        self, utterance: UtteranceFields, columns: slice
    ) -> Iterator[tuple[int, str, NDArray[np.float64]]]:
        """Block, feature and what it adds to each of some columns, for every feature that is known."""
        features, values = self.vectorize(utterance)
        added = values[:, None] * self._weights[features][:, columns]
        names = self._names(features)
        return ((block, name, row) for (block, name), row in zip(names, added, strict=True))

    def _names(self, features: NDArray[np.int64]) -> list[tuple[int, str]]:
        wanted = {int(feature) for feature in features}
        named = {
            feature: (block, name)
            for block, lookup in enumerate(self._lookups)
            for name, feature in lookup.items()
            if feature in wanted
        }
        return [named[int(feature)] for feature in features]

    def _vectorize(
        self, utterances: Sequence[UtteranceFields]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Row, feature and value of every nonzero, ordered by row, then feature."""
        n_blocks, n_features = self.n_blocks, len(self._idf)
        found: list[int] = []
        lengths: list[int] = []
        for utterance in utterances:
            tokens = FieldTokens.of(utterance)
            for block in range(n_blocks):
                before = len(found)
                self._find(block, tokens, found)
                lengths.append(len(found) - before)
        groups = np.repeat(np.arange(len(lengths)), lengths)
        keys, counts = np.unique(groups * n_features + np.array(found, dtype=np.int64), return_counts=True)
        if not len(keys):
            nothing = np.zeros(0, dtype=np.int64)
            return nothing, nothing, np.zeros(0)
        groups, features = np.divmod(keys, n_features)
        values = _sublinear(counts) * self._idf[features]
        norms = np.sqrt(np.bincount(groups, weights=values * values, minlength=len(lengths)))
        return groups // n_blocks, features, values / norms[groups]

    def _find(self, block: int, tokens: FieldTokens, found: list[int]) -> None:
        lookup, analyzer = self._lookups[block], self._analyzers[block]
        if analyzer.block.unit != "chars":
            found.extend([lookup[feature] for feature in analyzer.read(tokens) if feature in lookup])
            return
        known = self._known[block]
        for token in analyzer.units(tokens):
            features = known.get(token)
            if features is None:
                grams = char_ngrams(token, analyzer.block.n_min, analyzer.block.n_max)
                features = [lookup[gram] for gram in grams if gram in lookup]
                if len(known) < _KNOWN_TOKENS:
                    known[token] = features
            found.extend(features)


def _sublinear(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """1 + ln(count). From a table, and `math.log` past its end: the same bits at every place of an array."""
    if counts.max() < len(_SUBLINEAR):
        return _SUBLINEAR[counts]
    return np.array([1.0 + math.log(count) for count in counts.tolist()])
