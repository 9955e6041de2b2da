"""Attributions whose subject does not speak: "was accused by X of …", "is expected to", "asked whether …"."""

from stancekit.attributions.attribution import Attribution, Sentence, verb_group
from stancekit.lexicon import CueForm
from stancekit.lexicon.grammar import BE, BREAKS, HAVE, PREPOSITIONS, is_adverb
from stancekit.noun_phrases import Phrase, can_speak, noun_phrase_after, noun_phrase_before

# A source behind "by" stands this far behind its verb at most (tokens): chosen by eye.
_REACH = 16
# Verbs whose passive with "by" is speech rather than an act or a thought.
_SPOKEN = frozenset(
    "accuse blame brand call condemn criticise criticize denounce describe dismiss hail label mock "
    "praise reject "
    "urge warn welcome".split()
)
_GOES_ON = frozenset("of as for to that with over".split())
# Verbs whose passive says what is thought, though not by whom.
_IMPERSONAL = frozenset(
    "expect believe say think report allege know consider see view regard accuse criticize criticise "
    "estimate "
    "assume predict suspect condemn blame praise describe".split()
)
SEEMING = frozenset("seem seems seemed appear appears appeared".split())
ASKED = frozenset("asked questioned pressed quizzed".split())
_QUESTIONS = frozenset("about whether if why what how who where when which on".split())


def by_passive(sentence: Sentence, i: int, cue: CueForm, wide: bool) -> Attribution | None:
    """ "The army was accused by monitors of …"; where `wide`, "The talks are expected to …" as well."""
    tokens, low, high, opens, closes = sentence
    lower = tokens.lower
    first = verb_group(sentence, i)
    if cue.form not in ("past", "participle") or not any(word in BE for word in lower[first:i]):
        return None
    topic = (
        noun_phrase_before(tokens, first, low, closes) if first > low and first - 1 not in closes else None
    )
    if topic is None:
        return None
    if cue.lemma in _SPOKEN or (wide and "o" in cue.takes):
        for k in range(i + 1, min(high, i + _REACH)):
            if k in opens or lower[k] in BREAKS:
                break
            if lower[k] == "by":
                source = noun_phrase_after(tokens, k + 1, high, opens)
                if source is None or not can_speak(tokens, source):
                    break
                source = _without_charge(lower, source)
                cue_end = i + 1
                right = source.last if k == i + 1 else cue_end
                last = high if k == i + 1 else k
                return Attribution(
                    source,
                    (first, cue_end),
                    topic.first,
                    right,
                    "passive",
                    lemma=cue.lemma,
                    topic=topic,
                    until=last,
                )
    if not wide or cue.lemma not in _IMPERSONAL or i + 1 >= high or lower[i + 1] not in _GOES_ON:
        return None
    return Attribution(
        None, (first, i + 1), topic.first, i + 1, "passive", lemma=cue.lemma, topic=topic, sourceless=True
    )


def _without_charge(lower: list[str], source: Phrase) -> Phrase:
    """ "accused by monitors [of shelling a town]": the phrase without what it is accused of."""
    for k in range(source.first + 1, source.core):
        if lower[k] in {"of", "as", "for", "over"} and lower[k + 1].endswith("ing"):
            return Phrase(source.first, k, k)
    return source


def by_seeming(sentence: Sentence, i: int) -> Attribution | None:
    """ "The rebels seem to have left": an impression, and nobody's in particular."""
    tokens, low, high, _, closes = sentence
    lower = tokens.lower
    first = verb_group(sentence, i)
    following = lower[i + 1] if i + 1 < high else ""
    if following not in {"to", "that", "like", "as"} and (
        following in PREPOSITIONS or following in BREAKS or not following or lower[i].startswith("appear")
    ):
        return None
    topic = (
        noun_phrase_before(tokens, first, low, closes) if first > low and first - 1 not in closes else None
    )
    if topic is None or any(word in HAVE for word in lower[topic.first : topic.core]):
        return None
    if topic.core - topic.first == 1 and lower[topic.first] == "it" and following in {"that", "as"}:
        return Attribution(
            None, (topic.first, i + 1), topic.first, i + 2, "clause", lemma="seem", that=True, sourceless=True
        )
    return Attribution(
        None, (first, i + 1), topic.first, i + 1, "passive", lemma="seem", topic=topic, sourceless=True
    )


def by_question(sentence: Sentence, i: int) -> Attribution | None:
    """ "Asked whether he would go, …"; "When asked by reporters about the truce, …"."""
    tokens, low, high, opens, _ = sentence
    lower = tokens.lower
    if i > low and lower[i - 1] not in {"when", ","}:
        return None
    source: Phrase | None = None
    k = i + 1
    if k < high and lower[k] == "by":
        source = noun_phrase_after(tokens, k + 1, high, opens)
        if source is None:
            return None
        k = source.core
    while k < high and is_adverb(lower[k]):
        k += 1
    if k >= high or lower[k] not in _QUESTIONS:
        return None
    cue_end = k + 1 if lower[k] in {"about", "on"} and source is None else i + 1
    right = k + 1 if lower[k] in {"about", "on"} else k
    return Attribution(
        source, (i, cue_end), i, right, "object", lemma="ask", subordinate=True, sourceless=source is None
    )
