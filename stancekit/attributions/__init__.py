"""Sentence -> attributions: each cue with its source, before any content is given to it."""

from functools import cache

from stancekit.attributions.adjectives import by_adjective, cue_adjectives
from stancekit.attributions.attribution import Attribution, Sentence
from stancekit.attributions.nouns import by_noun, cue_nouns
from stancekit.attributions.passives import ASKED, SEEMING, by_passive, by_question, by_seeming
from stancekit.attributions.phrases import PHRASINGS, according, as_put, in_words, quoted_as
from stancekit.attributions.verbs import UNLISTED_REACH, by_verb, unlisted
from stancekit.lexicon import cue_forms

__all__ = ["Attribution", "Sentence", "find_attributions"]


def find_attributions(sentence: Sentence, *, wide: bool = False, title: bool = False) -> list[Attribution]:
    """Attributions of one sentence, from left to right.

    Parameters
    ----------
    wide : whether thoughts, intentions and positions count as well ("w" in cues.txt)
    title : whether verbs may be capitalised, as in a Headline That Says So
    """
    out: list[Attribution] = []
    behind = sentence.low  # the tokens in front of it belong to a quotation or a cue
    for i in _candidates(sentence, wide):
        if i < behind:
            continue
        found = _at(sentence, i, out, wide, title)
        if found is not None and (not out or found.cue[0] >= out[-1].cue[1]):
            # "Orlov, who proposed the truce, said": what the source's own relative clause says is not news.
            while out and found.source is not None and out[-1].cue[0] in range(*found.source[:2]):
                out.pop()
            out.append(found)
            behind = max(i + 1, found.cue[1], found.right if found.kind == "according" else 0)
    if any(a.kind == "clause" for a in out):  # a noun's content is part of what the others say
        out = [a for a in out if a.kind != "noun"]
    return out


def _candidates(sentence: Sentence, wide: bool) -> list[int]:
    """The tokens outside quotations that may be cues, from left to right."""
    lower, opens, high, triggers = sentence.tokens.lower, sentence.opens, sentence.high, _triggers(wide)
    marks = [k for k in range(sentence.low, high) if lower[k] in triggers or k in opens]
    if not any(k in opens for k in marks):
        return marks
    out: list[int] = []
    behind = sentence.low
    for k in marks:
        if k < behind:
            continue
        if k not in opens:
            out.append(k)
            continue
        behind = opens[k]
        # A verb of no list may stand near a quotation.
        near = range(behind, min(high, behind + UNLISTED_REACH + 1))
        out += [j for j in near if lower[j].endswith(("ed", "s")) and lower[j] not in triggers]
    return sorted(out)


@cache
def _triggers(wide: bool) -> frozenset[str]:
    """Words at which `_at` may find something, besides verbs of no list."""
    fixed = {"according", "put", "puts", "quoted"}
    verbs = {word for word, form in cue_forms().items() if wide or "w" not in form.takes}
    nouns = {word for word, noun in cue_nouns().items() if wide or not noun.wide}
    more = frozenset(cue_adjectives()) | SEEMING | ASKED if wide else frozenset()
    return frozenset(verbs | nouns | more | PHRASINGS | fixed)


def _at(sentence: Sentence, i: int, before: list[Attribution], wide: bool, title: bool) -> Attribution | None:
    """The attribution that token i is the cue of, or None."""
    lower, low = sentence.tokens.lower, sentence.low
    word, behind = lower[i], lower[i + 1 : i + 3]
    if word == "according" and behind[:1] == ["to"]:
        return according(sentence, i)
    if word in PHRASINGS and i > low:
        return in_words(sentence, i)
    if word in ("put", "puts") and behind[:1] == ["it"]:
        return as_put(sentence, i)
    if word == "quoted" and behind in (["as", "saying"], ["as", "telling"]):
        return quoted_as(sentence, i)
    noun = cue_nouns().get(word)
    if noun is not None and (wide or not noun.wide) and (found := by_noun(sentence, i, noun)) is not None:
        return found
    if wide and word in cue_adjectives():
        return by_adjective(sentence, i)
    if wide and word in SEEMING:
        return by_seeming(sentence, i)
    if wide and word in ASKED and (found := by_question(sentence, i)) is not None:
        return found
    if sentence.tokens.shape[i] == "w" or (title and i > low) or (i == low and word.endswith("ing")):
        form = cue_forms().get(word) or unlisted(sentence, i)
        if form is not None and (wide or "w" not in form.takes):
            return by_verb(sentence, i, form, before, wide) or by_passive(sentence, i, form, wide)
    return None
