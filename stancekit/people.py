"""Document -> the people it names in full, wherever they stand: a surname may come first."""

from collections.abc import Iterable
from typing import NamedTuple

from stancekit.document import Document
from stancekit.lexicon.grammar import (
    DAYS,
    DETERMINERS,
    LEADING,
    PARTICLES,
    PERSONS,
    PREPOSITIONS,
    ROLE_MODIFIERS,
    STOPS,
    TITLES,
)
from stancekit.names import ADJECTIVES, GIVEN, HIS, PLACES, Named, key
from stancekit.tokens import Tokens


class FullName(NamedTuple):
    """A name of two words or more; `name` is in the form that names are compared in."""

    name: tuple[str, ...]
    printed: str
    gender: str
    role: str | None


def find_people(document: Document, sources: Iterable[Named | None]) -> dict[str, list[FullName]]:
    """Every full name of the article by its last word, each once, sources first.

    A run of capitalised words is a name if it begins with a given name of the list, stands behind a title
    or a noun of people, or ends with a surname that is a source elsewhere.
    """
    out: dict[str, list[FullName]] = {}
    seen: set[tuple[str, ...]] = set()
    surnames: set[str] = set()
    for n in sources:
        if n is None or n.kind != "person":
            continue
        surnames.add(n.name[-1])
        if len(n.name) > 1 and n.name not in seen:
            seen.add(n.name)
            out.setdefault(n.name[-1], []).append(FullName(n.name, n.text, n.gender, n.role))
    text, tokens = document.text, document.tokens
    starts = {first for first, _ in document.units}
    end = 0
    while (first := tokens.shape.find("W", end)) >= 0:
        end = _run_end(tokens, first, starts)
        if end - first < 2:
            continue
        while first < end and (
            tokens.lower[first] in PERSONS or tokens.lower[first] in TITLES or is_no_name(tokens, first)
        ):
            first += 1
        if not 2 <= end - first <= 5:
            continue
        name = tuple(map(key, tokens.lower[first:end]))
        given = tokens.lower[first] in GIVEN
        titled = (
            first > 0
            and first not in starts
            and (tokens.lower[first - 1] in PERSONS or tokens.shape[first - 1] == "t")
        )
        if name in seen or not (given or titled or name[-1] in surnames):
            continue
        seen.add(name)
        if (brother := _before_and(text, tokens, first, starts)) is not None:
            out.setdefault(name[-1], []).append(brother._replace(name=(*brother.name, *name[1:])))
        printed = " ".join(text[tokens.start[first] : tokens.end[end - 1]].split())
        printed = printed.removesuffix("'s").removesuffix("’s")
        gender = ("m" if tokens.lower[first] in HIS else "f") if given else ""
        out.setdefault(name[-1], []).append(
            FullName(name, printed, gender, _role_in_front(text, tokens, first, starts))
        )
    return out


def same_person(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Whether two names can be one person's: a surname alone, or no given name that differs.

    >>> same_person(("orlov",), ("lev", "orlov"))
    True
    >>> same_person(("rana", "orlov"), ("lev", "orlov"))
    False
    """
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    if long[-len(short) :] == short:
        return len(short) == len(long) or long[-len(short) - 1] not in _PARENTS  # Abu Omar is not Omar
    # A middle name or an initial more: the first and the last agree.
    return len(short) > 1 and short[0] == long[0] and short[-1] == long[-1]


# "Abu" and "Umm", as `key` has them: the name behind is the child's.
_PARENTS = frozenset({"abo", "om"})


def distinct(names: list[FullName]) -> list[FullName]:
    """One entry a person."""
    out: list[FullName] = []
    for entry in names:
        if not any(same_person(entry.name, other.name) for other in out):
            out.append(entry)
    return out


def _before_and(text: str, tokens: Tokens, first: int, starts: set[int]) -> FullName | None:
    """ "Karim and Basil Dalati": the first of the two, whose surname is that of the second."""
    k = first - 2
    if k < 0 or {k + 1, first} & starts or tokens.lower[k + 1] != "and" or tokens.lower[k] not in GIVEN:
        return None
    if tokens.shape[k] != "W" or (k > 0 and k not in starts and tokens.shape[k - 1] in "Wt"):
        return None
    printed = text[tokens.start[k] : tokens.end[k]]
    return FullName((key(printed),), printed, "m" if tokens.lower[k] in HIS else "f", None)


def is_no_name(tokens: Tokens, k: int) -> bool:
    """Whether a capitalised word is no part of a person's name: a place, a day, "The", "However"."""
    word = tokens.lower[k]
    if word in STOPS or word in LEADING or word in PREPOSITIONS:
        return word not in GIVEN
    if word in {"mr", "mrs", "ms", "miss", "dr", "sir"}:
        return True
    return word in ADJECTIVES or word in PLACES or word in DAYS or word in DETERMINERS or word.endswith("'s")


def _run_end(tokens: Tokens, k: int, starts: set[int]) -> int:
    """End of the capitalised words that follow each other from k on, particles and initials among them."""
    end, n_tokens = k + 1, len(tokens)
    while end < n_tokens and end not in starts and tokens.start[end] - tokens.end[end - 1] <= 1:
        word, letter = tokens.lower[end], tokens.shape[end]
        initial = letter == "t" and len(word) == 2
        particle = letter == "w" and (
            word in PARTICLES or word.startswith(("al-", "el-", "as-", "ad-", "ar-"))
        )
        if tokens.lower[end - 1].endswith("'s") or not (letter == "W" or initial or particle):
            break
        end += 1
    while end > k + 1 and tokens.shape[end - 1] == "w" and tokens.lower[end - 1] in PARTICLES:
        end -= 1
    return end


def _role_in_front(text: str, tokens: Tokens, k: int, starts: set[int]) -> str | None:
    """The title that stands in front of a name in the running text."""
    lower, shape = tokens.lower, tokens.shape
    if k in starts or not k or not (lower[k - 1] in PERSONS or shape[k - 1] == "t"):
        return None
    if lower[k - 1].rstrip(".") in {"mr", "mrs", "ms"}:
        return None
    first = k - 1
    while first not in starts and k - first < 6 and lower[first - 1] not in DETERMINERS:
        if not (shape[first - 1] == "W" or lower[first - 1] in ROLE_MODIFIERS):
            break
        first -= 1
    return " ".join(text[tokens.start[first] : tokens.end[k - 1]].split())
