"""Text -> Document: title, byline, date, paragraphs, tokens, quotations and sentences, all as offsets."""

import re
from bisect import bisect_right
from dataclasses import dataclass

from stancekit.layout import Block, find_blocks
from stancekit.quotations import Quotation, find_quotations
from stancekit.sentences import find_sentences
from stancekit.tokens import Span, Tokens, tokenize

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LETTER = re.compile(r"[^\W\d_]")
_FOREIGN_LETTER = re.compile(r"[^\x00-\u024f\W\d_]")
# UTF-8 read as Windows-1252 leaves these pairs behind.
_MOJIBAKE = re.compile(r"â€[œ\u009d™˜”“¦\u009c\u0099\u0098]|Ã[©¨¶¼¤±\xad]")


@dataclass(frozen=True, slots=True)
class Document:
    """An article, read once; everything in it is an offset into `text`, which is never rewritten.

    Attributes
    ----------
    text : as given, but for lone surrogates, each of which becomes one U+FFFD
    title, byline, date : the stretches that hold them, or None
    blocks : title, byline, paragraphs, furniture … in order
    tokens : of the title and the paragraphs
    units : token ranges that are segmented: the title, if any, and each paragraph
    n_titles : how many of the first units are titles (0 or 1)
    quotations : outermost quotations, in order
    sentences : token ranges covering every unit
    warnings : codes such as ``empty-text``, as bad input is reported
    """

    text: str
    title: Span | None
    byline: Span | None
    date: Span | None
    blocks: tuple[Block, ...]
    tokens: Tokens
    units: tuple[tuple[int, int], ...]
    n_titles: int
    quotations: tuple[Quotation, ...]
    sentences: tuple[tuple[int, int], ...]
    warnings: tuple[str, ...]

    @property
    def paragraphs(self) -> tuple[Span, ...]:
        """The prose of the article, without headline and furniture."""
        return tuple(b.span for b in self.blocks if b.kind == "paragraph")

    @property
    def sentence_spans(self) -> tuple[Span, ...]:
        """Offsets of the sentences of title and paragraphs."""
        return tuple(self.tokens.span(first, last) for first, last in self.sentences)

    def unit_at(self, offset: int) -> int:
        """Number of the unit that holds the token at `offset`, or that follows it."""
        return bisect_right(self.units, (self.tokens.at(offset), len(self.tokens))) - 1


def read_document(text: str) -> Document:
    r"""Read an article.

    Parameters
    ----------
    text : plain text or Markdown, any line ends, hard-wrapped or not

    Returns
    -------
    Document
        Without paragraphs, and with the warning ``empty-text``, if there is nothing to read.

    Examples
    --------
    >>> document = read_document("Bridge reopens\n\nBy Ada Lindqvist\n\nIt is open, the mayor said.")
    >>> document.text[slice(*document.title)]
    'Bridge reopens'
    >>> [document.text[slice(*p)] for p in document.paragraphs]
    ['It is open, the mayor said.']
    """
    warnings: list[str] = []
    text, n_surrogates = _SURROGATE.subn("\ufffd", text)
    if n_surrogates:
        warnings.append(f"lone-surrogate: {n_surrogates} replaced by U+FFFD")
    blocks = find_blocks(text)
    prose = [b for b in blocks if b.kind in ("title", "paragraph")]
    tokens = tokenize(text, [b.span for b in prose])
    if not len(tokens):
        warnings.append("empty-text")
    if _MOJIBAKE.search(text):
        warnings.append("mojibake-suspected: the text looks like UTF-8 that was read as Windows-1252")
    if not (_is_latin(text) and _is_english(tokens)):
        warnings.append("unsupported-language: stancekit reads English")
    ranges = [(tokens.at(b.span.start), tokens.at(b.span.end)) for b in prose]
    units = [(first, last) for first, last in ranges if first < last]
    n_titles = sum(first < last and b.kind == "title" for (first, last), b in zip(ranges, prose, strict=True))
    quotations, unbalanced = find_quotations(text, tokens, units)
    if unbalanced:
        warnings.append("unbalanced-quote")
    sentences = find_sentences(tokens, quotations, units)

    def first_of(kind: str) -> Span | None:
        return next((b.span for b in blocks if b.kind == kind), None)

    return Document(
        text, first_of("title"), first_of("byline"), first_of("date"), blocks, tokens, tuple(units), n_titles,
        quotations, sentences, tuple(warnings),
    )  # fmt: skip


# Words that every page of English has and few other languages know. Measured on 1,839 English news articles:
# 23 % of the words are of these in the median, 14 % in the first percentile.
_ENGLISH = frozenset(
    "the of and to that is was for with from by it he said were has had be this their they who".split()
)
_MIN_ENGLISH = 0.05


def _is_english(tokens: Tokens) -> bool:
    """Whether a text can be English, by its commonest words; true of a short one."""
    words = [word for word in tokens.lower[:600] if word[0].isalpha()]
    return len(words) < 40 or sum(map(_ENGLISH.__contains__, words)) >= _MIN_ENGLISH * len(words)


def _is_latin(text: str) -> bool:
    """Whether most letters of a sample are Latin; true of a text with hardly any letters."""
    sample = text[:5000]
    n_foreign = 0 if sample.isascii() else len(_FOREIGN_LETTER.findall(sample))
    if not n_foreign:
        return True
    n_letters = len(_LETTER.findall(sample))
    return n_letters < 20 or 2 * n_foreign <= n_letters
