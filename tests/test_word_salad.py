"""Articles without sense: words that segmentation treats specially, in any order, break nothing."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit.document import read_document
from stancekit.speakers import resolve_speakers
from stancekit.utterances import find_utterances

WORDS = (
    "Lev Orlov|Rana|Sabbagh|Mr.|Dr.|Gen.|U.S.|Assad|the|The|a|an|one|some|both|his|her|minister|spokeswoman"
    "|ministry|group|activists|people|head|monitor|Observatory|Damascus|Russian|Moscow|OMC|47|said|says|told"
    "|told reporters|accused|denied|called|asked|added|adding|saying|according to|According to|put it"
    "|quoted as saying|who|which|whose|that|named|as|he|she|they|it|He|She|We|and|but|while|of|for|in|on|with"
    "|was|has|had|not|to|be|killed|fell|bridge|Tuesday|however|there"
    "|,|.|?|!|:|;|-|--|(|)|\"|\u201c|\u201d|\u2018|\u2019|'|\u00ab|\u00bb|``|''|\u2026|\n\n|\n|# |By |> "
).split("|")


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=60), st.booleans())
def test_any_order_of_words(words: list[str], spaced: bool) -> None:
    """No exception; every span lies in the text, in order; every utterance has one of the speakers."""
    text = (
        (" " if spaced else "").join(words)
        if spaced
        else " ".join(words).replace(" ,", ",").replace(" .", ".")
    )
    document = read_document(text)
    utterances = find_utterances(document)
    speakers, owners = resolve_speakers(document, utterances)
    assert len(owners) == len(utterances)
    assert all(speaker.id == i and speaker.name for i, speaker in enumerate(speakers))
    assert set(owners) == set(range(len(speakers)))
    for utterance in utterances:
        spans = [*utterance.content, *(s for s in (utterance.source, utterance.cue) if s is not None)]
        assert all(0 <= span.start < span.end <= len(text) for span in spans)
        assert all(a.end <= b.start for a, b in zip(utterance.content, utterance.content[1:], strict=False))
