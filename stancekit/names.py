"""A source's noun phrase -> who it names: a person with a role, a body, a group, or somebody described."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from stancekit.lexicon import table
from stancekit.lexicon.grammar import (
    AGENCIES,
    BODIES,
    DASHES,
    DAYS,
    DETERMINERS,
    MEN,
    NAME_LIKE,
    PARTICLES,
    PEOPLE,
    PERSONS,
    PLURAL_BODIES,
    TITLES,
    WOMEN,
)
from stancekit.tokens import Span, Tokens

SourceKind = Literal["pronoun", "person", "body", "people", "described"]

PRONOUNS = frozenset("he she they it we i you who which one that".split())
_ARTICLES = frozenset(
    {
        "the",
        "a",
        "an",
        "some",
        "both",
        "another",
        "this",
        "that",
        "these",
        "those",
        "one",
        "its",
        "their",
        "his",
        "her",
        "our",
    }
)
_PREPOSITIONS = frozenset("of for in at from with on to near inside outside by about close".split())
_NEVER_NAMES = frozenset("mr mrs ms dr the monday i".split()) | DAYS
# "Velichko Street": what may be called after somebody.
_NAMESAKES = frozenset("street road avenue boulevard lane square bridge river airport stadium park".split())
# What ministers are ministers of.
_PORTFOLIOS = frozenset(
    "state staff affairs defence defense interior finance health justice information trade energy education "
    "transport economy culture oil agriculture labour labor tourism".split()
)
# Whose spokesman, mother or ally somebody is: "of" and "for" are followed by a person.
_RELATED = frozenset(
    "spokesman spokeswoman spokesperson aide adviser advisor lawyer attorney deputy successor predecessor "
    "wife husband widow widower mother father son daughter brother sister uncle aunt nephew niece cousin "
    "grandfather grandmother friend ally opponent rival critic supporter relative neighbour neighbor "
    "colleague counterpart assistant bodyguard driver biographer associate".split()
)
_TITLE_ABBREVIATIONS = {
    "dr": "doctor", "gen": "general", "col": "colonel", "maj": "major", "capt": "captain", "lt": "lieutenant",
    "sgt": "sergeant", "brig": "brigadier", "adm": "admiral", "sen": "senator", "gov": "governor",
    "prof": "professor", "amb": "ambassador", "sec": "secretary", "rep": "representative",
}  # fmt: skip
# Behind these a role speaks of somebody or something else.
_AFTER_TITLE = _PREPOSITIONS | frozenset("who whose which that where when as".split())
_NAMING = PERSONS | {"dr", "prof", "mr", "mrs", "ms", "miss", "called", "named"}
_GENDERED_TITLES = {
    "mr.": "m",
    "mrs.": "f",
    "ms.": "f",
    "mr": "m",
    "mrs": "f",
    "ms": "f",
    "miss": "f",
    "sir": "m",
    "lord": "m",
    "lady": "f",
    "dame": "f",
    "sister": "f",
    "father": "m",
}


@dataclass(slots=True)
class Named:
    """What one noun phrase says of a source.

    Attributes
    ----------
    name : the words of a person's name as `key` compares them; empty if there is none
    text : how it is printed: the name, or the description without its article
    role : the title in front or the appositive behind, or None
    head : the noun that says what it is ("minister", "ministry"), or empty
    gender : ``m``, ``f`` or empty; `plural` : whether several speak
    definite : whether "the", "his" … says that it was named before
    titles : a person's own titles and trades, as `read_titles` gives them
    """

    kind: SourceKind
    name: tuple[str, ...]
    text: str
    role: str | None
    head: str
    gender: str
    plural: bool
    definite: bool
    words: frozenset[str]
    titles: tuple[frozenset[str], ...] = ()


_DOUBLE = re.compile(r"([a-z])\1")
_INVISIBLE = "\u00ad\u200c\u200d"


@lru_cache(maxsize=4096)
def key(word: str) -> str:
    """A name's word as it is compared: no accents, no "al-", no possessive, one spelling of a few letters.

    >>> key("Al-Moallem’s") == key("Moallem") == key("al-Mouallem")
    True
    >>> key("Gaddafi") == key("Gadhafi")
    True
    """
    word = word.lower()
    if not word.isascii():
        word = unicodedata.normalize("NFKD", word)
        word = "".join(c for c in word if not unicodedata.combining(c) and c not in _INVISIBLE)
        word = word.replace("’", "'")
    word = word.removesuffix("'s").removesuffix("'")
    for article in ("al-", "el-", "ad-", "ar-", "as-"):
        if word.startswith(article) and len(word) > len(article) + 2:
            word = word[len(article) :]
            break
    word = (
        word.replace("ou", "o")
        .replace("u", "o")
        .replace("dh", "d")
        .replace("kh", "k")
        .replace("q", "k")
        .replace("ei", "i")
    )
    return _DOUBLE.sub(r"\1", word)


PLACES = table("places")["place"]
ADJECTIVES = table("places")["adjective"]
HIS, HERS = table("first_names")["m"], table("first_names")["f"]
GIVEN = HIS | HERS


# Nouns by which a body is meant again ("the group", "the agency"), whatever its name is.
GENERIC_BODIES = frozenset(
    "group organisation organization body agency network monitor watchdog outlet paper newspaper company "
    "institution force faction party movement".split()
)
# Which known nouns of bodies each of them can take up; a body whose name tells no noun can be any.
_ASSOCIATIONS = frozenset(
    "group organisation organization observatory centre center network committee association foundation "
    "fund charity coalition front movement alliance union league society institute federation "
    "confederation faction militia brigade battalion watchdog monitor campaign party commission council "
    "institution body agency watch "
    "caucus syndicate team crew".split()
)
_PRESS = frozenset("newspaper paper daily weekly magazine journal tabloid news post outlet".split())
_AIR = frozenset("network channel television tv station radio broadcaster".split())
_FIGHTERS = frozenset(
    "force army militia brigade battalion police command front unit coalition alliance".split()
)
_TAKES_UP: dict[str, frozenset[str]] = {
    "group": _ASSOCIATIONS,
    "organisation": _ASSOCIATIONS | {"university", "hospital", "authority", "tribunal"},
    "organization": _ASSOCIATIONS | {"university", "hospital", "authority", "tribunal"},
    "body": _ASSOCIATIONS | {"authority", "tribunal", "court", "parliament", "assembly"},
    "institution": _ASSOCIATIONS | {"university", "hospital", "court", "bank", "museum"},
    "network": _ASSOCIATIONS | _AIR,
    "agency": frozenset(
        "agency department news office bureau service organisation organization authority".split()
    ),
    "monitor": _ASSOCIATIONS,
    "watchdog": _ASSOCIATIONS | {"authority"},
    "outlet": _PRESS | _AIR | {"agency", "website", "site", "news"},
    "paper": _PRESS,
    "newspaper": _PRESS,
    "company": frozenset({"company", "firm", "bank"}),
    "force": _FIGHTERS,
    "faction": _FIGHTERS | {"group", "movement", "faction", "party"},
    "party": frozenset("party movement bloc coalition front alliance".split()),
    "movement": frozenset("movement group party coalition front alliance".split()),
}


def may_be_called(noun: str, head: str, words: Iterable[str]) -> bool:
    """Whether "the `noun`" can mean the body whose head noun and words these are.

    >>> may_be_called("group", "observatory", ()), may_be_called("group", "army", ())
    (True, False)
    """
    if head in AGENCIES:
        return noun in {"agency", "outlet", "organisation", "organization"}
    if head in BODIES or head in PLURAL_BODIES or head in GENERIC_BODIES:
        return head in _TAKES_UP[noun]
    kinds = GENERIC_BODIES.intersection(words)  # "newspaper Al-Furat"
    return head not in PLACES and (not kinds or bool(kinds & _TAKES_UP[noun]))


# One name for bodies that are written in several ways.
_ALIASES = {
    "u.n.": "united nations",
    "un": "united nations",
    "u.s.": "united states",
    "us": "united states",
    "usa": "united states",
    "e.u.": "european union",
    "eu": "european union",
    "u.k.": "united kingdom",
    "uk": "united kingdom",
    "uae": "united arab emirates",
}


def body_key(text: str) -> str:
    """A body's or group's name as it is compared.

    >>> body_key("U.N.") == body_key("United Nations")
    True
    """
    return _ALIASES.get(text.lower(), text.lower())


def is_person_noun(noun: str) -> bool:
    """Whether a noun names one person: by the list, or by the ending that makes agents.

    >>> is_person_noun("seamstress"), is_person_noun("badge")
    (True, False)
    """
    if noun in PERSONS:
        return True
    agent = noun.endswith(("er", "or", "ist", "ian", "ess", "man", "woman", "ant"))
    return agent and noun not in BODIES and noun not in _NO_AGENTS


# Common nouns that end as if they were agents.
_NO_AGENTS = frozenset(
    "door floor corridor mirror motor tractor reactor error terror horror sector factor behavior harbor "
    "labor color honor humor rumor favor armor water letter paper winter summer dinner supper river "
    "number corner weather order offer answer chapter matter power tower shower border server danger "
    "anger hunger finger computer center theater quarter disaster murder slaughter laughter shelter "
    "register character chamber timber timer trailer boiler cooler heater freezer locker tanker cruiser "
    "helicopter trigger mortar launcher shoulder ladder leather feather butter sugar counter encounter "
    "cluster clutter filter meter kilometer diameter banner manner layer prayer tender transfer "
    "surrender gender barrier frontier copper silver powder folder poster sticker newsletter october "
    "november september december crater container thunder business process access success congress "
    "progress address illness darkness sickness weakness kindness fitness press dress stress fortress "
    "wilderness readiness likeness mess chess plant restaurant "
    "grant warrant instant covenant remnant list mist twist fist".split()
)


def read_titles(words: Iterable[str]) -> tuple[frozenset[str], ...]:
    """The titles and trades of a person, each as its own words: not those of whom else a role speaks.

    >>> [sorted(title) for title in read_titles("an adviser to the president and a retired colonel".split())]
    [['adviser'], ['colonel', 'retired']]
    """
    out: list[frozenset[str]] = []
    title: list[str] = []
    own = True
    for word in (*words, ","):
        if word in {",", "and", "(", ")"}:
            if title:
                out.append(frozenset(title))
            title, own = [], True
        elif word in _AFTER_TITLE:
            own = False
        elif own and word not in DETERMINERS:
            word = word.removeprefix("then-").removeprefix("ex-")
            title.append(_TITLE_ABBREVIATIONS.get(word.rstrip("."), word))
    return tuple(out)


def read_name(text: str, tokens: Tokens, span: Span) -> Named:
    """Read the noun phrase at `span`."""
    first, last = tokens.at(span.start), tokens.at(span.end)
    lower, shape = tokens.lower, tokens.shape
    pronoun = lower[first].partition("'")[0]  # he's, they've
    pronoun = {"his": "he", "her": "she", "their": "they", "its": "it"}.get(pronoun, pronoun)
    if last - first == 1 and pronoun in PRONOUNS:
        gender = {"he": "m", "she": "f"}.get(pronoun, "")
        plural = pronoun in {"they", "we"}
        return Named(
            "pronoun", (), text[span.start : span.end], None, pronoun, gender, plural, True, frozenset()
        )
    comma = next((k for k in range(first + 1, last) if lower[k] in DASHES | {",", "("}), last)
    relative = next((k for k in range(first + 1, last) if lower[k] in {"who", "which", "whose"}), last)
    if relative <= comma + 1:
        if (named := _given_as(tokens, relative, last)) is not None:
            return _self_named(text, tokens, first, min(relative, comma), named, last)
        comma = min(comma, relative)
    definite = lower[first] in {"the", "this", "that", "these", "those", "his", "her", "its", "their"}
    core = first
    if lower[first : first + 2] == ["one", "of"]:
        noun = lower[first + 2 : comma][-1:] or [""]
        one = " ".join(text[tokens.start[first] : tokens.end[comma - 1]].split())
        return Named("described", (), one, None, noun[0].removesuffix("s"), "", False, False, frozenset())
    while core < comma and lower[core] in _ARTICLES and core + 1 < comma:
        core += 1
    words = frozenset(w for w in lower[core:comma] if w not in _PREPOSITIONS and w not in DETERMINERS)
    preposition = next((k for k in range(core + 1, comma) if lower[k] in _PREPOSITIONS), comma)
    head = lower[preposition - 1].removesuffix("'s") if preposition > core else ""
    head = head.removeprefix("then-").removeprefix("ex-")

    def piece(a: int, b: int) -> str:
        return " ".join(text[tokens.start[a] : tokens.end[b - 1]].split()) if a < b else ""

    acronym = comma - core == 1 and text[tokens.start[core] : tokens.end[core]].isupper()
    if _is_list(tokens, core, comma):
        return Named("people", (), piece(core, comma), None, head, "", True, False, words)
    start: int | None
    of_body = head in BODIES and preposition < comma  # "the office of Speaker Orlov"
    if (
        lower[core] in GIVEN
        and preposition - core > 1
        and all(shape[k] in "Wt" for k in range(core, preposition))
    ):
        comma = min(comma, preposition)  # "Kenneth Palmer of the Brook Institution"
    start, gender = (None, "") if acronym or of_body else _name_start(tokens, core, comma)
    if start is not None:
        start = _own_name(tokens, core, start, comma)
        gender = gender if start is not None else ""
    if start is None and not acronym and preposition < comma and lower[preposition] in {"of", "from"}:
        # "Senator Bob Cork of Tennessee": the name stands in front of where somebody is from.
        start, gender = _name_start(tokens, core, preposition)
        start = start if start is not None and start > core and preposition - start > 1 else None
        comma = preposition if start is not None else comma
    if start is not None:
        name = tuple(key(w) for w in lower[start:comma] if w not in {'"', "“", "”", "'", "."})
        given = lower[start]
        gender = gender or ("m" if given in HIS else "f" if given in HERS else "")
        titles = {w for w in lower[core:start] if w in PERSONS or w in PEOPLE or w in TITLES or "." in w}
        role = piece(core, start) if titles else None  # not "the way Orlov"
        appositive = piece(*_appositive(tokens, comma, last))
        nouns = frozenset(lower[core:start]) | frozenset(lower[comma:last])
        own = read_titles([*lower[core:start], *lower[comma:last]])
        if nouns & {"dr", "dr."}:
            nouns |= {"doctor"}
        if not gender:
            gender = "m" if nouns & MEN else "f" if nouns & WOMEN else ""
        if role is not None and role.lower().rstrip(".") in {"mr", "mrs", "ms", "miss", "dr"}:
            role = None
        printed = piece(start, comma).removesuffix("'s").removesuffix("’s")
        return Named("person", name, printed, appositive or role, "", gender, False, False, nouns, own)
    # "an analyst, Amjad Nassar, said": the name stands in the appositive.
    if comma + 1 < last and (
        head in PERSONS or head not in BODIES | GENERIC_BODIES and shape[comma + 1 : comma + 3] == "WW"
    ):
        end = next((k for k in range(comma + 1, last) if lower[k] in {",", "("}), last)
        begin, gender = _name_start(tokens, comma + 1, end)
        if begin is not None and (
            begin == comma + 1 or lower[begin - 1] in _NAMING or shape[begin - 1] == "t"
        ):
            name = tuple(key(w) for w in lower[begin:end])
            gender = gender or ("m" if lower[begin] in HIS else "f" if lower[begin] in HERS else "")
            title = begin - (lower[begin - 1] in {"called", "named"})
            role = piece(comma + 1 + (lower[comma + 1] in _ARTICLES), title) or piece(core, comma)
            return Named(
                "person",
                name,
                piece(begin, end),
                role,
                "",
                gender,
                False,
                False,
                frozenset(lower[core:begin]),
                read_titles(lower[core:begin]),
            )
    description = piece(core, comma).removesuffix("'s").removesuffix("’s")
    behind = _appositive(tokens, comma, last)
    if (acronym or head in GENERIC_BODIES) and "W" in shape[slice(*behind)]:
        # "LOD, the Levant Observatory for Detainees"; "her organisation, the Rhine Relief Fund"
        full = next((k for k in range(*behind) if lower[k] in {",", "("}), behind[1])
        if any(w in BODIES or w in PLURAL_BODIES or w == "fund" for w in lower[behind[0] : full]):
            description = piece(behind[0], full)
            words |= frozenset(w for w in lower[behind[0] : full] if w not in _PREPOSITIONS)
    plural = (
        head in PEOPLE
        or head in PLURAL_BODIES
        or "and" in lower[core:preposition]
        or (head.endswith("s") and not head.endswith("ss") and shape[preposition - 1] == "w")
    )
    body = not (head in PERSONS or head in PEOPLE) and (
        head in BODIES or head in PLURAL_BODIES or head in GENERIC_BODIES or shape[preposition - 1] in "Wa"
    )
    gender = "m" if head in MEN else "f" if head in WOMEN else ""
    kind: SourceKind = "people" if plural and not body else "body" if body else "described"
    appositive_words = frozenset(lower[comma:last])
    return Named(
        kind, (), description, None, head, gender, plural, definite, words | (appositive_words & BODIES)
    )


def _is_list(tokens: Tokens, core: int, end: int) -> bool:
    """Whether a phrase names two people or bodies: "Farid Kassab and Walid Shammout"."""
    lower, shape = tokens.lower, tokens.shape
    joint = next((k for k in range(core + 1, end - 1) if lower[k] == "and"), None)
    if joint is None or any(lower[k] in {"of", "for"} for k in range(core, joint)):
        return False
    return shape[joint - 1] == "W" and (shape[joint + 1] in "Wt" or lower[joint + 1] in _ARTICLES)


def _self_named(text: str, tokens: Tokens, first: int, end: int, given: int, last: int) -> Named:
    """ "A man who gave his name as Abu Omar": the name, and the description up to `end` as the role."""
    lower = tokens.lower
    last -= lower[last - 1] == ","
    first += lower[first] in _ARTICLES
    name = tuple(key(word) for word in lower[given:last])
    printed = text[tokens.start[given] : tokens.end[last - 1]]
    role = text[tokens.start[first] : tokens.end[end - 1]]
    own = lower[first:end]
    return Named("person", name, printed, role, "", "", False, False, frozenset(own), read_titles(own))


def _own_name(tokens: Tokens, core: int, start: int, end: int) -> int | None:
    """Where a source's name begins, or None if "a spokesman for Karim Dalati" names somebody else by it."""
    lower, shape = tokens.lower, tokens.shape
    at = next((k for k in range(start - 1, core, -1) if lower[k] in _PREPOSITIONS), None)
    if at is None:
        return start
    between = [word for word in lower[at + 1 : start] if word not in DETERMINERS]
    related = lower[at - 1] in _RELATED or lower[at - 1] in PEOPLE
    if not between:
        # "President of Ruritania Jan Wolski": a given name shows where the body's ends.
        if related or lower[at - 1] not in PERSONS or end - start < 3:
            return None
        return next((k for k in range(start + 1, end - 1) if lower[k] in GIVEN), end - 2)
    if any(w in BODIES or w in PLURAL_BODIES or w in PLACES or w in _PORTFOLIOS for w in between):
        return start
    titled = lower[start - 1] in PERSONS or lower[start - 1] in TITLES or shape[start - 1] == "t"
    return None if titled and related else start


