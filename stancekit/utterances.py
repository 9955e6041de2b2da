"""Document -> utterances: content, source, cue and kind of everything that somebody said.

Sentences with a cue are shared out among their attributions (attributions.py, contents.py); a quotation
that stands alone goes on with the utterance before it; headlines and interviews have forms of their own.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from stancekit.attributions import Attribution, Sentence, find_attributions
from stancekit.contents import Piece, share_out
from stancekit.document import Document
from stancekit.lexicon import cue_forms
from stancekit.lexicon.grammar import DASHES, DETERMINERS, MONTHS, PERSONS, SOURCE_NOUNS
from stancekit.noun_phrases import Phrase, can_speak, sentence_subject
from stancekit.tokens import Span

# Words of a name that signs a quotation, at most.
_LONGEST_NAME = 5

Kind = Literal["direct", "indirect", "mixed"]


class RawUtterance(NamedTuple):
    """What one source says in one place, with its attribution; the speaker is not resolved yet.

    Attributes
    ----------
    content : one span, or more where the attribution or a paragraph's end splits it; marks included
    source, cue : where the article names who says it, and the words that say so; None if it does not
    kind : direct (all inside quotation marks), indirect (none), mixed
    antecedent : what "who" or "which" as a source refers to
    previous : index of the utterance whose speaker goes on here, where no source stands
    signs : how it was read, in words, from which confidence.py tells how sure that is
    """

    content: tuple[Span, ...]
    source: Span | None
    cue: Span | None
    kind: Kind
    antecedent: Span | None = None
    previous: int | None = None
    signs: tuple[str, ...] = ()


@dataclass(slots=True)
class _Draft:
    """An utterance in tokens, which later sentences may still go on with."""

    content: list[Piece]
    source: Phrase | None
    cue: Piece | None
    unit: int
    sentence: int
    antecedent: Phrase | None = None
    previous: int | None = None
    quoted: bool = False  # some piece of it is a quotation
    signs: tuple[str, ...] = ()


def find_utterances(document: Document, *, wide: bool = False) -> tuple[RawUtterance, ...]:
    """All utterances of an article, in the order of their contents.

    With `wide`, thoughts, intentions and positions count as well as speech ("plans to", "supports").

    Time grows linearly with the text.

    Examples
    --------
    >>> from stancekit.document import read_document
    >>> document = read_document('"The road is shut," the mayor said. "Come back on Monday."')
    >>> [utterance.kind for utterance in find_utterances(document)]
    ['direct']
    """
    return _Finder(document, wide).run()


class _Finder:
    def __init__(self, document: Document, wide: bool) -> None:
        self.document, self.wide = document, wide
        self.tokens = document.tokens
        self.opens = {q.first: q.last for q in document.quotations}
        self.closes = {q.last - 1: q.first for q in document.quotations}
        self.continued = {q.first for q in document.quotations if q.continues}
        self.drafts: list[_Draft] = []
        self.announced: tuple[Phrase, Piece | None, int] | None = None  # source, cue and unit of "… said:"

    def run(self) -> tuple[RawUtterance, ...]:
        unit, starts, done = 0, True, 0
        for number, (first, last) in enumerate(self.document.sentences):
            if first < done:
                continue
            while first >= self.document.units[unit][1]:
                unit, starts = unit + 1, True
            if unit < self.document.n_titles:
                self._headline(first, last, unit, number)
            else:
                done = self._sentence(first, last, unit, number, starts)
            starts = False
        return self._finish()

    def _sentence(self, low: int, high: int, unit: int, number: int, starts: bool) -> int:
        """Read one sentence; the token up to which the article is read."""
        end = self._without_stop(low, high)
        begin = low
        if starts:
            begin = self._after_dateline(low, end)
            if (labelled := self._label(begin, end)) is not None:
                answer = self.document.units[unit][1]  # a label speaks for its whole paragraph
                self._add([(labelled.last + 1, answer)], labelled, None, unit, number, signs=("label",))
                return answer
        if (signed := self._signed(begin, end)) is not None:
            content, dash = [(begin, self.opens[begin])], (signed.first - 1, signed.first)
            self._add(content, signed, dash, unit, number, signs=("signed",))
            behind = signed.last + (signed.last < high and self.tokens.lower[signed.last] == ".")
            return self._sentence(behind, high, unit, number, False) if behind < end else high
        n_before = len(self.drafts)
        if self._attributed(begin, end, unit, number):
            if begin in self.continued and n_before:
                self._reopen(n_before)
        else:
            self._unattributed(begin, high, unit, number, starts)
        return high

    def _attributed(self, low: int, end: int, unit: int, number: int, title: bool = False) -> bool:
        sentence = Sentence(self.tokens, low, end, self.opens, self.closes)
        found = find_attributions(sentence, wide=self.wide, title=title)
        claims = share_out(sentence, found) if found else []
        if end == self.document.units[unit][1] and self._announces(found, bool(claims), low, end, unit):
            return True
        if found and not claims and self._attributes_last(found[-1], low, end, unit, number):
            return True
        for claim in claims:
            a = claim.attribution
            self._add(
                claim.content, claim.source, a.cue, unit, number, antecedent=a.antecedent, signs=_signs(a)
            )
        return bool(claims)

    def _attributes_last(self, a: Attribution, low: int, end: int, unit: int, number: int) -> bool:
        """'"Nobody came." Orlov said.': a source and a cue alone name who said the sentence before."""
        last = self.drafts[-1] if self.drafts else None
        lone = last is not None and last.source is None and last.cue is None and last.sentence == number - 1
        if (
            last is None
            or not lone
            or last.unit != unit
            or a.source is None
            or a.left != low
            or a.right < end
        ):
            return False
        last.source, last.cue, last.previous, last.signs = a.source, a.cue, None, (*_signs(a), "behind")
        return True

    def _announces(self, found: list[Attribution], claimed: bool, low: int, end: int, unit: int) -> bool:
        """Whether a sentence hands over to a quotation below: "The ministry issued this:"."""
        units = self.document.units
        if unit + 1 >= len(units) or units[unit + 1][0] not in self.opens:
            return False
        colon = self.tokens.lower[end - 1] == ":"
        if found and found[-1].source is not None and (colon or not claimed):
            self.announced = (found[-1].source, found[-1].cue, unit)
            return True
        subject = sentence_subject(self.tokens, low, end, self.opens) if colon and not claimed else None
        if subject is not None and can_speak(self.tokens, subject):
            self.announced = (subject, None, unit)
            return True
        return False

    def _reopen(self, number: int) -> None:
        """A quotation that goes on from a paragraph without attribution: the source here is of both."""
        above, here = self.drafts[number - 1], self.drafts[number]
        if above.source is None and above.cue is None:
            here.content = above.content + here.content
            here.signs += ("reopened",)
            del self.drafts[number - 1]

    def _without_stop(self, low: int, high: int) -> int:
        """End of the sentence in front of its closing stop (one inside a quotation stays)."""
        while (
            high > low and self.tokens.lower[high - 1] in {".", "?", "!", "…"} and high - 1 not in self.closes
        ):
            high -= 1
        return high

    def _after_dateline(self, low: int, high: int) -> int:
        """Token behind "BEIRUT, 4 March (Agency) -", or `low`."""
        tokens, lower = self.tokens, self.tokens.lower
        for k in range(low, min(high, low + 16)):
            word = lower[k]
            if word in DASHES or (word == ":" and k > low + 1):
                head = self.document.text[tokens.start[low] : tokens.end[low]]
                place = (
                    (head.isupper() and len(head) > 2)
                    or lower[k - 1] == ")"
                    or any(lower[j] in MONTHS for j in range(low, k))
                )
                return k + 1 if place and k + 1 < high else low
            if k in self.opens or (
                tokens.shape[k] == "w" and not word[0].isdigit() and word not in _IN_PLACES
            ):
                return low
        return low

    # -- headlines and interviews ---------------------------------------------------------------

    def _headline(self, low: int, high: int, unit: int, number: int) -> None:
        """ "Minister: …", "…: monitor", "… - officials", or a sentence like any other."""
        lower = self.tokens.lower
        end = self._without_stop(low, high)
        quoted = self.opens.get(low)
        if quoted is not None and (quoted == high or self.tokens.lower[quoted] == ":"):
            self._add([(low, quoted)], None, None, unit, number, signs=("headline",))
            return
        colon = next((j for j in range(low, high) if lower[j] == ":"), None)
        if colon is not None:
            named = colon - low <= 4 and self._is_name(low, colon)
            if named or self._can_speak(low, colon) or (colon - low <= 2 and colon + 1 in self.opens):
                source = Phrase(low, colon, colon)
                self._add([(colon + 1, high)], source, None, unit, number, signs=("headline",))
                return
            if end - colon <= 6 and self._can_speak(colon + 1, end):
                source = Phrase(colon + 1, end, end)
                self._add([(low, colon)], source, None, unit, number, signs=("headline",))
                return
        dash = next((j for j in range(high - 1, low, -1) if lower[j] in DASHES), None)
        if dash is not None and end - dash <= 6 and self._can_speak(dash + 1, end):
            source = Phrase(dash + 1, end, end)
            self._add([(low, dash)], source, None, unit, number, signs=("headline",))
            return
        self._attributed(low, end, unit, number, title=True)

    def _is_name(self, first: int, last: int) -> bool:
        """Whether the article gives the last of these words a first name or a title somewhere."""
        tokens = self.tokens
        word = tokens.lower[last - 1]
        return all(letter in "Wt" for letter in tokens.shape[first:last]) and any(
            tokens.lower[j] == word
            and tokens.shape[j] == "W"
            and (tokens.shape[j - 1] in "Wt" or tokens.lower[j - 1] in PERSONS)
            for j in range(last + 1, len(tokens))
        )

    def _can_speak(self, first: int, last: int) -> bool:
        lower = self.tokens.lower
        return (
            0 < last - first <= 7
            and any(lower[j].removesuffix("'s") in SOURCE_NOUNS for j in range(first, last))
            and all(self.tokens.shape[j] in "Wwta" for j in range(first, last))
        )

    def _label(self, low: int, high: int) -> Phrase | None:
        """The name in "Name: words" at the head of a paragraph, as interviews have it."""
        tokens = self.tokens
        for k in range(low, min(high, low + 7)):
            if tokens.lower[k] == ":":
                phrase = Phrase(low, k, k)
                named = k > low and k + 1 < high
                repeated = self._labels.get(tuple(tokens.lower[low:k]), 0) >= 2
                return (
                    phrase
                    if named and (repeated or (k + 1 in self.opens and can_speak(tokens, phrase)))
                    else None
                )
            if tokens.shape[k] not in "Wt":
                return None
        return None

    def _signed(self, low: int, high: int) -> Phrase | None:
        """ "“…” — Name", or "“…” — Name, role": a quotation with its author behind a dash."""
        tokens = self.tokens
        dash = self.opens.get(low, high)
        if dash + 1 >= high or tokens.lower[dash] not in DASHES:
            return None
        k = dash + 1
        while (
            k < high
            and k not in self.opens
            and tokens.shape[k] in "Wt"
            and tokens.lower[k] not in DETERMINERS
        ):
            k += 1
        ends = k >= high or k in self.opens or tokens.lower[k] in {",", ".", "("}
        return Phrase(dash + 1, k, k) if ends and 1 <= k - dash - 1 <= _LONGEST_NAME else None

    @cached_property
    def _labels(self) -> dict[tuple[str, ...], int]:
        """How often each "Name:" heads a paragraph."""
        counts: dict[tuple[str, ...], int] = {}
        for first, last in self.document.units:
            for k in range(first, min(last, first + 7)):
                if self.tokens.lower[k] == ":":
                    label = tuple(self.tokens.lower[first:k])
                    counts[label] = counts.get(label, 0) + 1
                    break
        return counts

    # -- quotations without a cue -----------------------------------------------------------------

    def _unattributed(self, low: int, high: int, unit: int, number: int, starts: bool) -> None:
        """A quotation that goes on with an utterance, or stands alone; other sentences are narration."""
        tokens = self.tokens
        first = next((j for j in range(low, high) if j in self.opens), None)
        if first is None:
            return
        last = self.opens[first]
        quotation = (first, last)
        link = self._goes_on_from()
        previous = self.drafts[link] if link is not None else None
        if first in self.continued and previous is not None:
            previous.content.append(quotation)
            previous.signs += ("goes on",)
            return
        closes = self._without_stop(last, high) <= last
        n_words = sum(tokens.shape[j] in "Wwa" for j in range(first, last))
        if first == low and closes:
            adjacent = (
                previous is not None
                and previous.sentence == number - 1
                and (previous.unit == unit or (starts and previous.unit == unit - 1 and previous.quoted))
            )
            if adjacent and previous is not None:
                previous.content.append(quotation)
                previous.sentence, previous.quoted = number, True
                previous.signs += ("goes on",)
            elif starts and self.announced is not None and self.announced[2] == unit - 1:
                self._add([quotation], *self.announced[:2], unit, number, signs=("announced",))
            elif n_words >= 3:
                source = self._subject_before(number, unit)
                goes_on = previous is not None and (
                    previous.unit == unit or (starts and previous.unit == unit - 1 and previous.quoted)
                )
                self._add(
                    [quotation],
                    source,
                    None,
                    unit,
                    number,
                    previous=link if goes_on and source is None else None,
                    signs=("alone",),
                )
        elif first > low and tokens.lower[first - 1] in {":", ","} and n_words >= 4 and closes:
            # "He was blunt: 'No.'": the subject of the sentence introduces the quotation.
            subject = sentence_subject(tokens, low, first, self.opens)
            if subject is not None and can_speak(tokens, subject):
                self._add([quotation], subject, None, unit, number, signs=("introduced",))

    def _goes_on_from(self) -> int | None:
        """The utterance that a quotation without a cue goes on with: the last sentence's last quotation."""
        if not self.drafts:
            return None
        last = len(self.drafts) - 1
        same = [
            i
            for i in range(max(0, last - 4), last + 1)
            if self.drafts[i].sentence == self.drafts[last].sentence
        ]
        return next((i for i in reversed(same) if self.drafts[i].quoted), last)

    def _subject_before(self, number: int, unit: int) -> Phrase | None:
        """Subject of the sentence before, in the same paragraph, if it can speak."""
        first, last = self.document.sentences[number - 1] if number else (0, 0)
        if first == last or first < self.document.units[unit][0] or first in self.opens:
            return None
        subject = sentence_subject(self.tokens, first, last, self.opens)
        return subject if subject is not None and can_speak(self.tokens, subject) else None

    # -- result -----------------------------------------------------------------------------------

    def _add(
        self, content: list[Piece], source: Phrase | None, cue: Piece | None, unit: int, number: int,
        antecedent: Phrase | None = None, previous: int | None = None, signs: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        content = sorted(piece for piece in content if piece[0] < piece[1])
        if content:
            quoted = any(last - 1 in self.closes for _, last in content)
            self.drafts.append(
                _Draft(content, source, cue, unit, number, antecedent, previous, quoted, signs)
            )

    def _finish(self) -> tuple[RawUtterance, ...]:
        order = sorted(range(len(self.drafts)), key=lambda i: self.drafts[i].content[0])
        place = {old: new for new, old in enumerate(order)}
        span = self.tokens.span

        def phrase_span(phrase: Phrase | None) -> Span | None:
            return span(phrase.first, phrase.last) if phrase else None

        return tuple(
            RawUtterance(
                tuple(span(*piece) for piece in d.content),
                phrase_span(d.source),
                span(*d.cue) if d.cue else None,
                self._kind(d.content),
                phrase_span(d.antecedent),
                place[d.previous] if d.previous is not None else None,
                d.signs,
            )
            for d in (self.drafts[i] for i in order)
        )

    def _kind(self, content: list[Piece]) -> Kind:
        inside = outside = False
        for first, last in content:
            k = first
            while k < last:
                if k in self.opens:
                    inside, k = True, self.opens[k]
                    continue
                outside = outside or self.tokens.shape[k] in "Wwa"
                k += 1
        return "mixed" if inside and outside else "direct" if inside else "indirect"


def _signs(a: Attribution) -> tuple[str, ...]:
    """How an attribution was read, in words."""
    found = {
        "inverted": a.inverted,
        "shared": a.shared,
        "that": a.that,
        "subordinate": a.subordinate,
        "antecedent": a.antecedent is not None,
        "wide": (verb := cue_forms().get(a.lemma)) is not None and "w" in verb.takes,
    }
    return ("cue", a.kind, f"lemma {a.lemma}", *(name for name, there in found.items() if there))


_IN_PLACES = frozenset({"of", "the", "al", "and", "de", "el"})
