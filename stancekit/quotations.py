"""Tokens -> Quotations: which marks open and close, by the table below and by what stands beside them.

Only outermost quotations are found; what is quoted inside one belongs to it. A quotation that is still open
where its paragraph ends goes on in the next paragraph if that opens with the same mark (the printers' rule),
and otherwise ends there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from stancekit.tokens import Span, Tokens

# Opening mark -> marks that close it. Unicode Standard, chapter 6.2 "Quotation Marks", and typing habits.
PAIRS: dict[str, str] = {
    "“": "”\"“", "„": "“”\"", "‟": "”\"", "«": "»", "»": "«", "‹": "›", "›": "‹", "「": "」", "『": "』",
    '"': "\"”“", "＂": "＂", "``": "''”\"", "''": "''", "‘": "’'", "'": "'’", "‚": "‘’'", "`": "'’",
}  # fmt: skip
_SINGLE = frozenset("‘'‚`")
_MARKS = frozenset(PAIRS).union(*({*closing} for closing in PAIRS.values())) | {"''"}
# Words that begin with an apostrophe and so open nothing.
_ELISIONS = frozenset("n em til tis twas cause round bout cos tain".split())


@dataclass(frozen=True, slots=True)
class Quotation:
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
        marks = [i for i in range(first, last) if tokens.lower[i] in _MARKS]
        if not marks:
            unbalanced = unbalanced or bool(pending)
            pending = ""
            continue
        k = 0
        found: list[Quotation] = []
        open_mark, start = "", -1
        continued = False
        while k < len(marks):
            i = marks[k]
            mark = tokens.lower[i]
            if not open_mark:
                reopens = (
                    bool(pending) and i == first and (mark == pending or (pending in '“"' and mark in '“"”'))
                )
                if mark in PAIRS and (reopens or _opens(text, tokens, i, mark, first)):
                    single = mark in _SINGLE
                    if single:
                        close = _single_close(text, tokens, marks, k, PAIRS[mark])
                        if close is not None:
                            found.append(Quotation(i, marks[close] + 1, True, reopens))
                            k = close + 1
                            pending = ""
                            continue
                        if not _opens_next(tokens, paragraphs, number, mark):
                            k += 1
                            continue
                    open_mark, start, continued, pending = mark, i, reopens, ""
                    if single:
                        break
                elif mark in '”"»' and mark not in _SINGLE:
                    unbalanced = True
            elif mark in PAIRS[open_mark] and _closes(text, tokens, i, mark, open_mark):
                found.append(Quotation(start, i + 1, open_mark in _SINGLE, continued))
                open_mark = ""
            elif (
                mark == open_mark
                and _sentence_ends_between(tokens, start, i)
                and not _balanced_ahead(text, tokens, marks, k, open_mark)
            ):
                # An opening mark while one is open, and none quoted inside: the first was never closed.
                unbalanced = True
                found.append(Quotation(start, i, False, continued))
                start, continued = i, False
            k += 1
        if open_mark:
            found.append(Quotation(start, last, open_mark in _SINGLE, continued))
            if _opens_next(tokens, paragraphs, number, open_mark):
                pending = open_mark
            else:
                unbalanced = True
                pending = ""
        elif pending:
            unbalanced = True
            pending = ""
        out.extend(q for q in found if q.last - q.first > 1)
    return tuple(out), unbalanced


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


def _balanced_ahead(text: str, tokens: Tokens, marks: list[int], k: int, mark: str) -> bool:
    """Whether the next two marks close an inner and the outer quotation."""
    ahead = marks[k + 1 : k + 3]
    return len(ahead) == 2 and all(
        tokens.lower[i] in PAIRS[mark] and not (_before(text, tokens, i).isspace()) for i in ahead
    )


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
