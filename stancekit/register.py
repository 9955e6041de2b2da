"""Whom an article has named so far: the register in which surnames, titles and short names are looked up.

Where the evidence points to two, nobody is given: "unknown" is better than a wrong name.
"""

from dataclasses import dataclass, field
from functools import cached_property

from stancekit.document import Document
from stancekit.lexicon.grammar import PERSONS
from stancekit.names import (
    ADJECTIVES,
    GENERIC_BODIES,
    PLACES,
    Named,
    SourceKind,
    body_key,
    is_person_noun,
    may_be_called,
    read_titles,
)
from stancekit.people import FullName, distinct, same_person
from stancekit.tokens import Span

# So many entities are looked back for a description; names are found at any distance.
_REACH = 100
# "The minister" is the nearer of two ministers if the other was named so many tokens earlier.
_FAR = 150


@dataclass(slots=True)
class Entity:
    """Somebody the article has named."""

    kind: SourceKind
    text: str
    role: str | None = None
    names: list[tuple[str, ...]] = field(default_factory=list)
    head: str = ""
    gender: str = ""
    plural: bool = False
    words: set[str] = field(default_factory=set)
    titles: set[frozenset[str]] = field(default_factory=set)
    seen: int = 0  # token of the last mention
    speaks: bool = False
    mentions: list[Span] = field(default_factory=list)

    @property
    def role_words(self) -> set[str]:
        """Words of the title, lower-case."""
        return set((self.role or "").lower().replace(",", " ").split()) | self.words

    def holds(self, noun: str, wanted: set[str]) -> bool:
        """Whether one of the titles is `noun`, with the words `wanted` and no lesser rank than they say."""
        return wanted <= self.role_words and any(
            noun in title and not (wanted and title & _LESSER - wanted) for title in self.titles
        )

    @property
    def name_words(self) -> set[str]:
        """Words of the name or description, lower-case, without possessives."""
        printed = {word.lower().replace("’", "'").removesuffix("'s") for word in self.text.split()}
        return printed | {word.removesuffix("'s") for word in self.words}


# "The foreign minister" is neither his deputy nor who was minister before.
_LESSER = frozenset("deputy vice former assistant".split())


