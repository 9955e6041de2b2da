"""Utterances -> speakers: each source resolved to the fullest name that the article gives, or "unknown".

Names, titles and short forms are looked up in a register of whom the article has named (register.py);
pronouns go to whom the narration before them is about, and else to who spoke last.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from stancekit.document import Document
from stancekit.lexicon.grammar import BODIES, PERSONS, PREPOSITIONS, SOURCE_NOUNS
from stancekit.names import GIVEN, HERS, HIS, Named, is_person_noun, key, read_name
from stancekit.noun_phrases import sentence_subject
from stancekit.people import FullName, distinct, find_people, is_no_name, same_person
from stancekit.register import Entity, Register, fits
from stancekit.tokens import Span
from stancekit.utterances import RawUtterance

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says something in an article.

    Attributes
    ----------
    id : position among the article's speakers
    name : as the article names the speaker most fully; "unknown" if it never says
    role : title or appositive, as the article gives it; None if it does not
    mentions : where sources name the speaker, pronouns included
    """

    id: int
    name: str
    role: str | None
    mentions: tuple[Span, ...]


def resolve_speakers(
    document: Document, utterances: Sequence[RawUtterance]
) -> tuple[tuple[Speaker, ...], tuple[int, ...]]:
    """All speakers of an article, in the order of their first words, and whose each utterance is.

    Returns
    -------
    speakers : ``speakers[i].id == i``
    owners : for every utterance the id of its speaker
    """
    speakers, owners, _ = trace_speakers(document, utterances)
    return speakers, owners


def trace_speakers(
    document: Document, utterances: Sequence[RawUtterance]
) -> tuple[tuple[Speaker, ...], tuple[int, ...], list[tuple[str, ...]]]:
    """As `resolve_speakers`, and for every utterance how its speaker was found.

    Returns
    -------
    signs : words, from which confidence.py tells how sure the speaker is; none for "unknown"
    """
    resolver = _Resolver(document, utterances)
    owners = _same_monitor(resolver.owners())
    speakers: list[Speaker] = []
    ids: dict[int, int] = {}
    for entity in owners:
        if id(entity) not in ids:
            ids[id(entity)] = n = len(speakers)
            if entity is None:
                speakers.append(Speaker(n, UNKNOWN, None, ()))
            else:
                speakers.append(Speaker(n, entity.text, entity.role, tuple(sorted(set(entity.mentions)))))
    return tuple(speakers), tuple(ids[id(entity)] for entity in owners), resolver.signs


def withhold(
    speakers: Sequence[Speaker],
    owners: Sequence[int],
    utterances: Sequence[RawUtterance],
    doubted: Sequence[bool],
) -> tuple[tuple[Speaker, ...], tuple[int, ...]]:
    """Speakers and owners, as `resolve_speakers` gives them, after the utterances in doubt went to "unknown".

    Returns
    -------
    speakers : those who still speak, in the order of their first words, with the sources that name them still
    owners : for every utterance the id of its speaker
    """
    kept = [
        None if doubt or speakers[who].name == UNKNOWN else who
        for who, doubt in zip(owners, doubted, strict=True)
    ]
    sources = [utterance.source for utterance in utterances]
    lost = set(zip(owners, sources, strict=True)) - set(zip(kept, sources, strict=True))
    ids = {who: n for n, who in enumerate(dict.fromkeys(kept))}
    return tuple(
        Speaker(n, UNKNOWN, None, ())
        if who is None
        else replace(
            speakers[who],
            id=n,
            mentions=tuple(span for span in speakers[who].mentions if (who, span) not in lost),
        )
        for who, n in ids.items()
    ), tuple(ids[who] for who in kept)


# An utterance's speaker may be as many utterances back if a pronoun of the other sex stands between.
_NEAR = 4
# Narration is searched for the only person it names over so many tokens.
_FAR = 400


