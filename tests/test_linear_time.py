"""Hostile texts: the work grows with the length of the text, and nothing recurses.

Each text is read, segmented and its speakers resolved at n and at 2n; the best of several runs at 2n may
take at most 2.5 times the best at n.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import pytest

from stancekit.document import read_document
from stancekit.speakers import resolve_speakers
from stancekit.utterances import find_utterances
from tests.marked import rows_with

ALLOWED = 2.5  # twice the text may take so many times the time
N_RUNS = 2
N_TRIES = 8  # a busy machine may spoil one measurement


def _word(number: int) -> str:
    """A capitalised word of its own for every number."""
    letters = ""
    for _ in range(4):
        number, letter = divmod(number, 20)
        letters += "bcdfghjklmnpqrstvwxz"[letter] + "aeiou"[letter % 5]
    return letters.capitalize()


def _each(frame: str) -> Callable[[int], str]:
    """`frame` again and again, each time with another word for NEW."""
    return lambda n: "".join(frame.replace("NEW", _word(i)) for i in range(n))


TEXTS: list[tuple[str, Callable[[int], str], int]] = [
    # id and what it is, the text of size n, n
    ("A03 straight marks", lambda n: '"' * n, 6_000),
    ("A03 curly marks", lambda n: "“" * n, 6_000),
    ("A03 curly pairs", lambda n: "“”" * n, 4_000),
    ("A03 apostrophes", lambda n: "'" * n, 20_000),
    ("A03 single curly marks", lambda n: "‘" * n, 6_000),
    ("A03 guillemets", lambda n: "«" * n, 6_000),
    ("A03 marks and spaces", lambda n: '" ' * n, 6_000),
    ("A16 words without punctuation", lambda n: "the road to the town was long and " * n, 300),
    ("A16 one clause of names", lambda n: "Homs Hama Idlib Rastan " * n, 600),
    ("A16 cues without punctuation", lambda n: "he said they said " * n, 400),
    ("A16 and that said", lambda n: "and the man who said that " * n, 300),
    ("A18 one-word paragraphs", lambda n: "bread\n\n" * n, 2_500),
    ("A18 one-word lines", lambda n: "Bread\n" * n, 2_500),
    ("A18 paragraphs open quotations", lambda n: '"Bread\n\n' * n, 1_000),
    ("A18 paragraphs open single quotations", lambda n: "‘Bread and salt\n\n" * n, 600),
    ("A19 brackets", lambda n: "(" * n + ")" * n, 5_500),
    ("A19 square brackets", lambda n: "[" * n + "]" * n, 5_500),
    ("A19 links", lambda n: "[a](" * n, 2_500),
    ("A19 alternating marks", lambda n: "“a ‘b " * n, 2_000),
    ("A19 nested marks that close", lambda n: "“a ‘b " * n + "’ ”" * n, 1_000),
    ("A19 straight alternating", lambda n: "\"a 'b " * n, 2_000),
    ("A20 one and dots", lambda n: ".." + "[" + "111 " * n, 2_500),
    ("A20 he said", lambda n: '"he said "' * n, 1_000),
    ("A20 said he", lambda n: '"No," he said. ' * n, 550),
    ("A20 titles", lambda n: "Mr. " * n, 3_500),
    ("A20 spaces", lambda n: " " * n, 40_000),
    ("A20 spaces in a line", lambda n: "a" + " " * n + "b", 40_000),
    ("A20 dots", lambda n: "." * n, 40_000),
    ("A20 dots and spaces", lambda n: ". " * n, 6_000),
    ("A20 one word and a shout", lambda n: "a" * n + "!", 40_000),
    ("A20 commas", lambda n: "said, " * n, 2_000),
    ("A20 commas and names", lambda n: "Lavinia Marsh, a nurse, " * n, 550),
    ("A20 dashes", lambda n: "-" * n, 25_000),
    ("A20 stars", lambda n: "*" * n, 25_000),
    ("A20 underscores", lambda n: "_ " * n, 6_000),
    ("A20 hyphens in a word", lambda n: "a-" * n, 20_000),
    ("A20 initials", lambda n: "A." * n, 20_000),
    ("A20 numbers", lambda n: "1," * n, 20_000),
    ("A20 according to", lambda n: "according to " * n, 600),
    ("A20 colons", lambda n: "a: " * n, 3_500),
    ("A20 byline without end", lambda n: "By " + "Ada " * n, 3_500),
    ("A20 joiners", lambda n: "\u200d" * n, 20_000),
    ("A20 combining marks", lambda n: "e" + "\u0301" * n, 20_000),
    ("A20 years and lines", lambda n: "February 7, 2012\n" * n, 600),
    ("A20 paragraphs of single marks", lambda n: "he's the boys' 'aunt " * n, 600),
    ("A21 one word", lambda n: "a" * n, 60_000),
    ("A21 one word with apostrophes", lambda n: "a'" * n, 20_000),
    ("A34 one sentence, one paragraph", lambda n: '"The road is shut," the driver said. ' * n, 300),
    ("A34 one sentence, many paragraphs", lambda n: '"The road is shut," the driver said.\n\n' * n, 300),
    ("A34 indirect", lambda n: "The driver said that the road was shut.\n\n" * n, 300),
    ("A34 pronouns", lambda n: "He said that the road was shut. She said it was open. " * n, 200),
    ("A34 names", lambda n: "Lavinia Marsh said that the road was shut. Marsh said it was open. " * n, 200),
    (
        "A34 two of one surname",
        lambda n: "Rami Haddad said no.\n\nSamir Haddad said yes.\n\nThe lorry left. Haddad said so.\n\n" * n,
        400,
    ),
    (
        "A34 titles",
        lambda n: "Minister Haddad said no.\n\nMinister Toumeh said yes.\n\nThe minister said so.\n\n" * n,
        300,
    ),
    ("A34 he and she", lambda n: "The road was shut.\n\n" * n + "He said no. She said yes.\n\n" * n, 500),
    (
        "A34 a new name each time",
        _each("Karim NEWani, a driver, said that the road was shut. He said no.\n\n"),
        400,
    ),
    (
        "A34 a new name each time, surname again",
        _each("Karim NEWani said it was shut. The lorry left. NEWani said no.\n\n"),
        400,
    ),
    (
        "A34 a new body each time",
        _each("The NEW Fund said that the road was shut. The fund said no.\n\n"),
        400,
    ),
    (
        "A34 a new description each time",
        _each("A driver from NEWville said that the road was shut.\n\n"),
        400,
    ),
]
FAILING: dict[str, str] = {}


def _work(text: str) -> float:
    """Seconds of CPU for the way from text to speakers."""
    begin = time.process_time()
    document = read_document(text)
    resolve_speakers(document, find_utterances(document))
    return time.process_time() - begin


def _ratio(small: str, large: str) -> float:
    gc.collect()
    gc.disable()
    try:
        pairs = [(_work(small), _work(large)) for _ in range(N_RUNS)]
    finally:
        gc.enable()
    return min(b for _, b in pairs) / min(a for a, _ in pairs)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "n"),
    rows_with(TEXTS, FAILING),
)
def test_linear(make: Callable[[int], str], n: int) -> None:
    small, large = make(n), make(2 * n)
    ratios: list[float] = []
    while len(ratios) < N_TRIES:
        ratios.append(_ratio(small, large))
        if ratios[-1] <= ALLOWED:
            return
    pytest.fail(f"twice the text took {min(ratios):.1f} times the time, {_work(small):.2f} s at n = {n}")
