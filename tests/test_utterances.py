"""What is an utterance, and where its content, source and cue lie: tables of marked text."""

from __future__ import annotations

import pytest

from stancekit.document import read_document
from stancekit.utterances import find_utterances
from tests.marked import check, found_rows, params, read_marks


@pytest.mark.parametrize("marked", params("utterances.txt"))
def test_utterances(marked: str) -> None:
    check(marked)


@pytest.mark.parametrize("marked", params("utterances_wide.txt"))
def test_wider_notion(marked: str) -> None:
    """Thoughts, intentions, positions and impressions: utterances only where `wide` asks for them."""
    check(marked, wide=True)
    text, _ = read_marks(marked)
    assert found_rows(text) != found_rows(text, wide=True)


@pytest.mark.parametrize("text", params("no_utterances.txt"))
def test_no_utterance(text: str) -> None:
    """Narration, acts, scare quotes, titles, nicknames: nobody says anything."""
    check(text)


def test_quotation_without_attribution_has_no_source() -> None:
    """A11."""
    text = 'The hall went quiet.\n\n"There is nobody left to ask about the water pumps."\n\nThen it rained.'
    (found,) = find_utterances(read_document(text))
    assert text[slice(*found.content[0])] == '"There is nobody left to ask about the water pumps."'
    assert found.source is None
    assert found.cue is None


def test_offsets_after_astral_characters() -> None:
    """A24: emoji outside the basic plane, families and flags count as the code points they are."""
    head = "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1f8\U0001f1fe \U0001f44d\U0001f3fd "
    text = head + '"We are staying," the baker said.'
    (found,) = find_utterances(read_document(text))
    assert [text[slice(*span)] for span in found.content] == ['"We are staying,"']
    assert found.source is not None
    assert text[slice(*found.source)] == "the baker"


@pytest.mark.parametrize(
    "text",
    [
        "for (int i = 0; i < n; i++) { total += values[i]; }  // the sum",
        "12.5\t13.0\t99\n14.1\t15.2\t98\n16.3\t17.7\t97",
        "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQ=",
        "https://example.org/a?b=said\nhttps://example.org/c\nhttps://example.org/said",
    ],
)
def test_what_is_no_prose_has_no_utterances(text: str) -> None:
    """A33."""
    assert find_utterances(read_document(text)) == ()


@pytest.mark.parametrize(
    "text", ["", " \t\n\u200b\ufeff", '"', '""', '"""""', "“”", "''''", "...", "said", "he said"]
)
def test_next_to_nothing(text: str) -> None:
    """A01, A02, A03."""
    assert find_utterances(read_document(text)) == ()
