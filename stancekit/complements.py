"""What follows a cue verb: its addressee, times and places, and how its content begins."""

from collections.abc import Callable
from typing import Literal, NamedTuple

from stancekit.lexicon import CueForm, cue_forms
from stancekit.lexicon.grammar import (
    BE,
    BREAKS,
    DAYS,
    DETERMINERS,
    HAVE,
    HEARERS,
    HELPING,
    MODALS,
    OBJECTS,
    PREPOSITIONS,
    STOPS,
    SUBJECTS,
    TIMES,
    VENUES,
    WEEKDAYS,
    is_adverb,
)
from stancekit.noun_phrases import is_verbal
from stancekit.tokens import Tokens

Form = Literal["clause", "object", "infinitive"]
Before = Literal["quotation", "comma", ""]


class Complement(NamedTuple):
    """How a verb goes on.

    ``cue_end`` is behind the verb and its addressee, ``end`` behind times and places as well: a content on
    the right begins there. ``that`` says that the clause has its conjunction.
    """

    form: Form
    cue_end: int
    end: int
    that: bool = False


# Verbs whose content may stand in front of them without quotation marks ("The talks had failed, he said").
_POSTPOSED = frozenset(
    "say tell add report announce claim note warn explain write argue insist confirm acknowledge "
    "admit concede state declare believe think suggest recall testify predict estimate complain continue "
    "conclude stress tweet post comment remark observe reply respond ask joke maintain contend "
    "allege affirm promise vow quip counter forecast submit claim remind".split()
)
# Verbs whose object, where they have one, is rather a clause without "that".
_CLAUSE_FIRST = frozenset(
    "report announce claim state say admit acknowledge confirm reveal predict estimate suggest warn "
    "declare allege believe".split()
)
# Verbs of the class "t" that always name whom they address.
_TELLING = frozenset("tell inform remind assure reassure notify".split())


