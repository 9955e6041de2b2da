"""Who does good or bad to whom, and what turns it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stancekit import lexicon
from stancekit.features import Block as FeatureBlock
from stancekit.features import FeatureSettings, tokenize
from stancekit.roles import ACTS, CLAIMS, GOVERNING, RoleReader

NAMES = (
    ("target", ("assad", "the regime", "the army")),
    ("organs", ("ministry", "soldiers", "officials")),
    ("opponents", ("rebels",)),
    ("others", ("turkish", "the un")),
)
SETTINGS = FeatureSettings.of((FeatureBlock(name="roles", field="content", unit="roles"),), NAMES, ())
READER = RoleReader(SETTINGS.names, SETTINGS.acts, SETTINGS.attitudes)

DETAILS = [
    ("The army shelled civilians", "target>harm>civilians"),
    ("Civilians were shelled by the army", "target>harm>civilians"),
    ("the army never shelled civilians", "target>not-harm>civilians"),
    ("the army hasn't killed anybody", "target>not-harm"),
    ("there was no massacre by the army", "target>not-harm"),
    ("the ministry robbed us", "target>wrong>ours"),
    ("the Turkish ministry robbed us", "others>wrong>ours"),
    ("rebels killed soldiers", "opponents>harm>target"),
    ("the army left while rebels looted", "opponents>harm"),
    ("sanctions against the regime", "against>target"),
    ("the soldiers were brave", "target>right"),
    ("it is untrue that the army burned the mill", "target>not-harm"),
]


@pytest.mark.parametrize(("content", "feature"), DETAILS)
def test_acts_and_actors(content: str, feature: str) -> None:
    assert feature in [role.feature for role in READER.read(tokenize(content), [])[0]]


ROLES = [
    ("the army shelled the village", "target does bad"),
    ("the army did not shell the village", "target does not bad"),
    ("the army must protect the village", "target does good demand"),
    ("help the regime", "target gets good"),
    ("Assad", "target"),
    ("the accusation against Assad", "accusation target"),
    ("Assad's promise", "promise target"),
]


@pytest.mark.parametrize(("content", "feature"), ROLES)
def test_roles(content: str, feature: str) -> None:
    assert feature in [role.feature for role in READER.read(tokenize(content), [])[0]]


ATTITUDES = [
    ("said", ["plain"]),
    ("", ["plain"]),
    ("has denied", ["deny"]),
    ("scoffed at", ["disapprove"]),
    ("did not condemn", ["approve"]),
    ("did not applaud", ["not approve"]),
    ("would not", ["not"]),
    ("welcomed", ["approve"]),
    ("cast doubt on", ["doubt"]),
    ("warned against", ["resist"]),
]


@pytest.mark.parametrize(("cue", "attitudes"), ATTITUDES)
def test_attitudes(cue: str, attitudes: list[str]) -> None:
    assert READER.attitudes(tokenize(cue)) == attitudes


def test_a_role_is_crossed_with_what_the_cue_makes_of_it() -> None:
    content = tokenize("the army had shelled the village")
    crossed = {role.feature for role in READER.read(content, tokenize("denied"))[1]}
    assert {"deny: target does bad", "deny: target"} <= crossed
    assert not any(feature.startswith("plain") for feature in crossed)


MARKED = [
    ("the army shelled it", "said", "the army shelled it"),
    ("the army never shelled it", "said", "the army never \u00acshelled \u00acit"),
    ("he did not stay because it burned", "said", "he did not \u00acstay because it burned"),
    ("no doubt it burned", "said", "no doubt it burned"),
    ("it burned", "denied", "!it !burned"),
]


@pytest.mark.parametrize(("content", "cue", "marked"), MARKED)
def test_tokens_that_are_turned(content: str, cue: str, marked: str) -> None:
    assert READER.marked(tokenize(content), tokenize(cue)) == marked.split()


_PHRASES = [phrase for _, phrases in (*SETTINGS.names, *SETTINGS.acts) for phrase in phrases]


@given(st.lists(st.sampled_from(_PHRASES) | st.text(max_size=9), max_size=20), st.text(max_size=20))
def test_every_role_lies_in_the_content(pieces: list[str], cue: str) -> None:
    content = tokenize(" ".join(pieces))
    for roles in READER.read(content, tokenize(cue)):
        for _, start, end in roles:
            assert 0 <= start < end <= len(content)
    assert len(READER.marked(content, tokenize(cue))) == len(content)


def test_the_lexicon_has_the_classes_that_are_read_and_no_phrase_twice() -> None:
    acts = dict(SETTINGS.acts)
    assert acts.keys() >= {
        *ACTS,
        *CLAIMS,
        *GOVERNING,
        "reversal",
        "untruth",
        "all_sides",
        "civilians",
        "ours",
    }
    for name in ("acts", "attitudes"):
        owners: dict[str, str] = {}
        for section, phrases in lexicon.classes(name):
            for phrase in phrases:
                assert owners.setdefault(phrase, section) == section, phrase
