"""A trained model: its heads, and what they say of utterances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stancekit.confidence import AttributionModel
from stancekit.features import BlockAnalyzer, FeatureSettings, UtteranceFields, analyzers
from stancekit.scores import Scorer, inverse_document_frequencies

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Head:
    """One question that a model answers.

    Parameters
    ----------
    name : "stance", "sentiment", or what the corpus called it.
    labels : in the order of every array of this head.
    poles : the label at the positive and the one at the negative end, if the labels have ends.
    scale, bias : calibration; probabilities are softmax(scale * log-odds + bias). Training here sets the
        scale alone; the model file has a place for both.
    """

    name: str
    labels: tuple[str, ...]
    poles: tuple[str, str] | None
    scale: float = 1.0
    bias: tuple[float, ...] = ()

    def calibrate(self, log_odds: Floats) -> Floats:
        """Probabilities from log-odds, both (n, n_labels)."""
        logits = self.scale * log_odds + (np.array(self.bias) if self.bias else 0.0)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities: Floats = powers / powers.sum(axis=1, keepdims=True)
        return probabilities


class FeatureWeight(NamedTuple):
    """What one word or phrase adds to the log-odds of a label.

    `spans` are half-open code points of the string of `field`; `label` is the label most probable.
    """

    head: str
    feature: str
    weight: float
    field: str
    spans: tuple[tuple[int, int], ...]
    label: str


@dataclass(frozen=True)
class Model:
    """A trained model; its arrays are read-only.

    Parameters
    ----------
    name, version : as the recipe says.
    target : whom the stance is toward, in words; empty if training was told none.
    heads : in the order of the columns of `weights`.
    settings : which features are read.
    vocabulary : the known features of every block, sorted.
    document_frequencies : uint32 (n_features,), training utterances with the feature.
    n_documents : training utterances.
    weights : float32 (n_features, n_labels of all heads).
    intercepts : float32 (n_labels of all heads,).
    training_digests : uint64, sorted; the first 8 bytes of SHA-256 of every content trained on.
    about : corpus digest and counts, convergence: what the card tells of training; `calibrated` is there,
        and false, if nothing was held out to fit the scale on.
    sha256 : of the model file; empty for a model that was not read from one.
    attribution : how sure each attribution is; None if there were no whole articles to learn it from.
    """

    name: str
    version: str
    target: str
    heads: tuple[Head, ...]
    settings: FeatureSettings
    vocabulary: tuple[tuple[str, ...], ...] = field(repr=False)
    document_frequencies: NDArray[np.uint32] = field(repr=False)
    n_documents: int
    weights: NDArray[np.float32] = field(repr=False)
    intercepts: NDArray[np.float32] = field(repr=False)
    training_digests: NDArray[np.uint64] = field(repr=False)
    about: Mapping[str, Any]
    sha256: str = ""
    attribution: AttributionModel | None = None

    def __post_init__(self) -> None:
        for array in (self.document_frequencies, self.weights, self.intercepts, self.training_digests):
            array.flags.writeable = False

    def __getstate__(self) -> dict[str, Any]:
        # What is derived is made anew by whoever receives a copy.
        return {name: value for name, value in self.__dict__.items() if name != "_scorer"}

    @property
    def n_features(self) -> int:
        """Features known, over all blocks."""
        return len(self.document_frequencies)

    @cached_property
    def _scorer(self) -> Scorer:
        return Scorer(
            self.settings,
            self.vocabulary,
            inverse_document_frequencies(self.document_frequencies, self.n_documents),
            self.weights,
            self.intercepts.astype(np.float64),
        )

    def columns(self, head: str) -> slice:
        """The columns of `weights` that belong to a head."""
        first = 0
        for one in self.heads:
            if one.name == head:
                return slice(first, first + len(one.labels))
            first += len(one.labels)
        raise KeyError(f"expected a head out of {[one.name for one in self.heads]}, found {head!r}")

    def log_odds(self, fields: Sequence[UtteranceFields]) -> dict[str, Floats]:
        """Sums of weights by head, (n_utterances, n_labels), not calibrated."""
        scores = self._scorer(fields)
        return {head.name: scores[:, self.columns(head.name)] for head in self.heads}

    def probabilities(self, fields: Sequence[UtteranceFields]) -> dict[str, Floats]:
        """Calibrated probabilities by head, (n_utterances, n_labels); rows sum to 1."""
        log_odds = self.log_odds(fields)
        return {head.name: head.calibrate(log_odds[head.name]) for head in self.heads}

    def evidence(self, fields: UtteranceFields, top: int | None = None) -> list[FeatureWeight]:
        """The words and phrases that weighed most, for each head toward its most probable label.

        Parameters
        ----------
        fields : one utterance.
        top : of each head, the greatest in absolute value; None gives all. All of a head's weights
            and the label's intercept sum to the label's log-odds: nothing is approximated.

        Notes
        -----
        A character n-gram is shown with the words it occurs in: its weight is shared among its
        occurrences, and each share is added to that of the word.
        """
        scorer, blocks = self._scorer, analyzers(self.settings)
        probabilities = self.probabilities([fields])
        places = [_places(analyzer, fields) for analyzer in blocks]
        evidence: list[FeatureWeight] = []
        for head in self.heads:
            best = int(probabilities[head.name][0].argmax())
            sums: dict[tuple[str, str], float] = {}
            spans: dict[tuple[str, str], set[tuple[int, int]]] = {}
            for block, feature, added in scorer.contributions(fields, self.columns(head.name)):
                shown = places[block][feature]
                for name, where, span in shown:
                    key = (where, name)
                    sums[key] = sums.get(key, 0.0) + float(added[best]) / len(shown)
                    spans.setdefault(key, set()).add(span)
            ranked = sorted(sums, key=lambda key: (-abs(sums[key]), key))
            evidence += [
                FeatureWeight(
                    head.name,
                    name,
                    sums[where, name],
                    where,
                    tuple(sorted(spans[where, name])),
                    head.labels[best],
                )
                for where, name in ranked[:top]
            ]
        return evidence


def _places(
    analyzer: BlockAnalyzer, fields: UtteranceFields
) -> dict[str, list[tuple[str, str, tuple[int, int]]]]:
    """Of every feature of a block: what to show it as, in which field, and where."""
    places: dict[str, list[tuple[str, str, tuple[int, int]]]] = {}
    for feature, where, start, end, shown in analyzer.occurrences(fields):
        places.setdefault(feature, []).append((shown, where, (start, end)))
    return places
