"""How an utterance was read -> how probable it is that it is one, and that its speaker is the right one.

The steps before leave signs, words such as "inverted" or "pronoun" (`RawUtterance.signs`, `trace_speakers`);
`read_signs` adds what the sentence shows. A logistic regression over them, trained on the articles of the
model's own corpus, gives the probability; it decides nothing unless a least probability is asked for.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

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
    weights : as many and one more, natural-log odds: the intercept, then one a sign.
    """

    signs: tuple[str, ...]
    weights: tuple[float, ...] = field(repr=False)

    @cached_property
    def _weight_of(self) -> dict[str, float]:
        return dict(zip(self.signs, self.weights[1:], strict=True))

    def probability(self, signs: Iterable[str]) -> float:
        """That the utterance with these signs is one and its speaker the right one, from 0 to 1.

        Examples
        --------
        >>> model = AttributionModel(("pronoun",), (2.0, -2.0))
        >>> round(model.probability({"person"}), 3), model.probability({"pronoun", "new"})
        (0.881, 0.5)
        """
        log_odds = self.weights[0] + sum(filter(None, map(self._weight_of.get, signs)))
        # The same as 1 / (1 + exp(-x)), which overflows far below zero.
        return 0.5 + 0.5 * math.tanh(0.5 * log_odds)


def read_signs(
    document: Document, utterances: Sequence[RawUtterance], of_speakers: Sequence[Sequence[str]]
) -> list[list[str]]:
    """The signs of every utterance, none of them twice.

    Parameters
    ----------
    of_speakers : what `trace_speakers` noted of each.

    Notes
    -----
    A few look-ups an utterance, whatever the length of the article; a few hundredths of the time of
    segmentation.
    """
    tokens, sentences = document.tokens, document.sentences
    offsets, lower = tokens.start, [*tokens.lower, ""]  # "" is behind the last token, and before the first
    firsts = [first for first, _ in sentences]
    body = document.units[document.n_titles - 1][1] if document.n_titles else 0
    forms = cue_forms()
    out: list[list[str]] = []
    for utterance, found in zip(utterances, of_speakers, strict=True):
        content, source, cue = utterance.content, utterance.source, utterance.cue
        first, last = bisect_left(offsets, content[0].start), bisect_left(offsets, content[-1].end)
        low, high = sentences[bisect_right(firsts, first) - 1]
        signs = [*utterance.signs, *found, utterance.kind]
        signs += (_SENTENCE(high - low), _CONTENT(last - first), _ENDS(lower[last]))
        if len(content) > 1:
            signs.append("in parts")
        if first < body:
            signs.append("title")
        if source is not None:
            left, right = bisect_left(offsets, source.start), bisect_left(offsets, source.end)
            signs.append(_SOURCE(right - left))
            if cue is not None:
                verb, behind = bisect_left(offsets, cue.start), bisect_left(offsets, cue.end)
                signs += (_BEFORE(lower[min(left, verb) - 1]), _BEHIND(lower[max(right, behind)]))
                if (form := forms.get(lower[behind - 1])) is not None:
                    signs.append(_FORM[form.form])
        out.append(signs)
    return out


def _lengths(name: str) -> Callable[[int], str]:
    """How many tokens there are, by the number of binary digits: 4 is 8 to 15."""
    names = [f"{name} {digits}" for digits in range(64)]
    return lambda n: names[n.bit_length()]


_MARKS = {**{mark: mark for mark in ",.:;!?"}, **dict.fromkeys("\"“”„«»'‘’", "quotation mark")}
_MARKS |= {**dict.fromkeys(("-", "–", "—", "--"), "dash"), "": "nothing"}


def _marks(name: str) -> Callable[[str], str]:
    """Which mark a token is, or that it is none of those."""
    names = {token: f"{name} {mark}" for token, mark in _MARKS.items()}
    other = f"{name} word"
    return lambda token: names.get(token, other)


_SENTENCE, _CONTENT, _SOURCE = _lengths("sentence"), _lengths("content"), _lengths("source")
_ENDS, _BEFORE, _BEHIND = _marks("ends"), _marks("before"), _marks("behind")
_FORM = {form: f"form {form}" for form in ("base", "s", "past", "participle", "ing")}