class Register:
    """The entities of one article.

    Parameters
    ----------
    people : the article's full names by their last word, as `find_people` gives them
    """

    def __init__(self, document: Document, people: dict[str, list[FullName]]) -> None:
        self.document = document
        self.people = people
        self.entities: list[Entity] = []
        self._by_surname: dict[str, list[Entity]] = {}
        self._by_text: dict[str, Entity] = {}

    def look_up(self, found: Named, near: Span | None = None) -> Entity | None:
        """The entity that a noun phrase names, new or known; None if several may be meant.

        Parameters
        ----------
        near : where the phrase stands
        """
        if found.kind == "person":
            return self._person(found, near)
        if near is not None and self.document.unit_at(near.start) < self.document.n_titles:
            found.definite = True  # headlines leave their articles out: "Minister: …"
        return self._described(found)

    def knows(self, found: Named) -> bool:
        """Whether a person of this name has been entered, or is named in full somewhere."""
        return found.name[-1] in self.people or found.name[-1] in self._by_surname

    # -- people by name ---------------------------------------------------------------------------

    def person(self, full: FullName) -> Entity | None:
        """The entity of a full name, entered if it is new."""
        known = [
            e
            for e in self._by_surname.get(full.name[-1], ())
            if any(same_person(full.name, n) for n in e.names)
        ]
        if known:
            return known[0] if len(known) == 1 else None
        words = set((full.role or "").lower().split())
        return self._enter(
            Entity(
                "person",
                full.printed,
                full.role,
                [full.name],
                gender=full.gender,
                words=words,
                titles=set(_titles(full.role)),
            )
        )

    def _person(self, found: Named, near: Span | None) -> Entity | None:
        last = found.name[-1]
        known = [
            e for e in self._by_surname.get(last, ()) if any(same_person(found.name, n) for n in e.names)
        ]
        if found.gender:
            known = [e for e in known if e.gender in ("", found.gender)]
        if len(found.name) == 1:
            fuller = distinct(
                [
                    p
                    for p in self.people.get(last, ())
                    if same_person(found.name, p.name)
                    and (not found.gender or p.gender in ("", found.gender))
                ]
            )
            if len(fuller) > 1:
                return self._choose(found, known, near)
            if fuller and not known:
                entity = self.person(fuller[0])
                return self._learn(entity, found) if entity is not None else None
        if len(known) == 1:
            return self._learn(known[0], found)
        if known:
            exact = [e for e in known if found.name in e.names and len(found.name) > 1]
            return exact[0] if len(exact) == 1 else None
        return self._enter(
            Entity(
                "person",
                found.text,
                found.role,
                [found.name],
                gender=found.gender,
                words=set(found.words),
                titles=set(found.titles),
            )
        )

    def _learn(self, entity: Entity, found: Named) -> Entity:
        """Add to a known person what another mention tells."""
        if len(found.name) > max(len(name) for name in entity.names):
            entity.text = found.text
        if found.name not in entity.names:
            entity.names.append(found.name)
        entity.role = entity.role or found.role
        entity.gender = entity.gender or found.gender
        entity.words |= found.words
        entity.titles |= set(found.titles)
        return entity

    def _choose(self, found: Named, known: list[Entity], near: Span | None) -> Entity | None:
        """One surname, several people: by the title, or the one who speaks in the paragraph, or at all."""
        if found.role:
            wanted = set(found.role.lower().split())
            fitting = [e for e in known if e.role and wanted & set(e.role.lower().split())]
            if len(fitting) == 1:
                return fitting[0]
        if near is None:
            return None
        unit = self.document.unit_at(near.start)
        here = [e for e in known if e.mentions and self.document.unit_at(e.mentions[-1].start) == unit]
        if len(here) == 1:
            return here[0]
        speaking = [e for e in known if e.speaks]
        return speaking[0] if len(speaking) == 1 else None

    # -- bodies, groups, titles -------------------------------------------------------------------

    def _described(self, found: Named) -> Entity | None:
        same = self._by_text.get(body_key(found.text))
        if same is not None:
            if len(found.text) > len(same.text):
                same.text = found.text
            return same
        if found.kind == "body" and (body := self._body(found)) is not None:
            return body
        if found.kind == "described" and found.definite and found.head in PERSONS:
            meant = self._titled(found)
            if meant:
                return meant[0] if len(meant) == 1 else None
        if found.kind == "people" and found.definite and found.head and len(found.words) == 1:
            again = [e for e in self.entities[-_REACH:] if e.kind == "people" and e.head == found.head]
            if again:
                return again[-1]
        return self._enter(
            Entity(
                found.kind,
                found.text,
                head=found.head,
                gender=found.gender,
                plural=found.plural,
                words=set(found.words),
            )
        )

    def _body(self, found: Named) -> Entity | None:
        """A body named before: by some of its words, its initials, a fuller name or a generic noun."""
        bodies = [e for e in self.entities[-_REACH:] if e.kind == "body"]
        words = {word.removesuffix("'s") for word in found.words}
        if words and (found.definite or len(words) <= 2):
            inside = [e for e in bodies if words <= e.name_words]
            if not inside and len(words) == 1:
                inside = [e for e in bodies if _initials(e.text) == found.text.lower()]
            if len(inside) == 1:
                return inside[0]
            shorter = [e for e in bodies if e.name_words and e.name_words < words and self._same(e, words)]
            if len(shorter) == 1 and found.head == shorter[0].head:
                shorter[0].text = found.text
                shorter[0].words |= found.words
                return shorter[0]
        if found.definite and found.head in GENERIC_BODIES and len(words) <= 2 and not _is_named(found.text):
            speaking = [e for e in bodies if e.speaks and may_be_called(found.head, e.head, e.words)]
            return max(speaking, key=lambda e: e.seen, default=None)
        return None

    def _same(self, body: Entity, words: set[str]) -> bool:
        """Whether a fuller name is that of a body named before: "the army" is not "the Turkish army".

        A headline leaves such words out.
        """
        units, n_titles = self.document.units, self.document.n_titles
        return bool(n_titles) and body.seen < units[n_titles - 1][1] or not words - body.words & _OF_COUNTRIES

    def _titled(self, found: Named) -> list[Entity]:
        """Who "the minister" may be; more than one if the article does not decide."""
        head, wanted = found.head, set(found.words) - {found.head}
        fitting = [
            e
            for e in self.entities[-_REACH:]
            if (e.kind == "person" and e.holds(head, set())) or (e.kind == "described" and e.head == head)
        ]
        fitting = [e for e in fitting if not found.gender or e.gender in ("", found.gender)]
        if not fitting:
            return self._titled_in_narration({head, *wanted}, found)
        if wanted:
            return [
                e for e in fitting if e.kind != "person" and wanted <= e.role_words or e.holds(head, wanted)
            ]
        last = max(fitting, key=lambda e: e.seen)
        others = [e.seen for e in fitting if e is not last]
        nearer = not others or last.seen - max(others) > _FAR
        if not others and (rival := self._untitled_speaker(found)) is not None and rival.seen > last.seen:
            return [last, rival]  # "Orlov", just quoted, may be "the president" as well as the one so called
        return [last] if nearer or all(e.kind == "described" for e in fitting) else fitting

    def _untitled_speaker(self, found: Named) -> Entity | None:
        """The person heard last, if the article gives him no title and his sex fits."""
        people = [e for e in self.entities[-_REACH:] if e.kind == "person" and e.speaks]
        last = max(people, key=lambda e: e.seen, default=None)
        if last is None or last.role is not None or last.role_words:
            return None
        return last if not found.gender or last.gender in ("", found.gender) else None

    def _titled_in_narration(self, title: set[str], found: Named) -> list[Entity]:
        """Who is named with that title, though not as a source."""
        fitting = [
            p
            for p in self._people_by_title.get(found.head, ())
            if title <= set((p.role or "").lower().split())
            and any(
                found.head in own and not (title - {found.head} and own & _LESSER - title)
                for own in _titles(p.role)
            )
            and (not found.gender or p.gender in ("", found.gender))
        ]
        rival = self._untitled_speaker(found)
        return [e for p in fitting if (e := self.person(p)) is not None] + (
            [rival] if fitting and rival else []
        )

    @cached_property
    def _people_by_title(self) -> dict[str, list[FullName]]:
        out: dict[str, list[FullName]] = {}
        for person in distinct([p for names in self.people.values() for p in names if p.role]):
            for word in (person.role or "").lower().split():
                out.setdefault(word, []).append(person)
        return out

    def _enter(self, entity: Entity) -> Entity:
        self.entities.append(entity)
        for name in entity.names:
            self._by_surname.setdefault(name[-1], []).append(entity)
        if entity.kind != "person":
            self._by_text[body_key(entity.text)] = entity
        return entity


_OF_COUNTRIES = ADJECTIVES | PLACES


def _titles(role: str | None) -> tuple[frozenset[str], ...]:
    return read_titles((role or "").lower().replace(",", " , ").split())


def _is_named(text: str) -> bool:
    """Whether a body's text is a name ("Cedar Party") rather than a noun ("London-based group")."""
    return any(word[0].isupper() and not word.endswith("based") for word in text.split())


def fits(entity: Entity, pronoun: Named) -> bool:
    """Whether a pronoun can mean an entity, by sex and number."""
    if pronoun.head in {"he", "she"}:
        person = entity.kind == "person" or (entity.kind == "described" and is_person_noun(entity.head))
        return person and not entity.plural and entity.gender in ("", pronoun.gender)
    if pronoun.head == "it":
        return entity.kind == "body" and not entity.plural
    return entity.plural or entity.kind in ("people", "body", "described")


def _initials(text: str) -> str:
    return "".join(word[0] for word in text.split() if word[:1].isupper()).lower()
