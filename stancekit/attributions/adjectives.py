"""Attributions by an adjective: "was critical of …", "are confident that …", "is eager to …"."""

from functools import cache

from stancekit.attributions.attribution import Attribution, Sentence, verb_group
from stancekit.complements import Form
from stancekit.lexicon import table
from stancekit.lexicon.grammar import AUXILIARIES, BE
from stancekit.noun_phrases import can_speak, noun_phrase_before

_LINKING = BE | frozenset(
    "feel feels felt remain remains remained sound sounds sounded look looks looked".split()
)
_HELPING = AUXILIARIES | _LINKING | frozenset("so very too more less most quite rather deeply".split())


@cache
def cue_adjectives() -> dict[str, frozenset[str]]:
    """The adjectives of cue_adjectives.txt, with what may open the content."""
    out: dict[str, frozenset[str]] = {}
    for opener, adjectives in table("cue_adjectives").items():
        for adjective in adjectives:
            out[adjective] = out.get(adjective, frozenset()) | {opener}
    return out


def by_adjective(sentence: Sentence, i: int) -> Attribution | None:
    """The attribution whose cue is the adjective at i, if it has a subject that can think."""
    tokens, low, high, _, closes = sentence
    lower = tokens.lower
    opener = lower[i + 1] if i + 2 < high else ""
    if opener not in cue_adjectives()[lower[i]]:
        return None
    first = verb_group(sentence, i, _HELPING)
    if first <= low or first - 1 in closes or not any(word in _LINKING for word in lower[first:i]):
        return None
    subject = noun_phrase_before(tokens, first, low, closes)
    if subject is None or not can_speak(tokens, subject):
        return None
    form: Form = "clause" if opener == "that" else "infinitive" if opener == "to" else "object"
    right = i + 1 if opener == "to" else i + 2
    return Attribution(
        subject, (first, i + 1), subject.first, right, form, that=opener == "that", lemma=lower[i]
    )
