"""Utterance fields -> log-odds of every label of every head, in one pass.

The plain path of NumPy and Python: features are looked up by their names, counted, weighted and
summed. Sums run over an utterance's features in the order of the vocabulary, so an utterance scores
the same to the last bit alone, in a batch and in any thread.

A feature's number is kept as its bytes: those of an utterance are joined, and NumPy reads them as an array.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from stancekit.errors import FeatureMismatchError
from stancekit.features import (
    Block,
    BlockAnalyzer,
    FeatureSettings,
    FieldTokens,
    UtteranceFields,
    analyzers,
    tokenize,
)
from stancekit.lazy import Remembered

CHUNK = 256
"""Utterances that are counted together; larger chunks gain no speed and cost memory."""

_NUMBER, _NUMBER_BITS = np.dtype(np.int32), 32

_SUBLINEAR = np.array([0.0] + [1.0 + math.log(count) for count in range(1, 1024)])


def inverse_document_frequencies(frequencies: NDArray[np.uint32], n_documents: int) -> NDArray[np.float64]:
    """1 + ln((1 + N) / (1 + df)), as scikit-learn's smoothed idf."""
    smoothed: NDArray[np.float64] = np.log((1.0 + n_documents) / (1.0 + frequencies.astype(np.float64))) + 1.0
    return smoothed


class BlockFeatures:
    """The features known of some blocks that have the same units.

    Parameters
    ----------
    blocks : analyzers, and the number of each feature.
    """

    def __init__(self, blocks: Sequence[tuple[BlockAnalyzer, Mapping[str, bytes]]]) -> None:
        self._blocks = blocks
        self._across = dict(_across(blocks))
        self._within = Remembered(self._find_within)
        self._texts = Remembered(self._find_text)

    def __call__(self, fields: UtteranceFields, tokens: FieldTokens) -> bytes:
        """The numbers of an utterance's features, each as often as it occurs."""
        field = self._blocks[0][0].block.field
        if field == "cue" or field == "source":
            return self._texts[getattr(fields, field)]
        return self._find(tokens)

    def _find_text(self, text: str) -> bytes:
        tokens = tokenize(text)
        return self._find(FieldTokens(tokens, tokens, tokens))

    def _find(self, tokens: FieldTokens) -> bytes:
        units = self._blocks[0][0].units(tokens)
        if not units:
            return b""
        found = [self._within[unit] for unit in units]
        for n, numbers in self._across.items():
            grams = zip(*[units[i:] for i in range(n)], strict=False)
            found += [numbers[gram] for gram in grams if gram in numbers]
        return b"".join(found)

    def _find_within(self, unit: str) -> bytes:
        return b"".join(
            [
                numbers[feature]
                for analyzer, numbers in self._blocks
                for feature in analyzer.within([unit])
                if feature in numbers
            ]
        )


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
        self._vocabulary = vocabulary
        self._firsts = list(accumulate(sizes, initial=0))
        self._blocks = np.repeat(np.arange(len(sizes)), sizes)
        self._features = _block_features(settings, vocabulary)
        self._tokens = Remembered(tokenize)
        lengths = np.repeat([float(block.weight) for block in settings.blocks], sizes)
        self._idf = idf
        self._weights = weights * lengths[:, None]
        self._intercepts = intercepts

    def __call__(self, utterances: Sequence[UtteranceFields]) -> NDArray[np.float64]:
        """Log-odds, shape (n_utterances, n_columns)."""
        from scipy.sparse import csr_array  # here, since explaining has no use for it

        scores = np.tile(self._intercepts, (len(utterances), 1))
        for start in range(0, len(utterances), CHUNK):
            chunk = utterances[start : start + CHUNK]
            rows, features, values = self._vectorize(chunk)
            ends = np.searchsorted(rows, np.arange(len(chunk) + 1))
            matrix = csr_array((values, features, ends), shape=(len(chunk), len(self._idf)))
            scores[start : start + CHUNK] += matrix @ self._weights
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
        added = values[:, None] * self._weights[features, columns]
        for feature, block, row in zip(
            features.tolist(), self._blocks[features].tolist(), added, strict=True
        ):
            yield block, self._vocabulary[block][feature - self._firsts[block]], row

    def _vectorize(
        self, utterances: Sequence[UtteranceFields]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Row, feature and value of every nonzero, ordered by row, then feature."""
        n_blocks = len(self._vocabulary)
        found = [self._find(utterance) for utterance in utterances]
        lengths = [len(numbers) // _NUMBER.itemsize for numbers in found]
        keys = np.repeat(np.arange(len(found)) << _NUMBER_BITS, lengths)
        keys += np.frombuffer(b"".join(found), dtype=_NUMBER)
        keys.sort()
        firsts = np.flatnonzero(np.diff(keys, prepend=-1))
        counts = np.diff(firsts, append=len(keys))
        keys = keys[firsts]
        rows, features = keys >> _NUMBER_BITS, keys & (1 << _NUMBER_BITS) - 1
        values = _sublinear(counts) * self._idf[features]
        groups = rows * n_blocks + self._blocks[features]
        norms = np.sqrt(np.bincount(groups, weights=values * values))
        return rows, features, values / norms[groups]

    def _find(self, utterance: UtteranceFields) -> bytes:
        content, cue, source = utterance
        tokens = FieldTokens(tokenize(content), self._tokens[cue], self._tokens[source])
        return b"".join([features(utterance, tokens) for features in self._features])


def _block_features(settings: FeatureSettings, vocabulary: Sequence[Sequence[str]]) -> list[BlockFeatures]:
    """What looks the features up; blocks of words and characters that read the same tokens share it."""
    raw = np.arange(sum(map(len, vocabulary)), dtype=_NUMBER).tobytes()
    numbers = (raw[at : at + _NUMBER.itemsize] for at in range(0, len(raw), _NUMBER.itemsize))
    alike: dict[object, list[tuple[BlockAnalyzer, Mapping[str, bytes]]]] = {}
    for analyzer, features in zip(analyzers(settings), vocabulary, strict=True):
        alike.setdefault(_tokens_read(analyzer.block), []).append(
            (analyzer, {feature: next(numbers) for feature in features})
        )
    return [BlockFeatures(blocks) for blocks in alike.values()]


def _across(
    blocks: Sequence[tuple[BlockAnalyzer, Mapping[str, bytes]]],
) -> Iterator[tuple[int, dict[tuple[str, ...], bytes]]]:
    """Features of several units, by how many: tuples of units are found faster than units joined."""
    for n in range(2, 1 + max(analyzer.block.n_max for analyzer, _ in blocks)):
        found: dict[tuple[str, ...], bytes] = {}
        for analyzer, numbers in blocks:
            block = analyzer.block
            if block.unit != "chars" and block.n_min <= n <= block.n_max:
                for feature, number in numbers.items():
                    if feature.count(" ") == n - 1:
                        gram = tuple(feature.split(" "))
                        found[gram] = found.get(gram, b"") + number
        if found:
            yield n, found


def _tokens_read(block: Block) -> object:
    """The same for two blocks if their units are the same."""
    if block.unit in ("words", "chars"):
        return block.field, block.turned
    return block.field, block.unit


def _sublinear(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """1 + ln(count). From a table, and `math.log` past its end: the same bits at every place of an array."""
    if counts.max(initial=0) < len(_SUBLINEAR):
        return _SUBLINEAR[counts]
    return np.array([1.0 + math.log(count) for count in counts.tolist()])
