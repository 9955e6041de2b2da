"""Tokens -> Quotations: which marks open and close, by the table below and by what stands beside them.

Only outermost quotations are found; what is quoted inside one belongs to it. A quotation that is still open
where its paragraph ends goes on in the next paragraph if that opens with the same mark (the printers' rule),
and otherwise ends there.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from stancekit.lexicon.grammar import DETERMINERS, PREPOSITIONS
from stancekit.tokens import Span, Tokens

# Opening mark -> marks that close it. Unicode Standard, chapter 6.2 "Quotation Marks", and typing habits.
PAIRS: dict[str, str] = {
    "“": "”\"“", "„": "“”\"", "‟": "”\"", "«": "»", "»": "«", "‹": "›", "›": "‹", "「": "」", "『": "』",
    '"': "\"”“", "＂": "＂", "``": "''”\"", "''": "''", "‘": "’'", "'": "'’", "‚": "‘’'", "`": "'’",
}  # fmt: skip
_SINGLE = frozenset("‘'‚`")
_MARKS = frozenset(PAIRS).union(*({*closing} for closing in PAIRS.values())) | {"''"}
_MARK_SHAPE = re.compile("p")
_FEET = re.compile(r"\d{1,2}'\d{1,2}")
# Words that begin with an apostrophe and so open nothing.
_ELISIONS = frozenset("n em til tis twas cause round bout cos tain".split())


class Quotation(NamedTuple):
    """One outermost quotation inside one paragraph, marks included: tokens `first` up to `last`.

    `continues` says that it goes on from the quotation before it (in the paragraph above).
    """

    first: int
    last: int
    single: bool
    continues: bool = False


def find_quotations(
    text: str, tokens: Tokens, paragraphs: Sequence[tuple[int, int]]
) -> tuple[tuple[Quotation, ...], bool]:
    """Quotations of the paragraphs, in order, and whether some mark had no partner.

    Parameters
    ----------
    paragraphs : token ranges
    """
    out: list[Quotation] = []
    unbalanced = False
    pending = ""  # the mark that the paragraph before left open
    for number, (first, last) in enumerate(paragraphs):
        marks = [
            i
            for i in (found.start() for found in _MARK_SHAPE.finditer(tokens.shape, first, last))
            if tokens.lower[i] in _MARKS and not _is_inch(tokens, i)
        ]
        goes_on = partial(_opens_next, tokens, paragraphs, number)
        found, left_open, stray = _in_paragraph(text, tokens, first, last, marks, pending, goes_on)
        reopened = bool(found) and found[0].continues
        unbalanced = unbalanced or stray or (bool(pending) and not reopened)
        pending = left_open if left_open and goes_on(left_open) else ""
        unbalanced = unbalanced or (bool(left_open) and not pending)
        out.extend(q for q in found if q.last - q.first > 1)
    return tuple(out), unbalanced


def _in_paragraph(
    text: str,
    tokens: Tokens,
    first: int,
    last: int,
    marks: list[int],
    pending: str,
    goes_on: Callable[[str], bool],
) -> tuple[list[Quotation], str, bool]:
    """Quotations of one paragraph, the mark that stays open (or nothing), and whether a mark is stray."""
    found: list[Quotation] = []
    open_mark, start, depth, stray = "", -1, 0, False
    continued = False
    k = 0
    while k < len(marks):
        i = marks[k]
        mark = tokens.lower[i]
        k += 1
        if not open_mark:
            same = mark == pending or (pending != "" and pending in '“"' and mark in '“"”')
            reopens = pending != "" and i == first and same
            if mark not in PAIRS or not (reopens or _opens(text, tokens, i, mark, first)):
                stray = stray or mark in '”"»'
                continue
            if mark in _SINGLE:
                close = _single_close(text, tokens, marks, k - 1, PAIRS[mark])
                if close is not None:
                    found.append(Quotation(i, marks[close] + 1, True, reopens))
                    k = close + 1
                elif goes_on(mark):
                    found.append(Quotation(i, last, True, reopens))
                    return found, mark, stray
                continue
            open_mark, start, depth, continued = mark, i, 0, reopens
        elif mark in PAIRS[open_mark] and _closes(text, tokens, i, mark, open_mark):
            if depth:
                depth -= 1
                continue
            found.append(Quotation(start, i + 1, False, continued))
            open_mark = ""
        elif mark == open_mark and _opens(text, tokens, i, mark, first):
            if _closes_again(text, tokens, marks, k, open_mark):
                depth += 1  # quoted inside
            elif _sentence_ends_between(tokens, start, i):
                # An opening mark while one is open: the first was never closed.
                stray = True
                found.append(Quotation(start, i, False, continued))
                start, continued = i, False
    if open_mark:
        found.append(Quotation(start, last, False, continued))
    return found, open_mark, stray


def _opens_next(tokens: Tokens, paragraphs: Sequence[tuple[int, int]], number: int, mark: str) -> bool:
    if number + 1 >= len(paragraphs):
        return False
    first, last = paragraphs[number + 1]
    after = tokens.lower[first] if first < last else ""
    return after == mark or (mark in '“"' and after in '“"')


def _before(text: str, tokens: Tokens, i: int) -> str:
    at = tokens.start[i]
    return text[at - 1] if at else " "


def _after(text: str, tokens: Tokens, i: int) -> str:
    at = tokens.end[i]
    return text[at] if at < len(text) else " "


def _opens(text: str, tokens: Tokens, i: int, mark: str, first: int) -> bool:
    before, after = _before(text, tokens, i), _after(text, tokens, i)
    if mark in "“„‟«‹「『``‚":
        # A mark turned the wrong way round: word before, space behind.
        return not (before.isalnum() and not after.isalnum() and after.isspace())
    loose = (
        before.isspace()
        or before in "([{—–-/:;,\u2060\u200b\ufeff\u200d*_>\\"
        or i == first
        or not before.isalnum()
        and ord(before) > 0x2000
    )
    if mark in _SINGLE:
        if not loose or not (after.isalnum() or after in '“"[($£€….'):
            return False
        word = tokens.lower[i + 1] if i + 1 < len(tokens) else ""
        return not (word in _ELISIONS or (word[:1].isdigit() and word.endswith("s") and len(word) <= 5))
    if mark in "»›":
        return loose and not after.isspace()
    return loose and not after.isspace() or (before.isspace() and i == first)


def _closes(text: str, tokens: Tokens, i: int, mark: str, open_mark: str) -> bool:
    before, after = _before(text, tokens, i), _after(text, tokens, i)
    if mark == "“" and open_mark != "„":  # a wrong-way mark closes only where a closing one could stand
        return not before.isspace() and not after.isalnum()
    if mark in "\"''" and open_mark != "``":
        # "… said" in front of a space or a stop closes; space before and a letter behind opens.
        return not (before.isspace() and (after.isalnum() or after in "[("))
    return True


def _sentence_ends_between(tokens: Tokens, first: int, last: int) -> bool:
    return any(tokens.lower[j] in {".", "?", "!"} for j in range(max(first, last - 60), last))


def _closes_again(text: str, tokens: Tokens, marks: list[int], k: int, mark: str) -> bool:
    """Whether a quotation inside another closes, and the outer one after it, among the next marks."""
    depth = 2
    for i in marks[k : k + 12]:
        inner = tokens.lower[i]
        if inner in PAIRS[mark] and _closes(text, tokens, i, inner, mark):
            depth -= 1
        elif inner == mark and _opens(text, tokens, i, inner, -1):
            depth += 1
        if not depth:
            return True
    return False


def _is_inch(tokens: Tokens, i: int) -> bool:
    """Whether a mark stands behind feet and inches: 6'2"."""
    return i > 0 and tokens.lower[i] in {'"', "''"} and _FEET.fullmatch(tokens.lower[i - 1]) is not None


