"""What a token is, and which features an utterance has."""

import hashlib
import json
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stancekit.errors import FeatureMismatchError
from stancekit.features import (
    FEATURES_VERSION,
    TOKEN_LENGTH,
    Block,
    FeatureSettings,
    UtteranceFields,
    analyzers,
    char_ngrams,
    fold,
    tokenize,
    tokenize_spans,
)
from stancekit.phrases import Phrases

TOKENS = [
    ("", []),
    (" \t\n\u200b", []),
    ("He said: stop.", ["he", "said", "stop"]),
    ("didn't", ["did", "not"]),
    ("didn\u2019t", ["did", "not"]),
    ("can't, won't", ["ca", "not", "wo", "not"]),
    ("n't", ["not"]),
    ("the army's tanks", ["the", "army", "'s", "tanks"]),
    ("the rebels' tanks", ["the", "rebels", "tanks"]),
    ("we\u2019re they've I'll", ["we", "'re", "they", "'ve", "i", "'ll"]),
    ("'No,' she said", ["no", "she", "said"]),
    ("five o'clock", ["five", "o'clock"]),
    ("l\u2019Orient", ["l'orient"]),
    ("pro-government", ["pro", "government"]),
    ("U.S. S-300", ["u", "s", "s", "300"]),
    ("\u0130stanbul", ["istanbul"]),
    (
        "\u039f\u0394\u039f\u03a3 \u03bf\u03b4\u03cc\u03c2",
        ["\u03bf\u03b4\u03bf\u03c3", "\u03bf\u03b4\u03cc\u03c3"],
    ),
    ("\u0628\u0634\u0627\u0631 \u4e2d\u6587", ["\u0628\u0634\u0627\u0631", "\u4e2d\u6587"]),
    ("__label__support {{7*7}}", ["__label__support", "7", "7"]),
    ("a\ud800b", ["a", "b"]),
    ("x" * 100, ["x" * TOKEN_LENGTH]),
    ("y" * 100 + "'s", ["y" * TOKEN_LENGTH, "'s"]),
]

SETTINGS = FeatureSettings(
    blocks=(
        Block(name="words", field="content", unit="words", n_min=1, n_max=2),
        Block(name="chars", field="content", unit="chars", n_min=3, n_max=5),
        Block(name="names", field="content", unit="names", n_min=1, n_max=2),
        Block(name="classes", field="content", unit="classes", n_min=2, n_max=2),
        Block(name="all", field="all", unit="classes", n_min=1, n_max=3),
        Block(name="cue", field="cue", unit="words", n_min=1, n_max=2),
        Block(name="source", field="source", unit="words", n_min=2, n_max=2),
        Block(name="turned", field="content", unit="words", n_min=1, n_max=1, turned=True),
        Block(name="turnedchars", field="content", unit="chars", n_min=6, n_max=6, turned=True),
        Block(name="roles", field="content", unit="roles"),
        Block(name="turns", field="all", unit="roles"),
    ),
    names=(("target", ("assad", "the regime", "regime 's army")), ("others", ("u s",))),
    words=(("harm", ("shelled", "barrel bombs")), ("denial", ("denied",))),
    acts=(("harm", ("shelled",)), ("reversal", ("not",)), ("civilians", ("douma",))),
    attitudes=(("deny", ("denied",)),),
)
FIELDS = UtteranceFields("The Regime\u2019s army shelled Douma", "has denied", "the U.S. envoy")

FEATURES = {
    "words": (
        "the | regime | 's | army | shelled | douma | the regime | regime 's | 's army | army "
        "shelled | shelled douma"
    ),
    "names": (
        "<target> | 's | army | shelled | douma | <target> 's | 's army | army shelled | shelled douma"
    ),
    "classes": "<target> <harm>",
    "all": (
        "<source:others> | <cue:denial> | <target> | <harm> | <source:others> <cue:denial> | "
        "<cue:denial> <target> | <target> <harm> | <source:others> <cue:denial> <target> | "
        "<cue:denial> <target> <harm>"
    ),
    "cue": "has | denied | has denied",
    "source": "the u | u s | s envoy",
    "turned": "!the | !regime | !'s | !army | !shelled | !douma",
    "roles": (
        "harm | target>harm | harm>civilians | target>harm>civilians | "
        "target does bad | civilians gets bad | target | civilians"
    ),
    "turns": "deny: target does bad | deny: civilians gets bad | deny: target | deny: civilians",
}

texts = st.text(st.characters(), max_size=60)
news = st.text(
    st.sampled_from("aAsS\u0130\u03a3\u03c2nt'\u2019 .-\u00e9\u0301\u200d\ud800\U0001f1f8"), max_size=40
)


@pytest.mark.parametrize(("text", "expected"), TOKENS)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokenize(text) == expected


