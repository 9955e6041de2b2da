"""Attributions by a phrase: "according to", "in her view", "as he put it", "quoted as saying"."""

from stancekit.attributions.attribution import Attribution, Sentence
from stancekit.complements import skip_adjuncts
from stancekit.lexicon.grammar import AUXILIARIES
from stancekit.noun_phrases import Phrase, noun_phrase_after, noun_phrase_before

# "According to plan": nobody says it.
_NO_SOURCES = frozenset("plan plans schedule law custom need".split())


def according(sentence: Sentence, i: int) -> Attribution | None:
    """ "According to residents, …"."""
    tokens, _, high, opens, _ = sentence
    after = i + 2
    phrase = noun_phrase_after(tokens, after, high, opens)
    if phrase is not None and phrase.last >= high:
        # "According to X, the men were gone": no appositive
        phrase = Phrase(phrase.first, phrase.core, phrase.core)
    if phrase is None or tokens.lower[phrase.core - 1] in _NO_SOURCES:
        return None
    return Attribution(phrase, (i, after), i, phrase.last, "according", lemma="according")


PHRASINGS = frozenset("words view opinion account telling estimation reckoning".split())
_POSSESSIVES = frozenset("his her their its".split())


def in_words(sentence: Sentence, i: int) -> Attribution | None:
    """ "In the minister's words, …"; "In her view …"; "by his account, …"."""
    tokens, low, _, _, closes = sentence
    lower = tokens.lower
    if lower[i - 1] in _POSSESSIVES:
        phrase: Phrase | None = Phrase(i - 1, i, i)
    elif lower[i - 1].endswith("'s"):
        phrase = noun_phrase_before(tokens, i, low, closes)
    else:
        return None
    if phrase is None or phrase.first <= low or lower[phrase.first - 1] not in {"in", "by"}:
        return None
    return Attribution(phrase, (i, i + 1), phrase.first - 1, i + 1, "according", lemma="according")


def as_put(sentence: Sentence, i: int) -> Attribution | None:
    """ "…, as one diplomat put it, …"."""
    tokens, low, _, _, closes = sentence
    phrase = noun_phrase_before(tokens, i, low, closes)
    if phrase is None or phrase.first <= low or tokens.lower[phrase.first - 1] != "as":
        return None
    return Attribution(phrase, (i, i + 2), phrase.first - 1, i + 2, "clause", lemma="put")


def quoted_as(sentence: Sentence, i: int) -> Attribution | None:
    """ "The minister was quoted as saying …"."""
    tokens, low, high, opens, closes = sentence
    first = i
    while first > low and tokens.lower[first - 1] in AUXILIARIES:
        first -= 1
    subject = noun_phrase_before(tokens, first, low, closes)
    last = i + 3
    left = subject.first if subject else first
    right = skip_adjuncts(tokens, last, high, opens)
    that = right < high and tokens.lower[right] == "that"
    return Attribution(subject, (first, last), left, right + that, "clause", that=that, lemma="say")
