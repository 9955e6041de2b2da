"""Attributions by a noun: "his claim that …", "calls by residents for …", "the minister's promise to …"."""

from functools import cache
from typing import NamedTuple

from stancekit.attributions.attribution import Attribution, Sentence
from stancekit.lexicon import table, with_s
from stancekit.lexicon.grammar import BREAKS, DETERMINERS, HELPING, PREPOSITIONS, STOPS
from stancekit.noun_phrases import Phrase, can_speak, is_verbal, noun_phrase_after, noun_phrase_before
from stancekit.tokens import Tokens

_POSSESSIVES = frozenset("his her their its my our your".split())
# Adjectives between an owner and his noun: this many at most.
_ADJECTIVES = 4
_FINITE = HELPING - {"being", "been", "be", "got", "get", "having"}


class CueNoun(NamedTuple):
    """What opens the content of a noun, and whether it counts only in the wider notion."""

    openers: frozenset[str]
    wide: bool


@cache
def cue_nouns() -> dict[str, CueNoun]:
    """The nouns of cue_nouns.txt, singular and plural."""
    out: dict[str, CueNoun] = {}
    for key, nouns in table("cue_nouns").items():
        openers = frozenset(key.removesuffix(" wide").split())
        for noun in nouns:
            for form in (noun, with_s(noun)):
                known = out.get(form)
                wide = key.endswith(" wide")
                out[form] = (
                    CueNoun(openers | known.openers, wide and known.wide) if known else CueNoun(openers, wide)
                )
    return out


def by_noun(sentence: Sentence, i: int, noun: CueNoun) -> Attribution | None:
    """The attribution whose cue is the noun at i, if somebody owns it and its content follows."""
    tokens, _, high, opens, _ = sentence
    lower = tokens.lower
    if i + 2 >= high or tokens.shape[i] not in "wW":
        return None
    owner = _owner(sentence, i)
    k = i + 1
    if owner is None and lower[k] in {"by", "from", "among"}:
        owner = noun_phrase_after(tokens, k + 1, high, opens)
        if owner is None or not can_speak(tokens, owner):
            return None
        k = owner.core
        for j in range(owner.first + 1, owner.core):  # "calls by residents for aid"
            if lower[j] in noun.openers:
                owner, k = Phrase(owner.first, j, j), j
                break
    if (
        owner is None
        or k >= high
        or lower[k] not in noun.openers
        or (lower[k] == "to" and not _is_infinitive(tokens, k, high))
    ):
        return None
    left = min(i, owner.first)
    right = k if lower[k] == "to" else k + 1
    end = _end(sentence, left, right, lower[k])
    if end - right < 1 + (lower[k] == "to"):
        return None
    return Attribution(owner, (i, i + 1), left, right, "noun", lemma=lower[i], until=end)


def _owner(sentence: Sentence, i: int) -> Phrase | None:
    """ "[his] repeated claim", "[the minister's] claim"."""
    tokens, low, _, _, closes = sentence
    lower = tokens.lower
    for k in range(i - 1, max(low, i - 1 - _ADJECTIVES) - 1, -1):
        word = lower[k]
        if word in _POSSESSIVES:
            return Phrase(k, k + 1, k + 1)
        if word.endswith("'s"):
            phrase = noun_phrase_before(tokens, k + 1, low, closes)
            return phrase if phrase is not None and can_speak(tokens, phrase) else None
        if tokens.shape[k] not in "w" or word in DETERMINERS or word in PREPOSITIONS or word in STOPS:
            return None
    return None


def _is_infinitive(tokens: Tokens, k: int, high: int) -> bool:
    """Whether "to" at k is followed by a verb, as far as its form tells."""
    word = tokens.lower[k + 1] if k + 1 < high else ""
    return bool(word) and tokens.shape[k + 1] == "w" and word not in DETERMINERS and word not in PREPOSITIONS


def _is_finite(tokens: Tokens, k: int) -> bool:
    word = tokens.lower[k]
    return word in _FINITE or is_verbal(tokens, k)


def _end(sentence: Sentence, left: int, right: int, opener: str) -> int:
    """Where the content ends: at a comma, or, if the noun is a subject, in front of its verb."""
    tokens, low, high, opens, _ = sentence
    lower = tokens.lower
    subject = not any(_is_finite(tokens, k) for k in range(max(low, left - 25), left))
    allowed = 1 if opener in {"that", "whether"} else 0
    k = right
    while k < high:
        if k in opens:
            k = opens[k]
            continue
        if lower[k] in BREAKS and k > right:
            return k
        if (
            subject
            and _is_finite(tokens, k)
            and not (lower[k].endswith("ed") and lower[k - 1] in DETERMINERS)
        ):
            if not allowed:
                return k
            allowed -= 1
            while k + 1 < high and (
                _is_finite(tokens, k + 1) or lower[k + 1] in {"not", "been", "be", "being"}
            ):
                k += 1
        if (
            lower[k] in {"who", "which", "when", "while", "as", "before", "after", "because"}
            and k > right
            and opener != "that"
        ):
            return k
        k += 1
    return high
