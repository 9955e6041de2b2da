"""Text -> Blocks: what of a page is headline, byline, date, prose and furniture.

Articles come as plain text, as Markdown and as what a browser copied; nothing of that is rewritten, blocks
are offsets. Prose blocks are the paragraphs; a headline may hold an utterance, everything else holds none.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from stancekit.tokens import Span

BlockKind = Literal["title", "heading", "byline", "date", "caption", "furniture", "paragraph"]


class Block(NamedTuple):
    """One stretch of the page and what it is."""

    kind: BlockKind
    span: Span


_BLANK = "\u200b\u200c\u200d\u2060\ufeff\u00ad"

_MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAYS = r"(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?\.?,?"
_CLOCK = r"(?:(?:at\s)?\d{1,2}[:.]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?)?\s*(?:[a-z]{2,4})?)"
_DATE = re.compile(
    rf"(?:(?:published|updated|posted|last\s(?:updated|modified)|date(?:\sof\spublication)?|created)\s*(?:on|at)?\s*:?\s*)*"
    rf"(?:{_DAYS}\s*)?(?:{_CLOCK}[,|\s]*)?"
    rf"(?:{_MONTHS}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}|\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTHS},?\s+\d{{4}}"
    rf"|\d{{4}}-\d{{2}}-\d{{2}}(?:t[\d:.]+z?)?|\d{{1,2}}[./]\d{{1,2}}[./]\d{{4}})"
    rf"(?:[,|\s/–—-]*{_CLOCK})?(?:\s*\(?(?:gmt|utc|est|edt|bst)[+\d:]*\)?)?\.?",
    re.IGNORECASE,
)
_BYLINE = re.compile(
    r"(?:By|BY|by|From|Written by|Story by|Text by|Reported by)[:\s]\s*[A-Z\u00c0-\u00de][^.!?:;]{1,120}"
)
_CREDIT_ENDS = ("**", ")", "AP", "AFP", "EPA", "REUTERS", "Reuters", "Getty Image", "Getty Images")
_CREDIT = re.compile(
    r"(?:\*\*[^*]{2,80}\*\*|\((?:photo|image|picture|file|credit)[^)]{0,80}\)"
    r"|[/|]\s?(?:AP|AFP|EPA|REUTERS|Reuters|Getty Images?))\s*$"
)
_CAPTION = re.compile(
    r"(?:\(?(?:file )?(?:photo|image|picture|caption|illustration|video|watch|map|graphic)\b[^.]{0,30}:"
    r"|!\[|\[?(?:image|photo)\b\s*\d*\])",
    re.IGNORECASE,
)
_FURNITURE = re.compile(
    r"(?:original\s+(?:url|link|source)|source\s*:|read\s+(?:more|also|next|the\s+full)\b|see\s+also\b|also\s+read\b|related\b.{0,40}:?$|tags?\s*:|tags$"
    r"|keywords\s*:|filed\s+under|share(?:\s+(?:this|on)\b.*)?$|advertisement|sign\s+up\b|subscribe\b|follow\s+us\b|copyright\b|©|all\s+rights\s+reserved"
    r"|reporting\s+by\b.*|\(?(?:additional\s+)?(?:reporting|writing|editing)\s+by\b.*|click\s+(?:here|to)\b|print$|email$|comments?(?:\s*\(\d+\))?$"
    r"|story\s+highlights$|more\s+on\s+this|\d+\s+min(?:ute)?s?\s+read$|photo(?:graph)?s?\s*(?:by|:)|our\s+standards\b|view\s+comments|topics?\s*:)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"<?(?:https?://|www\.)\S+>?|\[[^\]]{0,200}\]\([^)\s]{0,2000}\)")
_RULE = re.compile(r"[\W_]+")
_ENDS = re.compile(r"[.!?…:][\"'”’»)\]*_]*$")
_LINK_TARGET = re.compile(r"\]\([^()\s]{0,2000}\)|[\[\]*_#]")


def _lines(text: str) -> Iterator[Span]:
    """Lines without their ends, which are those of `str.splitlines`."""
    at = 0
    for line, with_end in zip(text.splitlines(), text.splitlines(keepends=True), strict=True):
        yield Span(at, at + len(line))
        at += len(with_end)


def _trim(text: str, span: Span) -> Span:
    start, end = span
    piece = text[start:end]
    if piece[:1].isalnum():
        return Span(start, start + len(piece.rstrip()))
    left = piece.lstrip(" \t\u00a0" + _BLANK)
    if not left.strip(_BLANK + " \t\u00a0\u2003\u2002\u2009\u202f\u3000").strip():
        return Span(start, start)
    start += len(piece) - len(left)
    return Span(start, start + len(left.rstrip()))


def _groups(text: str) -> Iterator[list[Span]]:
    """Runs of lines between blank ones."""
    group: list[Span] = []
    for line in _lines(text):
        span = _trim(text, line)
        if span.start < span.end:
            group.append(span)
        elif group:
            yield group
            group = []
    if group:
        yield group


def _is_wrapped(text: str, groups: list[list[Span]]) -> bool:
    """Whether line ends inside a group are a typesetter's, not the author's.

    Wrapped lines are of one length (40 to 110 characters) and mostly break inside a sentence.
    """
    inner = [line for group in groups for line in group[:-1]]
    if len(inner) < 2:
        # Two short lines: wrapped if the first breaks off in mid-sentence.
        return (
            bool(inner)
            and 40 <= inner[0].end - inner[0].start <= 110
            and not _ENDS.search(text[slice(*inner[0])])
        )
    lengths = sorted(line.end - line.start for line in inner)
    median = (lengths[(len(lengths) - 1) // 2] + lengths[len(lengths) // 2]) / 2
    broken = sum(not _ENDS.search(text[max(line.start, line.end - 8) : line.end]) for line in inner)
    return 30 <= median <= 110 and lengths[-1] <= 140 and broken >= 0.5 * len(inner)


def _paragraphs(text: str, groups: list[list[Span]], wrapped: bool) -> Iterator[Span]:
    for group in groups:
        if not wrapped:
            yield from group
            continue
        widest = max(line.end - line.start for line in group)
        first = group[0].start
        for i, line in enumerate(group):
            last = i + 1 == len(group)
            # In wrapped text a short line that ends a sentence, or furniture, ends its paragraph.
            short = line.end - line.start < 0.7 * widest and _ENDS.search(
                text[max(line.start, line.end - 8) : line.end]
            )
            heads = first == line.start and _head_kind(text[line.start : line.end]) is not None
            if (
                last
                or short
                or heads
                or (
                    not last
                    and text[group[i + 1].start] in "#>-*"
                    and text[group[i + 1].start + 1 : group[i + 1].start + 2] in "# "
                )
            ):
                yield Span(first, line.end)
                if not last:
                    first = group[i + 1].start


def _without_links(line: str) -> str:
    return _LINK_TARGET.sub("", line) if any(mark in line for mark in "[]*_#") else line


def _head_kind(line: str) -> BlockKind | None:
    """Kind of a line that stands above the prose, or None."""
    plain = _without_links(line).strip()
    if len(plain) <= 90 and _DATE.fullmatch(plain):
        return "date"
    if len(plain) <= 140 and _BYLINE.fullmatch(plain):
        return "byline"
    if line.startswith("#"):
        return "heading"
    return None


def find_blocks(text: str) -> tuple[Block, ...]:
    """All blocks of `text` in order; white space between them belongs to none.

    Time grows linearly with the text.
    """
    groups = list(_groups(text))
    spans = list(_paragraphs(text, groups, _is_wrapped(text, groups)))
    page = _Page(text, spans)
    return tuple(page.block(i) for i in range(len(spans)))


class _Page:
    """The blocks of one text, told apart from top to bottom."""

    def __init__(self, text: str, spans: list[Span]) -> None:
        self.text, self.spans = text, spans
        self.title = self.prose = False  # seen so far
        self.fenced = self.ended = False  # inside a code fence; behind the article's end
        # inside front matter, which must end soon
        self.front = len(spans) > 1 and "---" in [text[s.start : s.start + 4].strip() for s in spans[1:30]]
        self.front = self.front and text[slice(*spans[0])] == "---"

    def block(self, i: int) -> Block:
        """Block number i; the ones before it have been asked for."""
        text, span = self.text, self.spans[i]
        line = text[span.start : min(span.end, span.start + 2000)]
        if line.startswith(("```", "~~~")):
            self.fenced = not self.fenced
            return Block("furniture", span)
        if self.fenced or self.ended:
            return Block("furniture", span)
        if self.front:
            return self._front_matter(i, span, line)
        kind: BlockKind | None = None
        if span.end - span.start == len(line):  # longer ones are prose
            kind = self._kind(i, line)
        if kind == "heading" and line.startswith("#"):
            body = _trim(text, Span(span.start + len(line) - len(line.lstrip("#")), span.end))
            span = body if body.start < body.end else span
            kind = "heading" if self.title else "title"
        if kind is None:
            self.prose = True
            return Block("paragraph", _after_markers(text, span))
        self.title = self.title or kind == "title"
        return Block(kind, span)

    def _kind(self, i: int, line: str) -> BlockKind | None:
        """What a line is, or None for prose."""
        if _RULE.fullmatch(line) and not any(c in "\"“”'‘’«»" for c in line):
            return "furniture"
        if _ADDRESS.fullmatch(line) and (self.prose or not line.startswith("[")):
            return "furniture"
        if (head := _head_kind(line)) is not None:
            return "furniture" if head == "byline" and self.prose else head
        if len(line) <= 200 and _FURNITURE.match(_without_links(line).lstrip("> •-")):
            self.ended = self.prose and _TRAILER.match(line) is not None
            return "furniture"
        if len(line) <= 600 and (_CAPTION.match(line) or _is_credit(line)):
            return "caption"
        last = i + 1 == len(self.spans)
        first = not (self.prose or self.title or last) and len(line) <= 160
        if first and (not _SENTENCE_END.search(line) or _in_title_case(line)):
            return "title"
        quoted = any(c in line for c in '"“”«»„')
        if self.prose and len(line) <= 80 and not quoted and not _ENDS.search(line) and _is_subhead(line):
            return "heading"
        return None

    def _front_matter(self, i: int, span: Span, line: str) -> Block:
        if i and line.startswith("---"):
            self.front = False
        match = _FIELD.match(self.text, *span)
        if match is None:
            return Block("furniture", span)
        kinds: dict[str, BlockKind] = {"title": "title", "author": "byline", "date": "date"}
        kind = kinds[match[1].lower()]
        self.title = self.title or kind == "title"
        return Block(kind, Span(*match.span(2)))


def _is_credit(line: str) -> bool:
    # Searched only where the end of the line allows it: a search from every letter is slow.
    return line.rstrip().endswith(_CREDIT_ENDS) and _CREDIT.search(line) is not None


_TRAILER = re.compile(r"original\s+(?:url|link)", re.IGNORECASE)
_SENTENCE_END = re.compile(r"\.[\"”’']?$")
_FIELD = re.compile(r"(title|author|date)\s*:\s*[\"']?([^\n\r]+?)[\"']?\s*$", re.IGNORECASE)


_SMALL = frozenset(
    "a an the of in on at to for and or but with from by as is are was were vs over into".split()
)


def _words(line: str) -> tuple[int, int]:
    """How many words a line has, and how many of them a title in Title Case could have."""
    words = re.findall(r"[^\W\d_][\w'’-]*", line)
    return len(words), sum(w[0].isupper() or w.lower() in _SMALL for w in words)


def _is_subhead(line: str) -> bool:
    n, big = _words(line)
    return 1 <= n <= 10 and (big == n or n <= 5)


def _in_title_case(line: str) -> bool:
    n, big = _words(line)
    return n >= 5 and big >= n - 1


_MARKERS = re.compile(r"(?:>\s?|[-*•]\s+|\d{1,2}[.)]\s+(?=\S))+")


def _after_markers(text: str, span: Span) -> Span:
    """Leave out list bullets and block-quote signs in front of a paragraph."""
    match = _MARKERS.match(text, span.start, span.end)
    return Span(match.end(), span.end) if match and match.end() < span.end else span