def test_folding_keeps_every_code_point() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    assert len(fold(everything)) == len(everything)
    # The same alone and in a text: no character is folded by its neighbours.
    assert all(
        fold(character) == folded for character, folded in zip(everything, fold(everything), strict=True)
    )


@given(texts | news)
def test_tokens_have_their_places(text: str) -> None:
    tokens = tokenize_spans(text)
    assert [token.text for token in tokens] == tokenize(text)
    ends = [0, *(token.end for token in tokens)]
    for token, end in zip(tokens, ends, strict=False):
        assert end <= token.start < token.end <= len(text)
        if token.text != "not":
            assert fold(text[token.start : token.end])[:TOKEN_LENGTH] == token.text


def test_char_ngrams() -> None:
    assert char_ngrams("up", 3, 5) == [" up", "up ", " up "]
    assert char_ngrams("a", 3, 5) == [" a "]
    assert char_ngrams("ab", 2, 3) == [" a", "ab", "b ", " ab", "ab "]


def test_the_longest_phrase_wins_and_the_first_class_has_it() -> None:
    phrases = Phrases({"one": ["the army", "army"], "two": ["the army 's tanks", "army", "and so on", ""]})
    assert phrases.find(tokenize("the army and the army's tanks, army and so")) == [
        (0, 2, "one"),
        (3, 7, "two"),
        (7, 8, "one"),
    ]


@pytest.mark.parametrize("name", FEATURES)
def test_features_of_a_block(name: str) -> None:
    (analyzer,) = [analyzer for analyzer in analyzers(SETTINGS) if analyzer.block.name == name]
    assert " | ".join(analyzer(FIELDS)) == FEATURES[name]


@given(st.builds(UtteranceFields, texts | news, news, texts | st.just("Assad denied the regime U.S.")))
def test_occurrences_are_the_features_in_place(fields: UtteranceFields) -> None:
    for analyzer in analyzers(SETTINGS):
        occurrences = analyzer.occurrences(fields)
        assert sorted(occurrence.feature for occurrence in occurrences) == sorted(analyzer(fields))
        for _, field, start, end, _ in occurrences:
            assert 0 <= start < end <= len(getattr(fields, field))


def test_the_definition_is_pinned() -> None:
    """A change of features needs a new version: models of the old one must be refused."""
    texts = [text for text, _ in TOKENS]
    utterances = [FIELDS, *(UtteranceFields(text, text, text) for text in texts)]
    found = [[analyzer(fields) for analyzer in analyzers(SETTINGS)] for fields in utterances]
    digest = hashlib.sha256(json.dumps(found).encode()).hexdigest()
    assert (FEATURES_VERSION, digest[:16]) == ("stancekit-features/2", "c2ddcb0aaeb04705")


def test_settings_survive_json() -> None:
    assert FeatureSettings.from_dict(json.loads(json.dumps(SETTINGS.to_dict()))) == SETTINGS


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_max": 10**9}, "n_max"),
        ({"n_min": 0}, "n_min"),
        ({"n_min": True}, "n_min"),
        ({"n_max": 1.5}, "n_max"),
        ({"weight": float("nan")}, "weight"),
        ({"weight": -1}, "weight"),
        ({"unit": "pickle"}, "unit"),
        ({"field": "../x"}, "field"),
        ({"field": "all"}, "all"),
        ({"name": "a b"}, "name"),
        ({"name": None}, "name"),
        ({"analyzer": "os.system"}, "analyzer"),
    ],
)
def test_settings_out_of_range(change: dict[str, object], message: str) -> None:
    values = SETTINGS.to_dict()
    values["blocks"][0] |= change
    with pytest.raises(FeatureMismatchError, match=message):
        FeatureSettings.from_dict(values)


@pytest.mark.parametrize("key", ["blocks", "names", "words", "acts", "attitudes"])
@pytest.mark.parametrize("value", [None, 3, "text", [3], [["a"]], [["a", "text"]], [["a", [3]]], [["A", []]]])
def test_settings_of_another_type(key: str, value: object) -> None:
    with pytest.raises(FeatureMismatchError):
        FeatureSettings.from_dict({**SETTINGS.to_dict(), key: value})


@pytest.mark.parametrize("piece", ["x", "n't", "x'", "'s ", "the ", "\u0301", "the regime ", "not shelled "])
def test_time_is_linear(piece: str) -> None:
    def seconds(n: int) -> float:
        text, best = piece * n, float("inf")
        for _ in range(3):
            start = time.process_time()
            for analyzer in analyzers(SETTINGS):
                analyzer(UtteranceFields(text))
            best = min(best, time.process_time() - start)
        return best

    # The machine may be busy: linear once is linear.
    assert any(seconds(20_000) < 2.5 * seconds(10_000) + 0.05 for _ in range(6))
