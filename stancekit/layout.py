"""Text -> Blocks: what of a page is headline, byline, date, prose and furniture.

Articles come as plain text, as Markdown and as what a browser copied; nothing of that is rewritten, blocks
are offsets. Prose blocks are the paragraphs; a headline may hold an utterance, everything else holds none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Literal

from stancekit.tokens import Span

BlockKind = Literal["title", "heading", "byline", "date", "caption", "furniture", "paragraph"]


@dataclass(frozen=True, slots=True)
class Block:
    kind: BlockKind
    span: Span


# Line ends as Unicode's newline guidelines (UAX 14, "mandatory break") list them.
_LINE_END = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
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
_CREDIT = re.compile(r"(?:\*\*[^*]{2,80}\*\*|\((?:photo|image|picture|file|credit)[^)]{0,80}\)|[/|]\s?(?:AP|AFP|EPA|REUTERS|Reuters|Getty Images?))\s*$")
_CAPTION = re.compile(r"(?:\(?(?:file )?(?:photo|image|picture|caption|illustration|video|watch|map|graphic)\b[^.]{0,30}:|!\[|\[?(?:image|photo)\b\s*\d*\])", re.IGNORECASE)
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
    at = 0
    for match in _LINE_END.finditer(text):
        yield Span(at, match.start())
        at = match.end()
    yield Span(at, len(text))


def _trim(text: str, span: Span) -> Span:
    start, end = span
    piece = text[start:end]
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
        return bool(inner) and 40 <= inner[0].end - inner[0].start <= 110 and not _ENDS.search(text[slice(*inner[0])])
    lengths = [line.end - line.start for line in inner]
    broken = sum(not _ENDS.search(text[max(line.start, line.end - 8) : line.end]) for line in inner)
    return 30 <= median(lengths) <= 110 and max(lengths) <= 140 and broken >= 0.5 * len(inner)


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
            short = line.end - line.start < 0.7 * widest and _ENDS.search(text[max(line.start, line.end - 8) : line.end])
            heads = first == line.start and _head_kind(text[line.start : line.end]) is not None
            if last or short or heads or (not last and text[group[i + 1].start] in "#>-*" and text[group[i + 1].start + 1 : group[i + 1].start + 2] in "# "):
                yield Span(first, line.end)
                if not last:
                    first = group[i + 1].start


def _head_kind(line: str) -> BlockKind | None:
    """Kind of a line that stands above the prose, or None."""
    plain = _LINK_TARGET.sub("", line).strip()
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
    wrapped = _is_wrapped(text, groups)
    spans = list(_paragraphs(text, groups, wrapped))
    blocks: list[Block] = []
    seen_title = seen_prose = fenced = ended = False
    front = bool(spans) and text[slice(*spans[0])] == "---"
    for i, span in enumerate(spans):
        line = text[span.start : min(span.end, span.start + 2000)]
        whole = span.end - span.start == len(line)
        kind: BlockKind = "paragraph"
        if line.startswith(("```", "~~~")):
            fenced = not fenced
            kind = "furniture"
        elif fenced:
            kind = "furniture"
        elif front:
            kind = "furniture"
            if i and line.startswith("---"):
                front = False
            else:
                span, kind = _front_matter(text, span, kind)
                seen_title = seen_title or kind == "title"
        elif ended or (whole and (_RULE.fullmatch(line) and not any(c in "\"“”'‘’«»" for c in line))):
            kind = "furniture"
        elif whole and _ADDRESS.fullmatch(line) and not (line.startswith("[") and not seen_prose):
            kind = "furniture"
        elif (head := _head_kind(line) if whole and len(line) <= 300 else None) is not None:
            kind = head
            if head == "heading":
                hashes = len(line) - len(line.lstrip("#"))
                body = _trim(text, Span(span.start + hashes, span.end))
                span = body if body.start < body.end else span
                kind = "heading" if seen_title else "title"
                seen_title = True
            elif head == "byline" and seen_prose and i + 1 < len(spans) and blocks[-1].kind == "paragraph":
                kind = "furniture"
        elif whole and len(line) <= 200 and _FURNITURE.match(_LINK_TARGET.sub("", line).lstrip("> •-")):
            kind = "furniture"
            ended = bool(seen_prose and re.match(r"original\s+(?:url|link)", line, re.IGNORECASE))
        elif whole and len(line) <= 600 and (_CAPTION.match(line) or _CREDIT.search(line)):
            kind = "caption"
        elif not seen_prose and not seen_title and i + 1 < len(spans) and len(line) <= 160 and whole and _is_headline(text, line, spans[i + 1]):
            kind = "title"
            seen_title = True
        elif whole and len(line) <= 80 and not _ENDS.search(line) and not any(c in line for c in "\"“”«»„") and seen_prose and _is_subhead(line):
            kind = "heading"
        if kind == "paragraph":
            seen_prose = True
            span = _after_markers(text, span)
        blocks.append(Block(kind, span))
    return tuple(blocks)


def _front_matter(text: str, span: Span, kind: BlockKind) -> tuple[Span, BlockKind]:
    match = re.match(r"(title|author|date)\s*:\s*[\"']?(.+?)[\"']?\s*$", text[span.start : span.end], re.IGNORECASE | re.DOTALL)
    if match is None:
        return span, kind
    found: BlockKind = {"title": "title", "author": "byline", "date": "date"}[match[1].lower()]  # type: ignore[assignment]
    return Span(span.start + match.start(2), span.start + match.end(2)), found


def _is_headline(text: str, line: str, following: Span) -> bool:
    """A first line is a headline if it is no whole sentence and longer prose follows."""
    if re.search(r"\.[\"”’']?$", line):
        return False
    after = text[following.start : following.end]
    return _head_kind(after) is not None or len(after) > 0.8 * len(line) or following.end < len(text)


_SMALL = frozenset("a an the of in on at to for and or but with from by as is are was were vs over into".split())


def _is_subhead(line: str) -> bool:
    words = re.findall(r"[^\W\d_][\w'’-]*", line)
    if not 1 <= len(words) <= 10:
        return False
    big = sum(w[0].isupper() or w.lower() in _SMALL for w in words)
    return big == len(words) or len(words) <= 5


def _after_markers(text: str, span: Span) -> Span:
    """Leave out list bullets and block-quote signs in front of a paragraph."""
    match = re.compile(r"(?:>\s?|[-*•]\s+|\d{1,2}[.)]\s+(?=\S))+").match(text, span.start, span.end)
    return Span(match.end(), span.end) if match and match.end() < span.end else span
