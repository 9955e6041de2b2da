"""Utterances -> speakers: each source resolved to the fullest name that the article gives, or "unknown".

One walk through the article keeps a register of whom it has named so far. A surname, a title or a pronoun
is looked up there; where the evidence points to two, or to none, the speaker is unknown.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from stancekit.document import Document
from stancekit.lexicon.grammar import PERSONS
from stancekit.names import Named, is_person_noun, key, read_name
from stancekit.noun_phrases import sentence_subject
from stancekit.people import FullName, distinct, find_people, same_person
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


@dataclass(slots=True)
class _Entity:
    """Somebody the article has named."""

    kind: str
    names: list[tuple[str, ...]]
    text: str
    role: str | None
    head: str
    gender: str
    plural: bool
    words: set[str]
    seen: int  # token of the last mention
    speaks: bool = False
    mentions: list[Span] = field(default_factory=list)


def resolve_speakers(
    document: Document, utterances: Sequence[RawUtterance]
) -> tuple[tuple[Speaker, ...], tuple[int, ...]]:
    """All speakers of an article, in the order of their first words, and whose each utterance is.

    Returns
    -------
    speakers : ``speakers[i].id == i``
    owners : for every utterance the id of its speaker
    """
    return _Register(document).resolve(utterances)


_MONITORS = frozenset({"observatory", "monitor", "monitoring", "watch"})
_VAGUE_MONITORS = frozenset({"monitor", "watchdog"})
# Nouns by which a body is meant again ("the group", "the agency"), whatever its name is.
_GENERIC_BODIES = frozenset(
    "group organisation organization body agency network monitor watchdog outlet paper newspaper company "
    "institution force faction party movement".split()
)


class _Register:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.text, self.tokens = document.text, document.tokens
        self.entities: list[_Entity] = []
        self.opens = {q.first: q.last for q in document.quotations}
        self.sentence_starts = [first for first, _ in document.sentences]

    def resolve(self, utterances: Sequence[RawUtterance]) -> tuple[tuple[Speaker, ...], tuple[int, ...]]:
        # Names first, wherever they stand: a surname may come before the full name.
        named: list[Named | None] = [
            read_name(self.text, self.tokens, u.source) if u.source else None for u in utterances
        ]
        antecedents = [
            read_name(self.text, self.tokens, u.antecedent) if u.antecedent else None for u in utterances
        ]
        self.full_names = find_people(self.document, named + antecedents)
        owner: list[_Entity | None] = []
        for i, utterance in enumerate(utterances):
            found = named[i]
            if found is not None and found.head in {"who", "which", "that"} and found.kind == "pronoun":
                found = antecedents[i]
            entity: _Entity | None
            if found is None:
                entity = (
                    owner[utterance.previous]
                    if utterance.source is None and utterance.previous is not None and utterance.previous < i
                    else None
                )
            elif found.kind == "pronoun":
                entity = self._pronoun(found, utterance, i, utterances, owner)
                if entity is not None and not entity.gender:
                    entity.gender = found.gender  # "he" tells it for the next pronoun
            else:
                entity = self._look_up(found, utterance)
            if entity is not None:
                entity.speaks = True
                if utterance.source is not None:
                    entity.mentions.append(utterance.source)
                    entity.seen = self.tokens.at(utterance.source.start)
            owner.append(entity)
        return self._result(self._same_monitor(owner))

    def _same_monitor(self, owner: list[_Entity | None]) -> list[_Entity | None]:
        """ "A monitor said …, the Orontes Observatory said": the article's one named monitor is meant."""
        named = [
            e
            for e in self.entities
            if e.kind == "body"
            and e.speaks
            and e.words & _MONITORS
            and any(w[:1].isupper() for w in e.text.split())
        ]
        if len(named) != 1:
            return owner
        vague = [
            e
            for e in self.entities
            if e is not named[0]
            and e.speaks
            and not e.plural
            and e.text.islower()
            and (
                e.head in _VAGUE_MONITORS
                or (e.head == "group" and e.words & {"monitoring", "rights", "monitor"})
            )
        ]
        for e in vague:
            named[0].mentions.extend(e.mentions)
        return [named[0] if any(e is v for v in vague) else e for e in owner]

    # -- names ----------------------------------------------------------------------------------

    def _look_up(self, found: Named, utterance: RawUtterance) -> _Entity | None:
        if found.kind == "person":
            return self._person(found, utterance)
        return self._described(found)

    def _person(self, found: Named, utterance: RawUtterance | None) -> _Entity | None:
        last = found.name[-1]
        known = [
            e
            for e in self.entities
            if e.kind == "person" and any(same_person(found.name, n) for n in e.names)
        ]
        if found.gender:
            known = [e for e in known if e.gender in ("", found.gender)]
        if len(found.name) == 1:
            fuller = [
                c for c in self.full_names.get(last, []) if not found.gender or c[2] in ("", found.gender)
            ]
            fuller = distinct(fuller)
            if len(fuller) > 1:
                return self._choose(found, fuller, known, utterance)
            if fuller and not known:
                name, printed, sex, role = fuller[0]
                return self._new(
                    "person", name, printed, found.role or role, "", found.gender or sex, False, found.words
                )
        if len(known) == 1:
            entity = known[0]
            if len(found.name) > max(len(n) for n in entity.names):
                entity.text = found.text
            if found.name not in entity.names:
                entity.names.append(found.name)
            entity.role = entity.role or found.role
            entity.gender = entity.gender or found.gender
            entity.words |= found.words
            return entity
        if len(known) > 1:
            exact = [e for e in known if found.name in e.names and len(found.name) > 1]
            return exact[0] if len(exact) == 1 else None
        return self._new("person", found.name, found.text, found.role, "", found.gender, False, found.words)

    def _choose(
        self, found: Named, fuller: list[FullName], known: list[_Entity], utterance: RawUtterance | None
    ) -> _Entity | None:
        """One surname, several people: the one whose title stands here, or who spoke in this paragraph."""
        if found.role:
            wanted = set(found.role.lower().split())
            fitting = [e for e in known if e.role and wanted & set(e.role.lower().split())]
            if len(fitting) == 1:
                return fitting[0]
        if utterance is None or utterance.source is None:
            return None
        unit = self._unit(utterance.source.start)
        here = [e for e in known if e.mentions and self._unit(e.mentions[-1].start) == unit]
        return here[0] if len(here) == 1 else None

    def _described(self, found: Named) -> _Entity | None:
        same = [e for e in self.entities if e.kind != "person" and e.text.lower() == found.text.lower()]
        if same:
            return same[-1]
        if found.kind == "body":
            words = _core_words(found)
            if words:
                inside = [e for e in self.entities if e.kind == "body" and words <= _lower_words(e)]
                if not inside:
                    inside = [
                        e
                        for e in self.entities
                        if e.kind == "body"
                        and len(found.words) == 1
                        and _acronym(e.text) == found.text.lower()
                    ]
                if found.definite or len(found.words) <= 2:
                    if len(inside) == 1:
                        return inside[0]
                    fuller = [
                        e
                        for e in self.entities
                        if e.kind == "body" and _lower_words(e) < words and _lower_words(e)
                    ]
                    if len(fuller) == 1 and found.head == fuller[0].head:
                        fuller[0].text = found.text
                        fuller[0].words |= found.words
                        return fuller[0]
            if found.definite and found.head in _GENERIC_BODIES and len(found.words) <= 2:
                bodies = [
                    e
                    for e in self.entities
                    if e.kind == "body" and e.speaks and e.head not in {"report", "statement"}
                ]
                if bodies:
                    return max(bodies, key=lambda e: e.seen)
        if found.kind == "described" and found.definite and found.head in PERSONS:
            meant = self._by_title(found)
            if meant:
                return meant if isinstance(meant, _Entity) else None
        if found.kind == "people" and found.definite and found.head:
            again = [e for e in self.entities if e.kind == "people" and e.head == found.head]
            if again and len(found.words) == 1:
                return again[-1]
        return self._new(
            found.kind, (), found.text, None, found.head, found.gender, found.plural, found.words
        )

    def _by_title(self, found: Named) -> _Entity | bool:
        """Who "the minister" is: the only one named with that title; True if several are."""
        head = found.head
        near = self.entities
        wanted = set(found.words) - {head}
        fitting = [
            e for e in near
            if (e.kind == "person" and head in _role_words(e)) or (e.kind == "described" and e.head == head)
        ]  # fmt: skip
        fitting = [e for e in fitting if not found.gender or e.gender in ("", found.gender)]
        if not fitting:
            return self._narrated_title(head, wanted, found)
        if wanted:
            exact = [e for e in fitting if wanted <= (_role_words(e) | e.words)]
            return exact[0] if len(exact) == 1 else bool(exact)
        if len(fitting) == 1:
            return fitting[0]
        if len(fitting) > 1:
            last = max(fitting, key=lambda e: e.seen)
            others = [e for e in fitting if e is not last]
            # The nearest one, if the other has not been heard for a while.
            if last.seen - max(e.seen for e in others) > 150:
                return last
            return last if all(e.kind == "described" for e in fitting) and last.kind == "described" else True
        return False

    def _narrated_title(self, head: str, wanted: set[str], found: Named) -> _Entity | bool:
        """The only person whom narration names with that title."""
        people = distinct([p for entries in self.full_names.values() for p in entries])
        fitting = [p for p in people if p.role and {head, *wanted} <= set(p.role.lower().split())]
        fitting = [p for p in fitting if p.gender in ("", found.gender) or not found.gender]
        if len(fitting) != 1:
            return len(fitting) > 1
        name, printed, gender, role = fitting[0]
        return self._new("person", name, printed, role, "", gender or found.gender, False, found.words)

    def _new(
        self,
        kind: str,
        name: tuple[str, ...],
        text: str,
        role: str | None,
        head: str,
        gender: str,
        plural: bool,
        words: frozenset[str],
        at: int = 0,
    ) -> _Entity:
        entity = _Entity(kind, [name] if name else [], text, role, head, gender, plural, set(words), at)
        self.entities.append(entity)
        return entity

    # -- pronouns -------------------------------------------------------------------------------

    def _pronoun(
        self,
        found: Named,
        utterance: RawUtterance,
        i: int,
        utterances: Sequence[RawUtterance],
        owner: list[_Entity | None],
    ) -> _Entity | None:
        if found.head in {"i", "we", "you"}:
            return None
        start = _first_of(utterance)
        before = _end_of(utterances[i - 1]) if i else 0
        for subject in self._subjects(before, start):
            if (entity := self._fitting(subject, found)) is not None:
                return entity
        if found.head in {"he", "she"} and (entity := self._only_person(before, start, found)) is not None:
            return entity
        previous = owner[i - 1] if i else None
        near = [e for e in owner[max(0, i - 4) : i] if e is not None and self._fits(e, found)]
        fitting = list({id(e): e for e in near}.values())
        if found.head == "she" and previous is not None and not previous.gender:
            # A name of unknown sex fits less well than a woman who spoke just before.
            women = [e for e in fitting if e.gender == "f"]
            if len(women) == 1:
                return women[0]
        if previous is not None and self._fits(previous, found):
            return previous
        return fitting[0] if found.gender and len(fitting) == 1 else None

    def _subjects(self, before: int, start: int) -> Iterator[Named]:
        """What narration between two utterances is about: its subjects, the nearest first."""
        tokens = self.tokens
        first, last = tokens.at(before), tokens.at(start)
        at = bisect_right(self.sentence_starts, last) - 1
        for k in range(at, max(-1, at - 4), -1):
            low, high = self.document.sentences[k]
            low, high = max(low, first), min(high, last)
            if high <= first:
                return
            if high - low < 2 or tokens.at(before) > self.document.sentences[k][0]:
                continue
            subject = sentence_subject(tokens, low, high, self.opens)
            if subject is not None:
                yield read_name(self.text, tokens, tokens.span(subject.first, subject.last))

    def _fitting(self, subject: Named, found: Named) -> _Entity | None:
        """The entity that a subject names, if the pronoun can mean it."""
        possible = {
            "he": self._is_known(subject) or (subject.kind == "described" and is_person_noun(subject.head)),
            "it": subject.kind == "body",
            "they": subject.kind == "people" or (subject.plural and subject.kind != "pronoun"),
        }
        if not possible.get("he" if found.head == "she" else found.head, False):
            return None
        if subject.gender and found.gender and subject.gender != found.gender:
            return None
        entity = self._person(subject, None) if subject.kind == "person" else self._described(subject)
        return entity if entity is not None and self._fits(entity, found) else None

    def _is_known(self, subject: Named) -> bool:
        """Whether a capitalised subject is a person's name: two words, a title, or one named elsewhere."""
        if subject.kind != "person":
            return False
        if len(subject.name) > 1 or subject.role:
            return True
        if subject.name[-1] in self.full_names or any(subject.name in e.names for e in self.entities):
            return True
        # "Assad", but not "Pressed": the word has its capital inside a sentence, too.
        word, starts = subject.text.lower(), set(self.sentence_starts)
        tokens = self.tokens
        return any(
            tokens.lower[k] == word and tokens.shape[k] == "W" and k not in starts for k in range(len(tokens))
        )

    def _fits(self, entity: _Entity, found: Named) -> bool:
        if found.head in {"he", "she"}:
            person = entity.kind == "person" or (entity.kind == "described" and is_person_noun(entity.head))
            return person and not entity.plural and entity.gender in ("", found.gender)
        if found.head == "it":
            return entity.kind == "body" and not entity.plural
        return (
            entity.plural
            or entity.kind in ("people", "body")
            or (entity.kind == "described" and found.head == "they")
        )

    def _only_person(self, before: int, start: int, found: Named) -> _Entity | None:
        """The only person of the pronoun's sex whom narration names between two utterances."""
        tokens = self.tokens
        first, last = tokens.at(before), tokens.at(start)
        if not 4 <= last - first <= 400:
            return None
        people: list[FullName] = []
        for k in range(first, last):
            if tokens.shape[k] == "W" and not tokens.lower[k].endswith(("'s", "s'")):
                for entry in self.full_names.get(key(tokens.lower[k]), ()):
                    if entry.gender in ("", found.gender) and entry not in people:
                        people.append(entry)
        people = distinct(people)
        if len(people) != 1:
            return None
        name, printed, gender, role = people[0]
        known = [
            e for e in self.entities if e.kind == "person" and any(same_person(name, n) for n in e.names)
        ]
        if known:
            return known[0] if len(known) == 1 else None
        return self._new(
            "person", name, printed, role, "", gender, False, frozenset((role or "").lower().split()), first
        )

    def _unit(self, offset: int) -> int:
        k = self.tokens.at(offset)
        return next((u for u, (first, last) in enumerate(self.document.units) if first <= k < last), -1)

    # -- result ---------------------------------------------------------------------------------

    def _result(self, owner: list[_Entity | None]) -> tuple[tuple[Speaker, ...], tuple[int, ...]]:
        speakers: list[Speaker] = []
        ids: dict[int, int] = {}
        owners: list[int] = []
        for entity in owner:
            mark = id(entity) if entity is not None else 0
            if mark not in ids:
                ids[mark] = len(speakers)
                if entity is None:
                    speakers.append(Speaker(len(speakers), UNKNOWN, None, ()))
                else:
                    speakers.append(
                        Speaker(len(speakers), entity.text, entity.role, tuple(sorted(set(entity.mentions))))
                    )
            owners.append(ids[mark])
        return tuple(speakers), tuple(owners)


def _first_of(utterance: RawUtterance) -> int:
    starts = [utterance.content[0].start] + ([utterance.source.start] if utterance.source else [])
    return min(starts)


def _end_of(utterance: RawUtterance) -> int:
    ends = [s.end for s in utterance.content]
    return max(
        ends
        + ([utterance.source.end] if utterance.source else [])
        + ([utterance.cue.end] if utterance.cue else [])
    )


def _core_words(found: Named) -> frozenset[str]:
    return frozenset(w.removesuffix("'s") for w in found.words)


def _lower_words(entity: _Entity) -> set[str]:
    return {w.lower().replace("’", "'").removesuffix("'s") for w in entity.text.split()} | {
        w.removesuffix("'s") for w in entity.words
    }


def _role_words(entity: _Entity) -> set[str]:
    return set((entity.role or "").lower().replace(",", " ").split()) | entity.words


def _acronym(text: str) -> str:
    return "".join(w[0] for w in text.split() if w[:1].isupper()).lower()
