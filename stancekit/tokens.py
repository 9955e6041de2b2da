"""Text -> Tokens: words and punctuation as offsets, computed once and read by every later stage."""

import re
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple


class Span(NamedTuple):
    """A half-open stretch ``text[start:end]``, counted in Unicode code points."""

    start: int
    end: int


# Abbreviations that take a name or a number behind them: their full stop never ends a sentence.
_TITLES = (
    "Mr Mrs Ms Mx Dr Prof Gen Lt Col Maj Capt Cmdr Cdr Adm Brig Sgt Cpl Pvt Sen Sens Rep Reps Gov Govs Pres "
    "Amb Rev Hon St Msgr Fr Ret Sec Dep Asst Supt Insp Det Messrs Mmes"
).split()
# Abbreviations that may also close a sentence.
_OTHERS = (
    "Jr Sr Inc Ltd Corp Co Bros Assn Dept Univ Jan Feb Mar Apr Aug Sept Sep Oct Nov Dec Mon Tue Tues Wed Thu "
    "Thurs Fri Ave Blvd Rd Ala Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan Ky La Mass Md Mich Minn Miss "
    "Mo Mont Neb Nev Okla Ore Pa Tenn Tex Va Vt Wash Wis Wyo vs etc approx est cf al"
).split()

# One pass, no nested quantifier over the same characters, so the time is linear in the text.
_TOKEN = re.compile(
    # Most tokens are plain words with a space behind, or one that nothing joins to what follows. They are
    # matched many at once, and in no group, which makes them quick.
    r"(?:[A-Za-z]++ ){0,64}(?:[A-Za-z]++(?=[\s,;!?)])|[A-Za-z]{3,}+(?=\.(?:\s|[\"”’')\]]|\Z)))"
    r"|(?:[A-Za-z]++ ){1,64}"
    r"|(?P<url>(?:https?://|www\.)[^\s<>\"”’)\]]{1,2000})"
    r"|(?P<abbreviation>(?:[^\W\d_]-)?(?:[^\W\d_]\.){2,})"
    # A word: letters and digits joined by single apostrophes or hyphens; numbers with points and commas.
    r"|(?P<word>[^\W_][\w\u0300-\u036f]*"
    r"(?:(?:['’\u2010\u2011&/\-\u00ad\u200c\u200d](?=\w)|(?<=\d)[.,](?=\d))[\w\u0300-\u036f]+)*)"
    r"|(?P<markup>\]\([^()\s]{0,2000}\)|\[(?=[^\[\]\n]{1,300}\]\()|\*{2,}|_{2,}|\\(?=[^\w\s])|<https?://[^>\s]{1,2000}>"
    r"|[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff])"
    r"|(?P<dots>\.{2,200}|…)"
    r"|(?P<dash>-{2,200})"
    r"|(?P<ticks>``|'')"
    r"|(?P<other>\S)"
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Parallel lists, one entry a token; `lower` has straight apostrophes and no soft hyphens.

    `shape` is one letter: ``W`` capitalised word, ``w`` other word, ``t`` a title such as "Gen.", ``a`` an
    abbreviation that may end a sentence, ``.`` dots, ``p`` other punctuation.
    """

    start: list[int]
    end: list[int]
    lower: list[str]
    shape: str

    def __len__(self) -> int:
        return len(self.start)

    def at(self, offset: int) -> int:
        """Index of the first token that starts at or behind `offset`."""
        return bisect_left(self.start, offset)

    def span(self, first: int, last: int) -> Span:
        """The text from token `first` up to, not including, token `last`."""
        return Span(self.start[first], self.end[last - 1])


# In front of a number: No. 7, p. 4.
_NUMBERED = frozenset({"no", "nos", "p", "pp", "vol", "art", "fig", "sec"})
_TITLE_SET = frozenset(word.lower() for word in _TITLES)
_OTHER_SET = frozenset(word.lower() for word in _OTHERS)
_CLEAN = str.maketrans(
    {"’": "'", "\u2010": "-", "\u2011": "-", "\u00ad": None, "\u200c": None, "\u200d": None}
)


def tokenize(text: str, spans: list[Span]) -> Tokens:
    """Tokens of the given stretches of `text`, in order; markup and addresses are left out.

    Parameters
    ----------
    text : the article
    spans : the stretches to read, ascending and disjoint
    """
    start: list[int] = []
    end: list[int] = []
    lower: list[str] = []
    shape: list[str] = []
    for low, high in spans:
        for match in _TOKEN.finditer(text, low, high):
            group = match.lastgroup
            first, last = match.span()
            word = text[first:last]
            if group is None:  # plain words with single spaces between them
                words = word.split()
                lower += word.lower().split()
                shape += ["W" if one < "a" else "w" for one in words]
                starts = list(accumulate([len(one) + 1 for one in words], initial=first))
                start += starts[:-1]
                end += [following - 1 for following in starts[1:]]
                continue
            if group == "other":
                dotted = word == "." and end and end[-1] == first
                if dotted and (kind := _dotted(text, start[-1], last, lower[-1])):
                    end[-1] = last
                    lower[-1] += "."
                    shape[-1] = kind
                    continue
                lower.append(word.lower())
                shape.append("p")
            elif group == "word":
                lower.append(word.lower() if word.isascii() else word.translate(_CLEAN).lower())
                shape.append("W" if word[0].isupper() else "w")
            elif group == "markup" or group == "url":
                continue
            else:
                lower.append(word.lower())
                shape.append("a" if group == "abbreviation" else "." if group == "dots" else "p")
            start.append(first)
            end.append(last)
    return Tokens(start, end, lower, "".join(shape))


def _dotted(text: str, start: int, end: int, lower: str) -> str:
    """Shape of a word whose full stop belongs to it, or nothing."""
    if lower in _NUMBERED and text[end : end + 2].strip()[:1].isdigit():
        return "t"
    if lower in _TITLE_SET and (text[start].isupper()):
        return "t"
    if len(lower) == 1 and text[start].isupper():
        return "t"  # an initial
    last = lower.rpartition("-")[2]  # R-Fla.
    if (last in _OTHER_SET and text[start].isupper()) or lower in {"vs", "etc", "approx", "est", "cf"}:
        return "a"
    return ""
