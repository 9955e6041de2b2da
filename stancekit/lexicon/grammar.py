"""The closed word classes of grammar.txt, as sets."""

from stancekit.lexicon import table

_CLASSES = table("grammar")

SUBJECTS = _CLASSES["subject"]
OBJECTS = _CLASSES["object"]
DETERMINERS = _CLASSES["determiner"]
ALONE = _CLASSES["alone"]
PREPOSITIONS = _CLASSES["preposition"]
STOPS = _CLASSES["stop"]
WEEKDAYS = _CLASSES["day"]
MONTHS = _CLASSES["month"]
DAYS = WEEKDAYS | MONTHS
BE = _CLASSES["be"]
HAVE = _CLASSES["have"]
MODALS = _CLASSES["modal"]
AUXILIARIES = _CLASSES["auxiliary"]
TIMES = _CLASSES["time"] | DAYS
LEADING = _CLASSES["leading"] | DAYS
FINITE = _CLASSES["finite"]
VENUES = _CLASSES["venue"]
HEARERS = _CLASSES["hearer"]
APPOSITIONS = _CLASSES["apposition"]
CONTINUATIONS = _CLASSES["continuation"]
SETTINGS = _CLASSES["setting"]
ASIDES = _CLASSES["aside"]
OWN_CLAUSES = _CLASSES["own_clause"]
PARTICLES = _CLASSES["particle"]
TITLES = _CLASSES["title"]
ROLE_MODIFIERS = _CLASSES["role_modifier"]
AGENCIES = _CLASSES["agency"]

# Helping verbs, and determiners that need a noun.
HELPING = BE | HAVE | MODALS
DEPENDENT = DETERMINERS - ALONE

# Capitalised, these are names: Theresa May, Will Abbott.
NAME_LIKE = frozenset({"may", "will"})
DASHES = frozenset({"—", "–", "―", "-", "--"})
BREAKS = DASHES | {",", ";", ":"}

_SOURCES = table("sources")
MEN = _SOURCES["m"]
WOMEN = _SOURCES["f"]
PERSONS = _SOURCES["p"] | MEN | WOMEN
PEOPLE = _SOURCES["pp"]
BODIES = _SOURCES["o"]
PLURAL_BODIES = _SOURCES["oo"]
SOURCE_NOUNS: frozenset[str] = frozenset().union(*_SOURCES.values())


def is_adverb(word: str) -> bool:
    """Whether a lower-case word is an adverb by its ending."""
    return len(word) > 4 and word.endswith("ly") and word not in _CLASSES["noun_in_ly"]
