"""Tokens and quotations -> sentences, as token ranges. A quotation is never cut."""

import re
from collections.abc import Sequence

from stancekit.lexicon import cue_forms
from stancekit.lexicon.grammar import BREAKS, TIMES
from stancekit.quotations import Quotation
from stancekit.tokens import Tokens

_NO_WORD = re.compile("[^Wwt]")  # in Tokens.shape
_STOPS = frozenset(".?!。！？")
_CLOSERS = frozenset(")]}\"”’'»›")
# Words that begin a new sentence behind an abbreviation ("in the U.S. The talks …").
_STARTERS = frozenset(
    "the a an he she it they we i you but and in on at for from after before this that these those his "
    "her its "
    "their there when while if as although however meanwhile some many most both one two three "
    "another earlier "
    "later according last no not with by to since during under despite more several what who".split()
)
# What follows "Orlov said" where its content is the quotation in front: a time, a place, a subject.
_BEHIND_CUES = TIMES | frozenset(
    "about of on in at to after during when as while before by with from".split()
)


def find_sentences(
    tokens: Tokens, quotations: Sequence[Quotation], paragraphs: Sequence[tuple[int, int]]
) -> tuple[tuple[int, int], ...]:
    """Sentences in order; together they cover every token of every paragraph.

    A full stop ends a sentence unless it belongs to a title, an initial or a number (those are part of
    their token), or a lower-case word follows. A quotation is one unit: it ends the sentence if it ends
    with a stop and no lower-case word (an attribution) follows.
    """
    out: list[tuple[int, int]] = []
    quoted = {q.first: q.last for q in quotations}
    lower, shape = tokens.lower, tokens.shape
    for first, last in paragraphs:
        start = i = first
        while (mark := _NO_WORD.search(shape, i, last)) is not None:
            i = mark.start()
            if i in quoted:
                i = quoted[i]
                inner = i - 1
                while inner > start and lower[inner] in _CLOSERS:
                    inner -= 1
                ends = lower[inner] in _STOPS or shape[inner] == "."
                if ends and lower[inner] != "." and _attribution_follows(tokens, i, last):
                    ends = False
            else:
                ends = lower[i] in _STOPS or shape[i] == "."
                abbreviated = shape[i] == "a" and "." in lower[i]
                i += 1
                if abbreviated and i < last and shape[i] == "W" and lower[i] in _STARTERS:
                    ends = True
                while ends and i < last and i not in quoted and (lower[i] in _CLOSERS or lower[i] in _STOPS):
                    i += 1
            if ends and (i >= last or shape[i] in "Wta" or i in quoted or not _continues(tokens, i)):
                out.append((start, i))
                start = i
        if start < last:
            out.append((start, last))
    return tuple(out)


def _attribution_follows(tokens: Tokens, i: int, last: int) -> bool:
    """Whether a name and its verb stand behind a quoted question: "Who pays?" Karim Dalati asked."""
    forms = cue_forms()
    comma = False  # inside an appositive: '"Who pays?" Karim Dalati, a carter from Homs, asked.'
    for k in range(i, min(last, i + 25)):
        if tokens.lower[k] == "," and k > i:
            comma = not comma
            continue
        if comma or tokens.shape[k] == "p":
            continue
        if k > i + 8 and tokens.lower[k - 1] != ",":
            return False
        if tokens.shape[k] == ".":
            return False
        form = forms.get(tokens.lower[k])
        if (
            k > i
            and form is not None
            and form.form in ("past", "s")
            and ("q" in form.takes or "c" in form.takes)
        ):
            if k + 1 == last or tokens.lower[k + 1] in _BEHIND_CUES:
                return True
            reach = k + (8 if tokens.lower[k - 1] == "," else 4)
            return any(tokens.lower[j] in {".", ","} for j in range(k + 1, min(last, reach)))
    return False


def _continues(tokens: Tokens, i: int) -> bool:
    """Whether token i goes on with the sentence: a lower-case word, a comma, a dash."""
    word = tokens.lower[i]
    if tokens.shape[i] == "w":
        return not (word[0].isdigit() or word.startswith(("al-", "el-")))
    return word in BREAKS or word == "("