def _given_as(tokens: Tokens, relative: int, last: int) -> int | None:
    """Where the name begins that a source "gave as" its own or "goes by", at the end of the phrase."""
    lower = tokens.lower
    k = end = last - (lower[last - 1] == ",")
    while k > relative and (tokens.shape[k - 1] == "W" or lower[k - 1] in PARTICLES):
        k -= 1
    naming = lower[k - 1] in {"as", "by", "named", "called", "only", "himself", "herself"} and any(
        w in {"name", "named", "called", "calls", "identified", "known", "goes", "himself", "herself"}
        for w in lower[relative:k]
    )
    return k if k < end and naming else None


def _name_start(tokens: Tokens, core: int, end: int) -> tuple[int | None, str]:
    """First token of the person's name that ends the phrase at `end`, and the sex its title tells."""
    lower, shape = tokens.lower, tokens.shape
    k = end
    gender = ""
    while k > core:
        i = k - 1
        word = lower[i]
        if word in {'"', "“", "”"} and k < end:
            k = i
            continue
        if word in PARTICLES and shape[i] == "w" and k < end:
            k = i
            continue
        if word.startswith(("al-", "el-", "ash-", "ad-", "as-", "ar-", "bin-")) and shape[i] == "w":
            k = i
            continue
        if shape[i] == "t":
            if len(word) == 2:
                k = i
                continue
            gender = _GENDERED_TITLES.get(word, "")
            break
        if word in _GENDERED_TITLES and k < end:
            gender = _GENDERED_TITLES[word]
            break
        if (
            shape[i] != "W"
            or word in PERSONS
            or word in PEOPLE
            or word in TITLES
            or (word in _NEVER_NAMES and not (word in NAME_LIKE and i > core))
            or (word.endswith("'s") and i < end - 1)
        ):
            break
        if k < end and lower[k] in GIVEN and (word in BODIES or word in PLURAL_BODIES):
            break  # "Secretary of State Lena Marsh"
        if word in _PORTFOLIOS and k < end and _is_office(tokens, i, core):
            break
        if word in ADJECTIVES or word in PLACES:
            if word in PLACES and k < end and i > core and shape[i - 1] == "W" and lower[i - 1] in GIVEN:
                k = i  # "Jordan Washington": a place as a surname behind a given name
                continue
            break
        k = i
    if k == end:
        return None, ""
    titled = k > core and (
        lower[k - 1] in PERSONS
        or shape[k - 1] == "t"
        or lower[k - 1] in TITLES
        or lower[k - 1] in _GENDERED_TITLES
    )
    run = range(k, end)
    if lower[end - 1] in _NAMESAKES and not titled and lower[k] not in GIVEN:
        return None, ""
    given = lower[k] in GIVEN or lower[k].split("-")[0] in GIVEN
    ranked = k > core and (lower[k - 1] in PERSONS or shape[k - 1] == "t")
    if not ranked and not given and any(lower[j] in BODIES or lower[j] in PLURAL_BODIES for j in run):
        return None, ""
    if not titled and k > core and not given:
        # "Damascus Jassem"? A capitalised word in front that is no title: a body ("Syrian Electronic Army").
        if lower[k - 1] in ADJECTIVES or lower[k - 1] in PLACES or lower[k - 1] in _PREPOSITIONS:
            return (None, "") if len(run) < 2 or lower[k - 1] in _PREPOSITIONS else (k, gender)
        if shape[k - 1] == "w":
            # "opposition figure Haitham Maleh", "lawmaker Smith": a noun in front is a role.
            return (
                (k, gender) if lower[k - 1] not in BODIES and not lower[k - 1].endswith("ly") else (None, "")
            )
    if not titled and k > 0 and k == core and lower[k - 1] == "the" and not given:
        return None, ""
    raw = end - k
    if raw == 1 and not titled and len(lower[k]) <= 5 and _is_acronym(tokens, k):
        return None, ""
    wordy = any(c.isalpha() for c in lower[k])
    return (k, gender) if raw <= 6 and wordy else (None, "")