def read_complement(
    tokens: Tokens, cue: CueForm, after: int, high: int, opens: dict[int, int], before: Before
) -> Complement | None:
    """How the verb that ends in front of `after` goes on, or None if it is no cue here.

    Parameters
    ----------
    before : what ends in front of the attribution: a quotation, a clause with a comma, or nothing
    """
    lower, shape = tokens.lower, tokens.shape
    lemma, takes = cue.lemma, cue.takes
    quote_before = before == "quotation"
    if lemma == "go":  # "…," he went on
        return (
            Complement("clause", after + 1, after + 1)
            if before and lower[after : after + 1] == ["on"]
            else None
        )
    k = after
    if cue.particle:
        k += lower[k : k + 1] == ["it"]  # "made it clear that"
        if lower[k : k + 1] != [cue.particle]:
            return None
        k += 1
    if lemma == "point":
        if lower[k : k + 1] != ["out"]:
            return None if lower[k : k + 1] != ["to"] else Complement("object", k + 1, k + 1)
        k, takes = k + 1, "cq"
    cue_end = k
    addressed = False
    if (
        "t" in takes
        and k < high
        and k not in opens
        and (end := _addressee_end(tokens, k, high, opens, lemma)) is not None
    ):
        k = cue_end = end
        addressed = True
        if k < high and lower[k] == "to" and lemma not in {"promise", "swear"}:
            return None if lower[k + 1 : k + 2] == ["be"] else Complement("infinitive", after, after)
        if k < high and lower[k] in {"of", "about", "against"}:
            return Complement("object", k + 1, k + 1)
    elif (
        k + 1 < high
        and lower[k] == "to"
        and (lower[k + 1] in OBJECTS or lower[k + 1] in HEARERS)
        and "i" not in takes
    ):
        k = cue_end = k + 2
    end = skip_adjuncts(tokens, k, high, opens)
    if quote_before and ("q" in takes or "c" in takes) and lower[end : end + 1] != ["that"]:
        # "…," the boy asked his father on the stairs: no content up to the next comma or quotation.
        while (
            end < high and end not in opens and lower[end] not in BREAKS and not _is_finite_verb(lower[end])
        ):
            end += 1
        return Complement("clause", cue_end, end)
    says = any(letter in takes for letter in "cqt")
    following = lower[end] if end < high else ""
    if following == "that" and end + 1 < high and any(letter in takes for letter in "cth"):
        return Complement("clause", cue_end, end + 1, that=True)
    if says and following in BREAKS and end + 1 < high and (end + 1 in opens or following == ":"):
        return Complement("clause", cue_end, end + 1)
    if end in opens:
        return Complement("clause" if says else "object", cue_end, end) if says or "o" in takes else None
    closed = end >= high or following in {".", "?", "!", ";"} or shape[end] == "."
    if closed or following in {",", ")"}:
        complete = "t" not in takes or addressed or quote_before or lemma == "warn"
        if says and complete and (before or lemma in _POSTPOSED):
            return Complement("clause", cue_end, end)
        if "o" not in takes or (closed and end == after):
            return None
    if lemma in {"ask", "decline", "request", "refuse"} and lower[k : k + 3] in _ANONYMITY:
        return None  # "who asked not to be named"
    if "a" in takes:  # put the toll at 40
        return Complement("object", cue_end, k) if "at" in lower[k : k + 12] else None
    if "i" in takes and k + 1 < high and lower[k] == "to":
        return Complement("infinitive", k, k)
    if "p" in takes:
        for j in (k, end):
            if j < high and lower[j] in _prepositions(lemma):
                return Complement("object", cue_end if j > k else j + 1, j + 1)
    if lemma == "call" and k < high and lower[k] in {"off", "up", "in", "out", "back"} | PREPOSITIONS:
        return None
    if "q" in takes and not any(letter in takes for letter in "cot"):
        return Complement("clause", cue_end, end) if quote_before else None
    if lemma in _SELDOM_SAYING and not _SELDOM_SAYING[lemma](tokens, k, high):
        return None
    if end < high and ("c" in takes or ("t" in takes and addressed)):
        if "o" in takes and lemma not in _CLAUSE_FIRST:
            return Complement("object", cue_end, k)
        return Complement("clause", cue_end, end if shape[end] in "Wtaw" else k)
    if (
        "o" in takes
        and k < high
        and lower[k] not in _NO_OBJECT
        and (lemma != "call" or _names_something(tokens, k, high, opens))
    ):
        return Complement("object", cue_end, k)
    return None


_ANONYMITY = [["not", "to", "be"], ["to", "be", "named"], ["to", "be", "identified"], ["that", "his", "name"]]


def _is_finite_verb(word: str) -> bool:
    return word in HELPING


def _has_verb(tokens: Tokens, k: int, high: int) -> bool:
    """Whether a finite verb stands behind a subject, up to the next "and" or comma."""
    for j in range(k, min(high, k + 25)):
        if tokens.lower[j] == "and" or tokens.lower[j] in BREAKS:
            return False
        if j > k and (_is_finite_verb(tokens.lower[j]) or is_verbal(tokens, j)):
            return True
    return False


def _has_number(tokens: Tokens, k: int, high: int) -> bool:
    return any(
        tokens.lower[j][0].isdigit() or tokens.lower[j] in _NUMBERS for j in range(k, min(high, k + 4))
    )


def _asks_for_action(tokens: Tokens, k: int, high: int) -> bool:
    """ "urged the army to stop", "urged restraint", but not "urged his mule up the slope"."""
    return "to" in tokens.lower[k : min(high, k + 12)] or tokens.lower[k] not in DETERMINERS


def _is_no_person(tokens: Tokens, k: int, high: int) -> bool:
    return tokens.lower[k] not in OBJECTS