class _Resolver:
    """One walk through the utterances of an article."""

    def __init__(self, document: Document, utterances: Sequence[RawUtterance]) -> None:
        self.document, self.utterances = document, utterances
        self.text, self.tokens = document.text, document.tokens
        self.sources = [self._read(u.source) for u in utterances]
        self.antecedents = [self._read(u.antecedent) for u in utterances]
        self.people = find_people(document, self.sources + self.antecedents)
        self.register = Register(document, self.people)
        self.opens = {q.first: q.last for q in document.quotations}
        self.starts = [first for first, _ in document.sentences]
        self.signs: list[tuple[str, ...]] = []
        self.sentence_starts = set(self.starts)
        self.unit_starts = {first for first, _ in document.units}

    def _read(self, span: Span | None) -> Named | None:
        return None if span is None else read_name(self.text, self.tokens, span)

    def owners(self) -> list[Entity | None]:
        """Whose each utterance is."""
        out: list[Entity | None] = []
        for i, utterance in enumerate(self.utterances):
            found = self.sources[i]
            if found is not None and found.kind == "pronoun" and found.head in {"who", "which"}:
                found = self.antecedents[i]
            entity: Entity | None = None
            if found is None:
                if utterance.source is None and utterance.previous is not None and utterance.previous < i:
                    entity = out[utterance.previous]
            elif found.kind == "pronoun":
                entity = self._pronoun(found, i, out)
            else:
                entity = self.register.look_up(found, utterance.source)
            self.signs.append(self._signs(found, entity, i, out))
            if entity is not None:
                entity.speaks = True
                if found is not None and found.kind == "pronoun":
                    entity.gender = entity.gender or found.gender  # "he" tells it for the next pronoun
                if utterance.source is not None:
                    entity.mentions.append(utterance.source)
                    entity.seen = self.tokens.at(utterance.source.start)
            out.append(entity)
        return out

    def _signs(
        self, found: Named | None, entity: Entity | None, i: int, owners: list[Entity | None]
    ) -> tuple[str, ...]:
        """How the speaker of utterance i was found, before the entity learns from it."""
        if entity is None:
            return ()
        signs = ["" if entity.mentions else "new", "last" if i and owners[i - 1] is entity else ""]
        if found is None:
            return ("goes on from", *filter(None, signs))
        signs.append(found.kind)
        if found.kind == "pronoun":
            near = owners[max(0, i - _NEAR) : i]
            away = self.tokens.at(_start(self.utterances[i])) - entity.seen
            signs += [found.head, f"away {min(away // 25, 4)}", "near" if entity in near else ""]
        else:
            signs.append("definite" if found.definite else "")
            signs.append("plural" if found.plural else "")
            signs.append("role" if found.role else "")
            signs.append(f"names {min(len(found.name), 3)}" if found.name else "")
            signs.append("same text" if found.text == entity.text else "")
            signs.append(f"is {entity.kind}" if entity.kind != found.kind else "")
        return tuple(filter(None, signs))

    # -- pronouns -------------------------------------------------------------------------------

    def _pronoun(self, found: Named, i: int, owners: list[Entity | None]) -> Entity | None:
        if found.head not in {"he", "she", "it", "they"}:
            return None
        start = _start(self.utterances[i])
        before = _end(self.utterances[i - 1]) if i else 0
        for subject, end in self._subjects(before, start):
            if self._possible(subject, found):
                entity = self.register.look_up(subject)
                if entity is None:
                    return None  # one of two governors
                if fits(entity, found):
                    return None if self._others(entity, end, start, found, opening=True) else entity
        previous = owners[i - 1] if i else None
        if found.gender and before:
            named, strangers = self._named(before, start, found)
            if len(named) == 1 and not strangers:
                return self.register.person(named[0])
            if self._others(previous, before, start, found):
                return None
        near = {id(e): e for e in owners[max(0, i - _NEAR) : i] if e is not None and fits(e, found)}
        if found.head == "she" and previous is not None and not previous.gender:
            # A name of unknown sex fits less well than a woman who spoke just before.
            women = [e for e in near.values() if e.gender == "f"]
            if len(women) == 1:
                return women[0]
        if previous is not None and fits(previous, found):
            return previous
        if not found.gender:
            return None
        if near:
            return next(iter(near.values())) if len(near) == 1 else None
        named, strangers = self._named(0, start, found)
        return self.register.person(named[0]) if len(named) == 1 and not strangers else None

    def _others(
        self, entity: Entity | None, before: int, start: int, pronoun: Named, *, opening: bool = False
    ) -> bool:
        """Whether somebody else of the pronoun's sex is, or may be, named there, or `opening` a sentence."""
        if not pronoun.gender:
            return False
        named, strangers = self._named(before, start, pronoun, opening=opening)
        return strangers or any(entity is None or not _is(entity, p.name) for p in named)

    def _subjects(self, before: int, start: int) -> Iterator[tuple[Named, int]]:
        """The subjects of the narration in between, the nearest first, each with the end of its sentence."""
        tokens = self.tokens
        first, last = tokens.at(before), tokens.at(start)
        at = bisect_right(self.starts, last) - 1
        for k in range(at, max(-1, at - 4), -1):
            low, high = self.document.sentences[k]
            if low < first:  # the sentence of the utterance before
                return
            high = min(high, last)
            if high - low < 2:
                continue
            behind = tokens.end[high - 1]
            subject = sentence_subject(tokens, low, high, self.opens)
            found = None
            if subject is not None:
                found = read_name(self.text, tokens, tokens.span(subject.first, subject.last))
                low, high = subject.first, subject.core
            if found is None or (found.kind != "person" and found.head not in SOURCE_NOUNS):
                end = self._name_end(low, high)
                found = read_name(self.text, tokens, tokens.span(low, end)) if end > low else found
            if found is not None:
                yield found, behind

    def _name_end(self, low: int, high: int) -> int:
        """End of the name at `low` where a verb on no list follows: "Gleb Zotov lit"."""
        k = low
        if self.tokens.lower[low] not in GIVEN:
            return low
        while k < high and self.tokens.shape[k] == "W" and not is_no_name(self.tokens, k):
            k += 1
        verb = k < high and self.tokens.shape[k] == "w" and self.tokens.lower[k] not in _NO_VERBS
        return k if verb and 2 <= k - low <= 3 else low

    def _possible(self, subject: Named, pronoun: Named) -> bool:
        """Whether the pronoun can mean what the subject names, by sex, number and kind."""
        if pronoun.gender:
            person = subject.kind == "described" and is_person_noun(subject.head)
            possible = person or (subject.kind == "person" and self._is_name(subject))
        elif pronoun.head == "it":
            possible = subject.kind == "body"
        else:
            possible = subject.kind != "pronoun" and (subject.kind == "people" or subject.plural)
        return possible and not (subject.gender and pronoun.gender and subject.gender != pronoun.gender)

    def _is_name(self, subject: Named) -> bool:
        """Whether a capitalised subject is a name: two words, a title, one named elsewhere, or "Assad".

        "Pressed" is none: it has its capital from the sentence only.
        """
        if len(subject.name) > 1 or subject.role or self.register.knows(subject):
            return True
        return subject.text.lower() in self._capitals

    @cached_property
    def _capitals(self) -> frozenset[str]:
        """Words that have a capital inside a sentence."""
        tokens, starts = self.tokens, self.sentence_starts
        return frozenset(
            tokens.lower[k] for k in range(len(tokens)) if tokens.shape[k] == "W" and k not in starts
        )

    def _named(
        self, before: int, start: int, pronoun: Named, *, opening: bool = False
    ) -> tuple[list[FullName], bool]:
        """Who of the pronoun's sex is named in that stretch, and whether others may be.

        Those others are runs of capitals like a name, whose given name is on no list.
        """
        tokens = self.tokens
        lower, shape = tokens.lower, tokens.shape
        last = tokens.at(start)
        first = max(tokens.at(before), last - _FAR)
        people: list[FullName] = []
        strangers = False
        if last - first < 4:
            return people, strangers
        k = shape.find("W", first, last)
        while k >= 0:
            end = k + 1
            while end < last and shape[end] == "W" and end not in self.unit_starts:
                end += 1
            if opening and k not in self.sentence_starts:
                k = shape.find("W", end, last)
                continue
            known = False
            for j in range(k, end):
                if not lower[j].endswith(("'s", "s'")):
                    of_name = self.people.get(key(lower[j]), ())
                    known = known or bool(of_name)
                    people += [p for p in of_name if p.gender in ("", pronoun.gender)]
            strangers = strangers or (not known and self._is_stranger(k, end, pronoun))
            k = shape.find("W", end, last)
        return distinct(list(dict.fromkeys(people))), strangers

    def _is_stranger(self, k: int, end: int, pronoun: Named) -> bool:
        """Whether capitalised words look like the name of a person of that sex."""
        tokens = self.tokens
        while k < end and (is_no_name(tokens, k) or tokens.lower[k] in PERSONS):
            k += 1
        words = tokens.lower[k:end]
        if k and tokens.lower[k - 1] in _BEFORE_PLACES or not _PLACE_WORDS.isdisjoint(words):
            return False
        if len(words) != 2 or any(is_no_name(tokens, j) or tokens.lower[j] in BODIES for j in range(k, end)):
            return False
        other = HERS if pronoun.gender == "m" else HIS
        return words[0] not in other and self.document.unit_at(tokens.start[k]) >= self.document.n_titles


