"""Word lists, plain text beside this file; each states its source and licence in its head."""

import os
import re
from functools import cache
from itertools import product
from typing import NamedTuple


class CueForm(NamedTuple):
    """One inflected form of a cue verb: its lemma, what it takes, which form it is, and its particle if any.

    `form` is ``base`` (say), ``s`` (says), ``past`` (said, also the participle if they are the same),
    ``participle`` (written) or ``ing`` (saying).
    """

    lemma: str
    takes: str
    form: str
    particle: str = ""


@cache
def _lines(name: str) -> tuple[str, ...]:
    with open(os.path.join(os.path.dirname(__file__), name), encoding="utf-8") as file:
        text = file.read()
    return tuple(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


@cache
def words(name: str) -> frozenset[str]:
    """All words of a plain list."""
    return frozenset(word for line in _lines(f"{name}.txt") for word in line.split())


@cache
def table(name: str) -> dict[str, frozenset[str]]:
    """A list in sections, ``section : words``; a section may go on in a later line."""
    out: dict[str, frozenset[str]] = {}
    for line in _lines(f"{name}.txt"):
        section, _, rest = line.partition(":")
        out[section.strip()] = out.get(section.strip(), frozenset()) | frozenset(rest.split())
    return out


@cache
def classes(name: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Phrases by class, every marked word in all its forms: ``class: phrase; phrase …``.

    "~" stands after a regular verb (-s, -ed, -ing), "+" after a noun (plural). A class may go on in later
    lines.
    """
    out: dict[str, list[str]] = {}
    for line in _lines(f"{name}.txt"):
        section, _, rest = line.partition(":")
        for phrase in rest.split(";"):
            forms = product(*map(_forms, phrase.split()))
            out.setdefault(section, []).extend(" ".join(words) for words in forms)
    return tuple((section, tuple(phrases)) for section, phrases in out.items())


def _forms(word: str) -> list[str]:
    if word.endswith("+"):
        noun = word[:-1]
        return [noun, noun[:-3] + "men" if noun.endswith("man") else with_s(noun)]
    if not word.endswith("~"):
        return [word]
    verb = word[:-1]
    forms = [verb, with_s(verb), _past(verb), _ing(verb)]
    if _MAY_DOUBLE.search(verb):
        # Whether it does is a matter of stress; a form too many is never met.
        forms += [verb + verb[-1] + "ed", verb + verb[-1] + "ing"]
    return forms


@cache
def cue_forms() -> dict[str, CueForm]:
    """Every inflected form of every cue verb."""
    out: dict[str, CueForm] = {}
    for line in _lines("cues.txt"):
        verbs, _, codes = line.partition(":")
        lemma, *irregular = verbs.split()
        takes = "".join(code for code in codes.split() if not code.startswith("+"))
        particle = "".join(code[1:] for code in codes.split() if code.startswith("+"))
        past, participle = irregular if irregular else (_past(lemma),) * 2
        for word, form in (
            (_ing(lemma), "ing"),
            (lemma, "base"),
            (with_s(lemma), "s"),
            (participle, "participle"),
            (past, "past"),
        ):
            out[word] = CueForm(lemma, takes, form, particle)
    return out


_VOWELS = "aeiou"
_MAY_DOUBLE = re.compile("[^aeiou][aeiou][bdgklmnprt]$")
# Verbs of the list whose final consonant is doubled, as stress has it.
_DOUBLING = frozenset(
    "slam admit refer quip brag plan chat pin nod rebut beg regret dub blog log snap".split()
)


def with_s(verb: str) -> str:
    """A verb's third person, or a noun's plural.

    >>> with_s("deny"), with_s("wish"), with_s("call")
    ('denies', 'wishes', 'calls')
    """
    if verb.endswith(("s", "sh", "ch", "x", "z", "o")):
        return verb + "es"
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return verb[:-1] + "ies"
    return verb + "s"


def _past(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return verb[:-1] + "ied"
    return verb + (verb[-1] if verb in _DOUBLING else "") + "ed"


def _ing(verb: str) -> str:
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return verb[:-1] + "ing"
    return verb + (verb[-1] if verb in _DOUBLING or verb == "begin" else "") + "ing"