def _is_office(tokens: Tokens, i: int, core: int) -> bool:
    """Whether the word at i ends an office: "secretary of state", "minister for foreign affairs"."""
    lower = tokens.lower
    of = next((k for k in range(i - 1, max(core, i - 4), -1) if lower[k] in {"of", "for"}), None)
    return of is not None and (lower[of - 1] in PERSONS or lower[of - 1] in TITLES)


def _is_acronym(tokens: Tokens, k: int) -> bool:
    return (
        tokens.shape[k] == "a"
        or (tokens.lower[k] in AGENCIES)
        or not any(c in "aeiouy" for c in tokens.lower[k])
    )


def _appositive(tokens: Tokens, comma: int, last: int) -> tuple[int, int]:
    """Tokens of the role behind the name: without its article, no age, no relative clause."""
    lower = tokens.lower
    k = comma + 1
    if k >= last or lower[comma] != ",":
        return (k, k)
    if lower[k].isdigit():
        k += 2 if k + 1 < last and lower[k + 1] == "," else 1
    if k < last and lower[k] in {"a", "an", "the"}:
        k += 1
    if k >= last or lower[k] in {"who", "which", "whose"}:
        return (k, k)
    end = last
    while end > k and lower[end - 1] in {",", ")"}:
        end -= 1
    return (k, end)
