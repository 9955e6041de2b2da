"""Text -> blocks, sentences and warnings; every span is an offset into a text that is never rewritten."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit.document import Document, read_document
from stancekit.quotations import PAIRS
from stancekit.speakers import resolve_speakers
from stancekit.utterances import find_utterances
from tests.marked import rows_with

MARKDOWN = """

# Envoy leaves Damascus without a signature

By [Ada Lindqvist](#)

February 07, 2012



A banner hangs from the balcony of the governor's office in Homs on Tuesday. **Piet Osterhuis**

The envoy left on Tuesday with a folder and no signature. Repairs would cost \\$20 million, she said.

"It is a beginning," she told reporters at the airport. "[We are] hoping for more."

Original url:

<https://www.example.org/2012/02/07/envoy-leaves-a12462>
"""

FRONT_MATTER = """---
title: "Envoy leaves Damascus without a signature"
author: Ada Lindqvist
date: 2012-02-07
tags: [syria, diplomacy]
---

The envoy left on Tuesday with a folder and no signature.

"It is a beginning," she told reporters at the airport.
"""

PLAIN = """Envoy leaves Damascus without a signature

By Ada Lindqvist

7 February 2012

The envoy left on Tuesday with a folder and no signature.

"It is a beginning," she told reporters at the airport.
"""

WRAPPED = """Envoy leaves Damascus without a signature

By Ada Lindqvist

The envoy left on Tuesday with a folder under her arm and without the one
signature that she had come for, after three days of waiting in a hotel near
the parliament.

"It is a beginning, and I have seen worse ones in this very building," she
told reporters at the airport while her driver looked for the keys.
"""

PROSE = [
    "The envoy left on Tuesday with a folder and no signature.",
    '"It is a beginning," she told reporters at the airport.',
]


def kinds(document: Document, kind: str) -> list[str]:
    return [document.text[slice(*block.span)] for block in document.blocks if block.kind == kind]


def prose(document: Document) -> list[str]:
    return [document.text[slice(*span)] for span in document.paragraphs]


def sentences(text: str) -> list[str]:
    """The sentences of the prose, without those of a title."""
    document = read_document(text)
    starts = {span.start for b in document.blocks if b.kind == "title" for span in [b.span]}
    return [text[slice(*span)] for span in document.sentence_spans if span.start not in starts]


# -- layout ---------------------------------------------------------------------------------------


def test_markdown() -> None:
    document = read_document(MARKDOWN)
    assert document.title is not None
    assert MARKDOWN[slice(*document.title)] == "Envoy leaves Damascus without a signature"
    assert document.byline is not None
    assert "Ada Lindqvist" in MARKDOWN[slice(*document.byline)]
    assert "\n" not in MARKDOWN[slice(*document.byline)]
    assert document.date is not None
    assert MARKDOWN[slice(*document.date)] == "February 07, 2012"
    assert prose(document) == [
        "The envoy left on Tuesday with a folder and no signature. "
        "Repairs would cost \\$20 million, she said.",
        '"It is a beginning," she told reporters at the airport. "[We are] hoping for more."',
    ]
    assert [text[:8] for text in kinds(document, "caption")] == ["A banner"]
    assert not document.warnings


def test_markdown_furniture_is_no_utterance() -> None:
    found = find_utterances(read_document(MARKDOWN))
    said = [[MARKDOWN[slice(*span)] for span in utterance.content] for utterance in found]
    assert said == [
        ["Repairs would cost \\$20 million"],
        ['"It is a beginning,"', '"[We are] hoping for more."'],
    ]


def test_front_matter() -> None:
    document = read_document(FRONT_MATTER)
    assert document.title is not None
    assert FRONT_MATTER[slice(*document.title)] == "Envoy leaves Damascus without a signature"
    assert document.byline is not None
    assert FRONT_MATTER[slice(*document.byline)] == "Ada Lindqvist"
    assert document.date is not None
    assert FRONT_MATTER[slice(*document.date)] == "2012-02-07"
    assert prose(document) == PROSE


def test_front_matter_without_end_is_prose_again() -> None:
    """A rule in the first line must not swallow the article."""
    text = "---\n\n" + "\n\n".join(PROSE) + "\n"
    assert prose(read_document(text)) == PROSE


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.replace("\n\n", "\n"),
        PLAIN.replace("\n", "\n\n"),
        PLAIN.replace("\n\n", "\n \t\n"),
        "\ufeff" + PLAIN,
        "\n\n\n" + PLAIN + "\n\n\n",
        PLAIN.rstrip(),
        PLAIN.replace("By Ada Lindqvist", "BY ADA LINDQVIST"),
        PLAIN.replace("By Ada Lindqvist", "By Ada Lindqvist and Piet Osterhuis in Beirut"),
        PLAIN.replace("7 February 2012", "Tuesday, February 7, 2012 10:45 AM"),
        PLAIN.replace("7 February 2012", "2012-02-07"),
        PLAIN.replace("7 February 2012", "Published: Feb. 7, 2012"),
    ],
    ids=[
        "blank lines", "no blank lines", "many blank lines", "blank lines with spaces", "byte order mark",
        "around", "no last line end", "capital byline", "two authors", "date with time", "iso date",
        "published",
    ],
)  # fmt: skip
def test_plain(text: str) -> None:
    document = read_document(text)
    assert document.title is not None
    assert text[slice(*document.title)] == "Envoy leaves Damascus without a signature"
    assert document.byline is not None
    assert text[slice(*document.byline)].casefold().startswith("by ada lindqvist")
    assert document.date is not None
    assert "2012" in text[slice(*document.date)]
    assert prose(document) == PROSE


def test_hard_wrapped() -> None:
    document = read_document(WRAPPED)
    assert document.title is not None
    assert WRAPPED[slice(*document.title)] == "Envoy leaves Damascus without a signature"
    assert [text.split()[0] for text in prose(document)] == ["The", '"It']
    assert [text.split()[-1] for text in prose(document)] == ["parliament.", "keys."]
    assert len(document.sentence_spans) == 3
    (found,) = find_utterances(document)
    assert [" ".join(WRAPPED[slice(*span)].split()) for span in found.content] == [
        '"It is a beginning, and I have seen worse ones in this very building,"'
    ]


def test_hard_wrapped_without_blank_lines() -> None:
    text = WRAPPED.replace("\n\n", "\n")
    document = read_document(text)
    (found,) = find_utterances(document)
    assert [" ".join(text[slice(*span)].split()) for span in found.content] == [
        '"It is a beginning, and I have seen worse ones in this very building,"'
    ]
    assert found.source is not None
    assert text[slice(*found.source)] == "she"


@pytest.mark.parametrize("end", ["", "\n", "  ", "\r\n"])
def test_one_line(end: str) -> None:
    """An article in one line has sentences, and no title."""
    line = " ".join(PROSE) + end
    document = read_document(line)
    assert document.title is None
    assert sentences(line) == PROSE
    assert len(find_utterances(document)) == 1


@pytest.mark.parametrize(
    "line_end",
    ["\r\n", "\r", "\u2028", "\u0085", "\u2029", "\v", "\f"],
    ids=["CRLF", "CR", "U+2028", "U+0085", "U+2029", "VT", "FF"],
)
@pytest.mark.parametrize(
    "source", [PLAIN, MARKDOWN, WRAPPED, FRONT_MATTER], ids=["plain", "markdown", "wrapped", "front"]
)
def test_line_ends(line_end: str, source: str) -> None:
    """A27: the same blocks whatever ends the lines, in a text that stays as it was."""
    text = source.replace("\n", line_end)
    document, plain = read_document(text), read_document(source)
    assert document.text == text
    found = [(b.kind, text[slice(*b.span)].replace(line_end, "\n")) for b in document.blocks]
    assert found == [(b.kind, source[slice(*b.span)]) for b in plain.blocks]
    said = [[text[slice(*s)].replace(line_end, "\n") for s in u.content] for u in find_utterances(document)]
    assert said == [[source[slice(*s)] for s in u.content] for u in find_utterances(plain)]


def test_mixed_line_ends() -> None:
    text = "Snow\r\n\r\n" + PROSE[0] + "\r\r" + PROSE[1] + "\n\u2028It rained.\u0085"
    assert prose(read_document(text)) == [*PROSE, "It rained."]


FURNITURE = [
    "Original url:",
    "<https://www.example.org/a>",
    "https://www.example.org/said-the-minister",
    "Read more: Minister said to resign",
    "See also: Envoy says no",
    "Related: “We will not leave”",
    "Tags: Syria, Assad, said",
    "Advertisement",
    "Share this article",
    "Follow us on the network of your choice",
    "Sign up for our newsletter",
    "© 2012 The Orontes Courier. All rights reserved.",
    "(Reporting by Ada Lindqvist; editing by Piet Osterhuis)",
    "Additional reporting by Ada Lindqvist in Homs, said to be safe",
    "* * *",
    "-----",
    "[Minister said to resign](https://www.example.org/b)",
    "![Crowd says no](picture.jpg)",
    "Photo: A woman says goodbye to her son. AFP",
]


@pytest.mark.parametrize("line", FURNITURE)
@pytest.mark.parametrize("place", ["middle", "end"])
def test_furniture(line: str, place: str) -> None:
    """Never a paragraph, never an utterance; the prose around it stays."""
    parts = ["Envoy leaves Damascus", *PROSE, "It rained all day."]
    parts.insert(2 if place == "middle" else len(parts), line)
    text = "\n\n".join(parts) + "\n"
    document = read_document(text)
    kept = [one for one in [*PROSE, "It rained all day."] if one in prose(document)]
    assert line not in prose(document)
    assert kept == prose(document)
    if not line.startswith("Original"):
        assert kept == [*PROSE, "It rained all day."]
    assert all(line not in text[slice(*s)] for u in find_utterances(document) for s in u.content)


NO_FURNITURE = [
    "By noon the road was open again, the driver said.",
    "By Friday, she said, the ward would be full.",
    "From Homs came word that the bridge was gone.",
    "May 2012 was the worst month, the nurse said.",
    "Photographs were all she took with her, the nurse said.",
    "Related families live in the same street, he said.",
    "Tagged sheep were let through, the officer said.",
    "Subscribers lost their numbers, the company said.",
    '"Read more and shout less," the old man said.',
    '"Share what you have," the priest said.',
    "No.",
    '"No."',
]


@pytest.mark.parametrize("line", NO_FURNITURE)
def test_prose_is_no_furniture(line: str) -> None:
    text = "\n\n".join(["Envoy leaves Damascus", PROSE[0], line, PROSE[1]]) + "\n"
    assert prose(read_document(text)) == [PROSE[0], line, PROSE[1]]


# -- sentences ------------------------------------------------------------------------------------

SENTENCES = [
    ("two", ["The road is shut.", "It rains."]),
    ("question and exclamation", ["Is it shut?", "It is!", "Go."]),
    ("title", ["Dr. Sabouni and Mr. Dalati met Gen. Haddad.", "They ate."]),
    ("initials", ["J. R. Mannering and Abel K. Norquist met.", "They ate."]),
    ("glued initials", ["J.R. Mannering met A.K. Norquist.", "They ate."]),
    ("U.S. Ambassador", ["U.S. Ambassador Lorna Whitcombe left Damascus.", "She was tired."]),
    ("U.S. delegation", ["The U.S. delegation left.", "It was late."]),
    ("U.N. at the end", ["The plan went to the U.N.", "The talks stopped."]),
    ("U.S. at the end", ["He never saw the U.S.", "The visa was refused."]),
    ("U.N. Security Council", ["The U.N. Security Council met.", "It was late."]),
    ("decimals", ["Prices rose by 3.5 percent and 1,200.75 pounds.", "Wages did not."]),
    ("time", ["They came at 9 a.m. and left at 5 p.m. on Friday.", "It rained."]),
    ("time at the end", ["They came at 9 a.m.", "The gate was shut."]),
    ("months", ["He was born on Feb. 7, 1961, and left on Dec. 8.", "It rained."]),
    ("numbers", ["No. 7 was sold.", "It was red."]),
    ("company", ["The Orontes Cement Co. closed in May.", "The kiln is cold."]),
    ("St.", ["The church of St. Thekla burned.", "The icon was saved."]),
    ("vs.", ["It was army vs. rebels in the cup.", "The army won."]),
    ("ellipsis inside", ["The road ... was shut.", "It rained."]),
    ("ellipsis at the end", ["The road was shut ...", "It rained."]),
    ("ellipsis sign", ["The road was shut…", "It rained."]),
    ("ellipsis sign inside", ["The road… was shut.", "It rained."]),
    ("stop inside marks", ['He called it "a farce."', "She laughed."]),
    ("stop outside marks", ['He called it "a farce".', "She laughed."]),
    ("stop inside curly marks", ["He called it “a farce.”", "She laughed."]),
    ("attribution behind a question", ['"Who pays?" he asked.', "She laughed."]),
    ("attribution behind an exclamation", ['"Go!" he shouted.', "She laughed."]),
    ("attribution with a name behind a question", ['"Who pays?" Karim Dalati asked.', "She laughed."]),
    ("attribution behind single marks", ["'Who pays?' he asked.", "She laughed."]),
    ("bracket", ["The road was shut. (It rained.)", "She laughed."]),
    ("stop inside a bracket", ["The road (see p. 4) was shut.", "It rained."]),
    ("several stops", ["Is it shut?!", "It rained."]),
    ("address", ["Write to ada@example.org or www.example.org today.", "It is free."]),
    ("quoted paragraph", ['"The road is shut. It rains. Go home."']),
    ("no stop at the end", ["The road is shut.", "It rains"]),
    ("digit starts", ["The road is shut.", "2012 was worse."]),
    ("lower case starts a name", ["The road is shut.", "al-Khatib left."]),
    ("semicolon", ["The road is shut; it rains."]),
    ("colon", ["He was clear: The road is shut.", "It rained."]),
]
FAILING_SENTENCES: dict[str, str] = {}


@pytest.mark.parametrize("expected", rows_with(SENTENCES, FAILING_SENTENCES))
def test_sentences(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


@pytest.mark.parametrize("space", ["  ", "\u00a0", "\u2009", "\t"])
def test_sentences_with_odd_spaces(space: str) -> None:
    text = "The road is shut.".replace(" ", space) + space + "It rains.".replace(" ", space)
    assert [one.split()[0] for one in sentences(text)] == ["The", "It"]


# -- warnings -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", " ", "\n\n\t", "\u200b\u200b\n\ufeff", "\u00ad"])
def test_empty(text: str) -> None:
    """A01, A02."""
    document = read_document(text)
    assert [warning.split(":")[0] for warning in document.warnings] == ["empty-text"]
    assert document.paragraphs == document.sentences == document.units == ()


def test_lone_surrogates() -> None:
    """A23: each becomes one U+FFFD, so offsets hold."""
    text = 'The \ud800 road. "It is \udfff shut," the driver said.'
    document = read_document(text)
    assert document.text == text.replace("\ud800", "\ufffd").replace("\udfff", "\ufffd")
    assert [warning.split(":")[0] for warning in document.warnings] == ["lone-surrogate"]
    (found,) = find_utterances(document)
    assert document.text[slice(*found.content[0])] == '"It is \ufffd shut,"'


def test_mojibake() -> None:
    """A31."""
    text = "â€œWe will not bowâ€\u009d, the mayor said."
    document = read_document(text)
    assert document.text == text
    assert any(warning.startswith("mojibake-suspected") for warning in document.warnings)


@pytest.mark.parametrize(
    "text",
    [
        "قال المتحدث باسم الوزارة إن الطريق مفتوح منذ صباح اليوم.",
        "سخنگوی وزارتخانه گفت که جاده از صبح امروز باز است.",
        "דובר המשרד אמר כי הכביש פתוח מהבוקר.",
        "Представитель министерства сказал, что дорога открыта с утра.",
        "该部发言人说,道路从今天早上开始通行,所有车辆都可以通过检查站。",
    ],
    ids=["Arabic", "Persian", "Hebrew", "Russian", "Chinese"],
)
def test_other_scripts(text: str) -> None:
    """A28."""
    document = read_document(text * 3)
    assert any(warning.startswith("unsupported-language") for warning in document.warnings)
    assert document.text == text * 3


@pytest.mark.parametrize(
    "text", [PLAIN, MARKDOWN, "Zoë Béchara met Gül Öztürk in Şırnak, « près de » İdil, she said."]
)
def test_no_warning(text: str) -> None:
    assert read_document(text).warnings == ()


@pytest.mark.parametrize(
    "text", ["NUL \0 and \x1b[31m and \x9b and \ufffe and \uffff stay, he said.", "\u202ehe said: no\u202c."]
)
def test_controls_are_kept(text: str) -> None:
    """A22, A29, A30."""
    document = read_document(text)
    assert document.text == text
    check_document(document)


# -- properties -----------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *PAIRS, "”", "’", "...", "…", ". ", "? ", "! ", ", ", ": ", "; ", " - ", "—", " (", ") ",
        "\n", "\n\n", "\r\n", "\u2028", "\u0085", "# ", "> ", "- ", "**", "By ",
        "February 7, 2012", "Mr. ", "U.S. ", "3.5 ", "'s ", "s' ", "said ", "he ", "she said ",
        "the minister ", "told reporters ", "according to ", "accused ", "Lavinia Marsh ",
        "the army ", "of ", "that ", "and ", "who ", "adding ", "was quoted as saying ", "it ",
        "denied ", "called ", "\u00ad", "\u200d", "\u200b", "\u00a0", "e\u0301",
        "\U0001f468\u200d\U0001f469", "[x](y) ", "https://a.b/c ", "---\n", "```\n",
        "Original url:\n", "\ud800", "\0", "a ", "Homs ", "The ",
    ]
)  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(PIECES, max_size=60).map("".join),
    st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=40).map("".join),
)


def check_document(document: Document) -> None:
    """What holds of every document, whatever the text."""
    text, tokens = document.text, document.tokens
    end = 0
    for block in document.blocks:
        assert end <= block.span.start < block.span.end <= len(text)
        end = block.span.end
    end = 0
    for start, stop, lower in zip(tokens.start, tokens.end, tokens.lower, strict=True):
        assert end <= start < stop <= len(text)
        assert lower
        end = stop
    assert len(tokens.shape) == len(tokens.start)
    last = 0
    for low, high in document.units:
        assert last == low < high
        last = high
    assert last == len(tokens)
    assert 0 <= document.n_titles <= min(1, len(document.units))
    at = 0
    for low, high in document.sentences:
        assert at == low < high
        at = high
    assert at == len(tokens)
    edges = {low for low, _ in document.units}
    assert edges <= {low for low, _ in document.sentences}
    last = 0
    for quotation in document.quotations:
        assert last <= quotation.first < quotation.last <= len(tokens)
        last = quotation.last
    for span in (document.title, document.byline, document.date):
        assert span is None or 0 <= span.start < span.end <= len(text)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_any_text_is_read(text: str) -> None:
    document = read_document(text)
    assert document.text == re.sub("[\ud800-\udfff]", "\ufffd", text)
    check_document(document)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_any_text_is_segmented(text: str) -> None:
    """Spans lie in the text, in order; the pieces of one utterance and its attribution are apart."""
    document = read_document(text)
    utterances = find_utterances(document)
    speakers, owners = resolve_speakers(document, utterances)
    assert len(owners) == len(utterances)
    assert set(owners) == set(range(len(speakers)))
    units = [(document.tokens.start[low], document.tokens.end[high - 1]) for low, high in document.units]
    first = 0
    for i, utterance in enumerate(utterances):
        assert utterance.content
        assert utterance.content[0].start >= first
        first = utterance.content[0].start
        end = 0
        for span in utterance.content:
            assert end <= span.start < span.end <= len(text)
            assert any(low <= span.start and span.end <= high for low, high in units)
            end = span.end
        for mark in (utterance.source, utterance.cue, utterance.antecedent):
            assert mark is None or 0 <= mark.start < mark.end <= len(text)
        for piece in utterance.content:
            for mark in (utterance.source, utterance.cue):
                assert mark is None or mark.end <= piece.start or piece.end <= mark.start
        assert utterance.previous is None or 0 <= utterance.previous < i
        assert utterance.kind in ("direct", "indirect", "mixed")


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_same_text_same_result(text: str) -> None:
    document = read_document(text)
    assert read_document(document.text).blocks == document.blocks
    assert find_utterances(document) == find_utterances(read_document(text))
