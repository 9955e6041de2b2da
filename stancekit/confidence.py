"""How an utterance was read -> how probable it is that it is one, and that its speaker is the right one.

The steps before leave signs, words such as "inverted" or "pronoun" (`RawUtterance.signs`, `trace_speakers`);
`read_signs` adds what the sentence shows. A logistic regression over them, trained on the articles of the
model's own corpus, gives the probability; it decides nothing unless a least probability is asked for.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stancekit.lexicon import cue_forms

if TYPE_CHECKING:
    from stancekit.document import Document
    from stancekit.utterances import RawUtterance

SIGNS_VERSION = "signs-1"
"""Changes with the signs' meaning: weights of other signs would give other probabilities."""


@dataclass(frozen=True)
class AttributionModel:
    """A logistic regression over signs.

    Parameters
    ----------
    signs : the known ones, sorted; others count for nothing.
    weights : float32 (1 + n_signs,), natural-log odds: the intercept, then one a sign.
    """

    signs: tuple[str, ...]
    weights: NDArray[np.float32] = field(repr=False)

    def __post_init__(self) -> None:
        self.weights.flags.writeable = False

    @cached_property
    def _weight_of(self) -> dict[str, float]:
        return dict(zip(self.signs, self.weights[1:].tolist(), strict=True))

    def probability(self, signs: Iterable[str]) -> float:
        """That the utterance with these signs is one and its speaker the right one, from 0 to 1.

        Examples
        --------
        >>> model = AttributionModel(("pronoun",), np.array([2.0, -2.0], np.float32))
        >>> round(model.probability({"person"}), 3), model.probability({"pronoun", "new"})
        (0.881, 0.5)
        """
        weights = self._weight_of
        log_odds = float(self.weights[0]) + sum(weights.get(sign, 0.0) for sign in signs)
        # The same as 1 / (1 + exp(-x)), which overflows far below zero.
        return 0.5 * (1.0 + math.tanh(0.5 * log_odds))


def read_signs(
    document: Document, utterances: Sequence[RawUtterance], of_speakers: Sequence[Sequence[str]]
) -> list[frozenset[str]]:
    """The signs of every utterance.

    Parameters
    ----------
    of_speakers : what `trace_speakers` noted of each.

    Notes
    -----
    Lengths and distances are given as their number of binary digits: 4 is 8 to 15 tokens. A few look-ups an
    utterance, whatever the length of the article.
    """
    starts = [document.tokens.start[first] for first, _ in document.sentences]
    sentences = [bisect_right(starts, utterance.content[0].start) - 1 for utterance in utterances]
    sharing = Counter(sentences)
    return [
        frozenset(
            (
                *utterance.signs,
                *found,
                utterance.kind,
                f"shares {min(sharing[at], 3)}",
                *_around(document, utterance, at),
            )
        )
        for utterance, found, at in zip(utterances, of_speakers, sentences, strict=True)
    ]


def _around(document: Document, utterance: RawUtterance, sentence: int) -> Iterator[str]:
    """What the sentence shows of an utterance: lengths, order, and the marks beside its parts."""
    tokens, content = document.tokens, utterance.content
    low, high = document.sentences[sentence]
    first, last = tokens.at(content[0].start), tokens.at(content[-1].end)
    yield f"sentence {(high - low).bit_length()}"
    yield f"content {(last - first).bit_length()}"
    yield f"opens {_mark(document, first, capital=True)}"
    yield f"ends {_mark(document, last)}"
    if len(content) > 1:
        yield "in parts"
    if document.unit_at(content[0].start) < document.n_titles:
        yield "title"
    if utterance.source is None:
        return
    left, right = tokens.at(utterance.source.start), tokens.at(utterance.source.end)
    yield f"source {(right - left).bit_length()}"
    if utterance.cue is None:
        return
    cue, behind = tokens.at(utterance.cue.start), tokens.at(utterance.cue.end)
    yield f"gap {max(cue - right, left - behind, 0).bit_length()}"
    yield f"before {_mark(document, min(left, cue) - 1)}"
    yield f"behind {_mark(document, max(right, behind))}"
    forms = cue_forms()
    form = next((forms[word] for word in tokens.lower[cue:behind] if word in forms), None)
    if form is not None:
        yield f"form {form.form}"
        if "w" in form.takes:
            yield "wide"


_MARKS = {**dict.fromkeys("\"“”„«»'‘’", "quotation mark"), **dict.fromkeys("-–—", "dash")}


def _mark(document: Document, k: int, *, capital: bool = False) -> str:
    """The mark that token k is, or "word", a capitalised one told from others if that is asked for."""
    if not 0 <= k < len(document.tokens):
        return "nothing"
    shape, mark = document.tokens.shape[k], document.tokens.lower[k]
    if shape in "p.":
        return _MARKS.get(mark, mark if mark in ",.:;!?" else "other mark")
    return "capital" if capital and shape == "W" else "word"