_NO_VERBS = PREPOSITIONS | {"and", "or", "who", "which"}
# A capitalised word behind these is no person: "in El Paso", "the Silver Line".
_BEFORE_PLACES = frozenset("in at near across throughout into around the".split())
_PLACE_WORDS = frozenset(
    "north south east west northern southern eastern western new san santa saint los las el "
    "valley city county island islands hill hills lake bay square street avenue road park house hall "
    "airport hotel".split()
)


def _is(entity: Entity, name: tuple[str, ...]) -> bool:
    return any(same_person(name, known) for known in entity.names)


def _start(utterance: RawUtterance) -> int:
    start = utterance.content[0].start
    return start if utterance.source is None else min(start, utterance.source.start)


def _end(utterance: RawUtterance) -> int:
    return max(span.end for span in (*utterance.content, utterance.source, utterance.cue) if span is not None)


_MONITORS = frozenset({"observatory", "monitor", "monitoring", "watch"})


def _same_monitor(owners: list[Entity | None]) -> list[Entity | None]:
    """ "A monitor said …, the Orontes Observatory said": the article's one named monitor is meant."""
    speaking = list({id(e): e for e in owners if e is not None}.values())
    named = [e for e in speaking if e.kind == "body" and e.words & _MONITORS and not e.text.islower()]
    if len(named) != 1:
        return owners
    vague = {
        id(e): e
        for e in speaking
        if not e.plural
        and e.text.islower()
        and (e.head in {"monitor", "watchdog"} or (e.head == "group" and e.words & (_MONITORS | {"rights"})))
    }
    for e in vague.values():
        named[0].mentions.extend(e.mentions)
    return [named[0] if id(e) in vague else e for e in owners]
