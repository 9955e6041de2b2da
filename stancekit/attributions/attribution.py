"""What the finders read, a sentence, and what they give: a cue and who it is said of."""

from dataclasses import dataclass
from typing import NamedTuple

from stancekit.lexicon.grammar import AUXILIARIES, is_adverb
from stancekit.noun_phrases import Phrase
from stancekit.tokens import Tokens


class Sentence(NamedTuple):
    """The tokens ``low`` up to ``high`` of an article, and its quotations.

    ``opens`` maps the first token of each quotation to the token behind it, ``closes`` its last token to its
    first.
    """

    tokens: Tokens
    low: int
    high: int
    opens: dict[int, int]
    closes: dict[int, int]


def verb_group(sentence: Sentence, i: int, helping: frozenset[str] = AUXILIARIES) -> int:
    """First token of the helping words and adverbs in front of the word at i: "[was again] accused"."""
    lower = sentence.tokens.lower
    first = i
    while first > sentence.low and (lower[first - 1] in helping or is_adverb(lower[first - 1])):
        first -= 1
    return first


@dataclass(slots=True)
class Attribution:
    """A cue and who it is said of.

    ``left`` and ``right`` bound all its tokens, adjuncts behind the cue included: contents lie outside.
    ``kind`` is ``clause``, ``object``, ``infinitive``, ``according``, ``passive`` or ``noun``.
    """

    source: Phrase | None
    cue: tuple[int, int]
    left: int
    right: int
    kind: str
    inverted: bool = False
    shared: bool = False  # the source is that of the attribution before ("…, adding that")
    that: bool = False
    participle: bool = False  # "…, saying": what stands in front is no content unless it is quoted
    antecedent: Phrase | None = None  # of "who" or "which"
    lemma: str = ""
    subordinate: bool = False  # inside a relative or adverbial clause: ends at the next comma
    topic: Phrase | None = None  # in front of the cue, and part of the content ("X was accused by …")
    until: int | None = None  # the content ends here at the latest, where the source stands behind it
    sourceless: bool = False  # nobody is named: "is expected to", "asked whether"