def _single_close(text: str, tokens: Tokens, marks: list[int], k: int, closers: str) -> int | None:
    """Index into `marks` of the mark that closes the single quotation opened by ``marks[k]``.

    The first one behind a comma or stop; else one that is no plural possessive; else the last.
    """
    best: int | None = None
    inside_double = False
    for j in range(k + 1, min(len(marks), k + 200)):
        i = marks[j]
        mark = tokens.lower[i]
        if mark in '“”"«»':
            inside_double = mark in "“«" or (mark == '"' and not inside_double)
            continue
        if inside_double or mark not in closers:
            if mark in _SINGLE and not inside_double and best is not None:
                break
            continue
        before, after = _before(text, tokens, i), _after(text, tokens, i)
        if tokens.lower[i - 1] in _ELISIONS and tokens.lower[i - 2] in _SINGLE:
            continue  # rock 'n' roll
        if before.isspace() or after.isalnum():
            if best is not None and not after.isspace():
                break
            continue
        if not before.isalnum():
            return j
        possessive = (
            before in "sSzx" and after.isspace() and i + 1 < len(tokens) and tokens.shape[i + 1] in "wW"
        )
        if not possessive:
            return j
        best = j
    return best


def quotation_spans(tokens: Tokens, quotations: Sequence[Quotation]) -> tuple[Span, ...]:
    """Offsets of the quotations, marks included."""
    return tuple(tokens.span(q.first, q.last) for q in quotations)


# Words of a programme's or a paper's name, at most: chosen by eye.
_LONGEST_NAME = 7


def names_a_work(tokens: Tokens, low: int, first: int, last: int) -> bool:
    """Whether the quotation from token `first` to `last` is a name in a setting that opens at token `low`.

    "On Friday's “Dawn Report,” the minister said …".
    """
    if first == low or tokens.lower[low] not in PREPOSITIONS or tokens.lower[first - 1] in {",", ":"}:
        return False
    words = [k for k in range(first + 1, last) if tokens.shape[k] in "Ww"]
    small = PREPOSITIONS | DETERMINERS | {"and"}
    return 0 < len(words) <= _LONGEST_NAME and all(
        tokens.shape[k] == "W" or tokens.lower[k] in small for k in words
    )