_NUMBERS = frozenset("one two three four five six seven eight nine ten dozens hundreds thousands".split())
# Verbs that more often do something than say something, and what tells that they say it.
_SELDOM_SAYING: dict[str, Callable[[Tokens, int, int], bool]] = {
    "answer": _has_verb,
    "maintain": _has_verb,
    "threaten": _has_verb,
    "post": _has_verb,
    "believe": _has_verb,
    "feel": _has_verb,
    "think": _has_verb,
    "wish": _has_verb,
    "add": _has_verb,
    "counter": _has_verb,
    "hold": _has_verb,
    "count": _has_number,
    "list": _has_number,
    "log": _has_number,
    "tally": _has_number,
    "urge": _asks_for_action,
    "welcome": _is_no_person,
}
_NO_OBJECT = frozenset(
    ". ? ! , ; by in on at as and or but down up off out away into from with for to than".split()
)


_TO_OBJECTS = frozenset("refer allude appeal respond object testify".split())


def _prepositions(lemma: str) -> frozenset[str]:
    """The prepositions that open what a verb says: called for, warned of, pleaded with."""
    if lemma == "call":
        return frozenset({"for", "on", "upon"})
    if lemma in {"speak", "talk"}:
        return frozenset({"of"})
    some = {"for", "on", "upon", "of", "about", "against", "over"}
    if lemma in {"plead", "disagree", "rail"}:
        some |= {"with", "at"}
    if lemma in _TO_OBJECTS:
        some.add("to")
    if lemma in {"agree", "side"}:
        some.add("with")
    if lemma in {"scoff", "lash", "balk"}:
        some.add("at")
    return frozenset(some)


def _names_something(tokens: Tokens, k: int, high: int, opens: dict[int, int]) -> bool:
    """ "called it a farce", "called Y '…'": something is named, nobody is telephoned."""
    lower, shape = tokens.lower, tokens.shape
    stop = min(high, k + 14)
    if any(j in opens for j in range(k, stop)):
        return True
    for j in range(k + 1, stop):
        before = lower[j - 1]
        ended = lower[j] in _OBJECT_ENDS
        if (ended or j + 1 == high) and _judges(tokens, k, j - ended):
            return True
        if lower[j] in {",", "."}:
            return False
        if (
            lower[j] in {"a", "an", "the"}
            and before not in PREPOSITIONS
            and (before not in STOPS or before in OBJECTS)
        ):
            return shape[j - 1] in "Ww"
    return False


def _judges(tokens: Tokens, first: int, last: int) -> bool:
    """Whether an object from `first` to `last` ends in what it is called: "called the order [heartless]"."""
    word = tokens.lower[last]
    named = last > first + (tokens.lower[first] not in OBJECTS)
    return named and tokens.shape[last] == "w" and (word in _JUDGEMENTS or word.endswith(_JUDGING))


_OBJECT_ENDS = BREAKS | {".", "and"}
_JUDGING = (
    "less",
    "ful",
    "ous",
    "ic",
    "able",
    "ible",
    "ive",
    "ary",
    "ant",
    "ent",
    "ical",
    "istic",
    "ed",
    "ing",
)
_JUDGEMENTS = frozenset(
    "modest cruel stupid fair unfair wrong right good bad weak strong false true absurd unjust brutal sad "
    "grave illegal legal dead empty useless late early cheap unwise wise naive premature immoral".split()
)


def _addressee_end(tokens: Tokens, k: int, high: int, opens: dict[int, int], lemma: str) -> int | None:
    """End of the addressee behind told, warned, asked …: "reporters", "the council", "him"."""
    lower, shape = tokens.lower, tokens.shape
    if lower[k] in OBJECTS:
        return k + 1
    if lower[k] in {"that", "to", "of", ","} or lower[k] in SUBJECTS:
        return None
    j = k
    while j < high and lower[j] in DETERMINERS and lower[j] != "that":
        j += 1
    start = j
    while (
        j < high
        and j not in opens
        and not (j > start and lower[j - 1] in {"reporters", "journalists", "lawmakers"})
    ):
        word, letter = lower[j], shape[j]
        if (
            (letter in "p." and word != "&")
            or word in STOPS
            or word in SUBJECTS
            or word in WEEKDAYS
            or is_adverb(word)
        ):
            break
        if word in PREPOSITIONS and not (word in {"of", "from"} and j > start):
            break
        if word in DETERMINERS and lower[j - 1] not in {"of", "and"}:
            break
        if j > start:
            if word == "and" and not (j + 1 < high and shape[j + 1] == shape[j - 1]):
                break
            # "told Reuters people …": a name is followed by a common noun of another phrase.
            same = letter == shape[j - 1] or (shape[j - 1] in "Ww" and k < start)
            if not same and word not in _IN_NAMES and lower[j - 1] not in {"of", "and"}:
                break
        j += 1
    if j == start:
        return None
    followed = j < high and lower[j] in {"that", "to", "against", "of", "about"}
    return j if lemma in _TELLING or followed else None


_IN_NAMES = frozenset("news television radio newspaper of and magazine state agency".split())


def skip_adjuncts(tokens: Tokens, start: int, high: int, opens: dict[int, int]) -> int:
    """The token behind times and places that stand between a verb and its clause.

    "said [on Tuesday] [in a statement] that …", "told him [by telephone] …".
    """
    lower, shape = tokens.lower, tokens.shape
    k = start
    while k < high and k not in opens:
        word = lower[k]
        behind = lower[k + 1] if k + 1 < high else ""
        if word in TIMES and (behind in BE or behind in MODALS or behind in HAVE):  # "said now was the time"
            break
        if word in TIMES or (is_adverb(word) and shape[k] == "w"):
            k += 1 + (word in DAYS and behind in _PERIODS)
        elif word in {"last", "this", "next", "late", "early"} and (behind in DAYS or behind in _PERIODS):
            k += 2
        elif word in {"late", "early"} and behind in {"on", "in"}:
            k += 1
        elif (
            k + 2 < high
            and lower[k + 2] in {"earlier", "later", "before", "ago"}
            and behind.removesuffix("s") in _PERIODS
        ):
            k += 3
        elif k > start and word in _CARRIED and behind in {"by", "on", "in", "to", "from"}:
            k += 1  # "in remarks [carried by state television]"
        elif word in _ADJUNCT_OPENERS and (end := _adjunct_end(tokens, k, high, opens)) is not None:
            k = end
        else:
            break
    return k


_CARRIED = frozenset(
    "carried broadcast aired published posted released quoted seen obtained sent translated read".split()
)
_PERIODS = frozenset(
    "week weekend month year decade night morning afternoon evening time day hour summer winter spring "
    "autumn".split()
)
_ADJUNCT_OPENERS = frozenset(
    "on in at by to during after from via through before over ahead outside inside near with "
    "alongside following upon of about".split()
)


def _adjunct_end(tokens: Tokens, k: int, high: int, opens: dict[int, int]) -> int | None:
    """End of the prepositional phrase at k, as short as it can be, or None if it is no adjunct."""
    lower, shape = tokens.lower, tokens.shape
    first = lower[k]
    j = k + 1
    if j >= high or j in opens:
        return None
    if lower[j] in OBJECTS and first in {"to", "at", "with", "by", "of"}:
        return j + 1
    while j < high and j not in opens and lower[j] in DETERMINERS and lower[j] != "that":
        j += 1
    began = j
    while j < high and j not in opens:
        word, letter = lower[j], shape[j]
        if (
            letter in "p."
            or word in STOPS
            or word in DETERMINERS
            or word in PREPOSITIONS
            or word in SUBJECTS
            or word == "and"
        ):
            break
        if j > began:
            owner = lower[j - 1].endswith("'s")
            if letter == "W" and shape[j - 1] == "w" and word not in DAYS and not owner:
                name_end = j
                while name_end < high and shape[name_end] == "W":
                    name_end += 1
                if name_end >= high or lower[name_end] in BREAKS:
                    return name_end  # "in a statement carried by the state agency SANA"
                break
            if letter == "w" and ((lower[j - 1] in DAYS and not owner) or is_verbal(tokens, j)):
                break
            if word.endswith("ing") and word in cue_forms():  # "at a news conference [announcing that …]"
                break
        j += 1
    if j == began:
        return None
    if first in {"of", "about", "over"} and not any(
        w in VENUES or w in HEARERS or w in DAYS for w in lower[began:j]
    ):
        return None
    return j
