"""Noun phrases beside a verb: who said it, and to whom, from closed word classes and capitals.

No parser: a phrase is read outward from the verb, token by token, until a word that cannot belong to it.
Every function looks at each token a bounded number of times.
"""

from typing import NamedTuple

from stancekit.lexicon import cue_forms
from stancekit.lexicon.grammar import (
    ALONE,
    APPOSITIONS,
    AUXILIARIES,
    BREAKS,
    CONTINUATIONS,
    DASHES,
    DAYS,
    DEPENDENT,
    DETERMINERS,
    FINITE,
    HELPING,
    LEADING,
    MONTHS,
    NAME_LIKE,
    PEOPLE,
    PERSONS,
    PREPOSITIONS,
    SETTINGS,
    SOURCE_NOUNS,
    STOPS,
    SUBJECTS,
    TIMES,
    VENUES,
    WEEKDAYS,
    is_adverb,
)
from stancekit.tokens import Tokens

_PRONOUNS = SUBJECTS | {"others", "some", "many", "most"}
_CROWDS = PEOPLE - DETERMINERS - {"others"}
# Auxiliaries that open a clause; the others may open an appositive.
_CLAUSAL = AUXILIARIES - {"both", "all", "once", "now", "then"}
# An appositive or relative clause is this long at most (tokens): a bound on the search, chosen by eye.
_LONGEST_APPOSITIVE = 45
_LINKS = frozenset("of for in at from with on to near and against".split())
_ROLE_OPENERS = SOURCE_NOUNS | {"deputy", "senior", "former"}


class Phrase(NamedTuple):
    """Tokens ``first`` up to ``last``; those up to ``core`` are the phrase proper, without appositive."""

    first: int
    last: int
    core: int


def is_verbal(tokens: Tokens, i: int) -> bool:
    """Whether a lower-case word looks like a finite verb or a past participle."""
    word = tokens.lower[i]
    if tokens.shape[i] != "w" or "-" in word:
        return False
    if word in FINITE or (word.endswith("ed") and len(word) > 4 and word not in {"hundred", "indeed"}):
        return True
    form = cue_forms().get(word)
    return form is not None and form.form == "past"


def is_nominal(tokens: Tokens, i: int) -> bool:
    """Whether a word can be a noun, a name or the end of one."""
    word = tokens.lower[i]
    if word in {")", "%"}:
        return True
    return tokens.shape[i] in "Wwa" and word not in STOPS and word not in PREPOSITIONS and not is_adverb(word)


def can_speak(tokens: Tokens, phrase: Phrase) -> bool:
    """Whether a phrase can be a source: a pronoun, a name, or a noun of people or bodies."""
    lower, shape = tokens.lower, tokens.shape
    if phrase.core - phrase.first == 1 and lower[phrase.first].partition("'")[0] in _PRONOUNS:
        return True
    if lower[phrase.first] in ALONE and lower[phrase.first + 1 : phrase.core] in (
        ["of", "them"],
        ["of", "us"],
    ):
        return True
    for k in range(phrase.first, phrase.core):
        word = lower[k]
        if k > phrase.first and word in {"of", "for", "in", "at", "from", "with", "on", "to"}:
            break
        if word.removesuffix("'s") in SOURCE_NOUNS:
            return True
        named = shape[k] in "Wt" and word not in DETERMINERS and word not in DAYS
        # A single capital may only begin the sentence; two words, or a short phrase, are a name.
        if named and (k > phrase.first or phrase.core - phrase.first <= 3 or shape[k + 1] in "Wt"):
            return True
    # "its chairwoman's aide, Rana Sabbagh,": the name stands in the appositive.
    return shape[phrase.core + 1 : phrase.core + 3] == "WW" and phrase.last >= phrase.core + 3


# -- in front of a verb --------------------------------------------------------------------------------


def noun_phrase_before(tokens: Tokens, end: int, low: int, closes: dict[int, int]) -> Phrase | None:
    """The noun phrase whose last token is ``end - 1``, or None.

    Parameters
    ----------
    end : token behind the phrase (the verb, without its auxiliaries)
    low : the phrase begins here at the earliest
    closes : last token of each quotation -> its first; a short one inside is a nickname
    """
    if end <= low:
        return None
    lower = tokens.lower
    if end - 3 > low and lower[end - 1] == lower[end - 3] == "," and lower[end - 2] in _PARENTHETICAL:
        end -= 3  # "Orlov, however, said"
    core = end
    if lower[end - 1] in DASHES | {",", ")"}:
        opened = _parenthesis_before(tokens, end, low)
        if opened is None:
            return None
        core = opened
        if (
            core - 2 > low
            and (lower[core - 1].isdigit() or tokens.shape[core - 1] == "a")
            and lower[core - 2] == ","
        ):
            core -= 2  # "Nawal Shehadeh, 52, a teacher, said"; "Orlov, R-S.C., a lawyer, said"
        core = _first_of_appositives(tokens, core, low)
    if core - 1 > low and lower[core - 1] in {"there", "here"}:  # "a doctor there said"
        core -= 1
    if (untimed := _without_time(tokens, core, low)) < core:
        core = end = untimed
    if core - 3 >= low and lower[core - 1] in {"them", "us", "those"} and lower[core - 2] == "of":
        return Phrase(core - 3, end, core) if lower[core - 3] in ALONE else None
    if lower[core - 1].partition("'")[0] in SUBJECTS and lower[core - 1] != "it's":  # he, he's, they've
        return Phrase(core - 1, end, core) if core == end else None
    first = core
    while (k := _one_word_left(tokens, first, core, low, closes)) is not None:
        first, done = k
        if done:
            break
    first = _without_leading(tokens, first, core)
    if first < core and (outer := _outside_relative_clause(tokens, first, low, closes)) is not None:
        return Phrase(outer.first, end, outer.core)
    if (name := _name_of_open_appositive(tokens, first, core, low, closes)) is not None:
        return Phrase(name, end, first - 1)
    if first >= core or not any(
        tokens.shape[j] in "Ww" and lower[j] not in PREPOSITIONS for j in range(first, core)
    ):
        return None
    # Texts that lost their commas: "killed nine civilians activists said", "a group tracking it said".
    if core - 2 >= first and lower[core - 1] in PEOPLE and lower[core - 2] in _CROWDS:
        first = core - 1
    phrase = Phrase(first, end, core)
    # "Protesters marching [through] the streets said": the participle is the first word's.
    verb = first - 1 - (first - 2 > low and lower[first - 1] in PREPOSITIONS)
    if verb > low and lower[verb].endswith("ing") and not can_speak(tokens, phrase):
        outer = noun_phrase_before(tokens, verb, low, closes)
        if outer is not None and outer.core == verb and can_speak(tokens, outer):
            return Phrase(outer.first, end, outer.core)
    return phrase


def _without_time(tokens: Tokens, end: int, low: int) -> int:
    """ "The ministry on Monday said", "Orlov late on Tuesday evening told": the end of the phrase itself."""
    lower = tokens.lower
    k = end
    if (
        k - 2 > low
        and (lower[k - 1] in MONTHS or lower[k - 1].isdigit())
        and lower[k - 2] in {"in", "last", "since"}
    ):
        return k - 2
    while k - 1 > low and (lower[k - 1] in WEEKDAYS or lower[k - 1] in _PARTS_OF_DAY):
        k -= 1
    if k == end:
        return end
    while k - 1 > low and lower[k - 1] in {"on", "late", "early", "last", "this", "in", "at", "the"}:
        k -= 1
    return k if lower[k - 1] not in {",", ";"} else end


_PARENTHETICAL = frozenset("however meanwhile too though again instead nevertheless moreover".split())
_PARTS_OF_DAY = frozenset("morning evening night afternoon week month year".split())


def _one_word_left(
    tokens: Tokens, k: int, core: int, low: int, closes: dict[int, int]
) -> tuple[int, bool] | None:
    """The phrase's next word to the left: (its first token, whether the phrase begins there).

    None if the phrase ends at k.
    """
    if k <= low:
        return None
    lower, shape = tokens.lower, tokens.shape
    i = k - 1
    word, letter = lower[i], shape[i]
    inner = k < core  # some word of the phrase is already read
    if letter in "p.":
        if inner and i not in closes and _owns(tokens, i):
            return i, False
        if word == ")" and (opened := _bracket_before(tokens, i, low)) is not None:
            return opened, False
        nickname = i in closes and closes[i] > low and i - closes[i] <= 4 and shape[closes[i] - 1] in "Wt"
        if nickname:
            return closes[i], False
        return (i, False) if word in {"[", "]", "$", "%"} else None
    if letter in "ta":
        return i, False
    linked = inner and i > low and is_nominal(tokens, i - 1) and not is_verbal(tokens, i - 1)
    if word in {"and", "&"}:
        return (i, False) if linked and _joins(tokens, i) else None
    if word in PREPOSITIONS:
        return (i, False) if linked and lower[i - 1] not in DAYS else None
    if word in SUBJECTS and word not in DETERMINERS:
        return None
    if word in {"somebody", "someone", "everybody", "everyone", "nobody", "anybody", "anyone"}:
        return i, True
    if word in DETERMINERS:
        if not inner and word not in ALONE:
            return None
        if i <= low:
            return i, True
        if lower[i - 1] in DETERMINERS:
            return i, False
        # "the head of the ministry": the phrase goes on in front of the preposition.
        noun = i - 2
        goes_on = (
            lower[i - 1] in _LINKS
            and noun >= low
            and (is_nominal(tokens, noun) or lower[noun] in DETERMINERS)
        )
        return i, not (goes_on and not is_verbal(tokens, noun) and lower[noun] not in DAYS)
    name = letter == "W" and word in NAME_LIKE and i > low and shape[i - 1] in "Wt"
    if (word in STOPS and not name) or (letter == "w" and is_adverb(word)):
        return None
    if letter == "W" and word in DAYS and not name and not (inner and shape[k] == "W"):
        return None
    if letter == "w" and is_verbal(tokens, i):
        if not inner:
            return (i, False) if word.endswith("ed") else None
        # A participle in front of its noun ("armed groups"), or the verb of a clause that ends here?
        before = lower[i - 1] if i > low else ""
        attribute = i == low or before in DETERMINERS or before in PREPOSITIONS or shape[i - 1] == "p"
        return (i, False) if attribute else None
    return i, False


def _owns(tokens: Tokens, i: int) -> bool:
    """Whether the mark at i is the apostrophe of a plural: "the bakers' union"."""
    return (
        tokens.lower[i] in {"'", "’"}
        and i > 0
        and tokens.lower[i - 1].endswith("s")
        and tokens.end[i - 1] == tokens.start[i]
        and i + 1 < len(tokens)
        and tokens.shape[i + 1] in "wW"
    )


def _outside_relative_clause(tokens: Tokens, first: int, low: int, closes: dict[int, int]) -> Phrase | None:
    """ "A man who gave his name as Abu Omar said": the phrase whose relative clause ends here."""
    for k in range(first - 1, max(low, first - 12), -1):
        word = tokens.lower[k]
        if word == "who":
            verbal = any(is_verbal(tokens, j) or tokens.lower[j] in AUXILIARIES for j in range(k + 1, first))
            outer = noun_phrase_before(tokens, k, low, closes) if verbal else None
            return outer if outer is not None and outer.core == k else None
        if tokens.shape[k] == "p" or word in {"that", "which", "when", "while", "but", "said"}:
            return None
    return None


def _without_leading(tokens: Tokens, first: int, core: int) -> int:
    """Leave out words in front that are no part of the phrase ("Meanwhile activists")."""
    lower, shape = tokens.lower, tokens.shape
    while first < core and (
        lower[first] in LEADING or is_adverb(lower[first]) or lower[first] in PREPOSITIONS
    ):
        name = shape[first] == "W" and lower[first] in DAYS and first + 1 < core and shape[first + 1] == "W"
        if name:
            break
        first += 1
    return first


def _name_of_open_appositive(
    tokens: Tokens, first: int, core: int, low: int, closes: dict[int, int]
) -> int | None:
    """Where the name begins that a phrase is an appositive of.

    "Igor Naumov, deputy head of the fund said" lacks its second comma; "Rana Sabbagh, the head of the union,
    an old ally, said" has two appositives.
    """
    lower, shape = tokens.lower, tokens.shape
    if first <= low + 1 or lower[first - 1] != "," or first - 1 in closes:
        return None
    start = first + (lower[first] in {"the", "a", "an"} and first + 1 < core)
    role = shape[start] == "w" and lower[start] in _ROLE_OPENERS
    if not (role or any(lower[k] in PERSONS for k in range(start, min(core, start + 4)))):
        return None
    name = first - 1
    while (
        name > low
        and shape[name - 1] in "Wt"
        and lower[name - 1] not in DETERMINERS
        and lower[name - 1] not in DAYS
    ):
        name -= 1
    if any(
        lower[k] in PREPOSITIONS or lower[k] in STOPS or lower[k] in LEADING for k in range(name, first - 1)
    ):
        return None
    return name if first - 1 - name >= 2 and (name == low or lower[name - 1] == ",") else None


def _joins(tokens: Tokens, i: int) -> bool:
    """Whether the "and" at i joins two names or two nouns: like stands beside like."""
    left, right = tokens.shape[i - 1], tokens.shape[i + 1]
    return (
        left == right
        or "W" not in (left, right)
        or left == "W"
        or right == "t"
        or tokens.lower[i + 1] in DETERMINERS
    )


def _parenthesis_before(tokens: Tokens, end: int, low: int) -> int | None:
    """Where the comma, dash or bracket opens that closes at ``end - 1``.

    "Lev Orlov, the deputy minister of trade, said"; "Abu Omar, 34, said"; "the army (SAA) said".
    """
    lower = tokens.lower
    closing = lower[end - 1]
    if closing == ")":
        return _bracket_before(tokens, end - 1, low)
    nearest: int | None = None
    for k in range(end - 2, max(low, end - 1 - _LONGEST_APPOSITIVE), -1):
        if lower[k] in {'"', "“", "”", ";"}:
            break
        if lower[k] == closing:
            if lower[k + 1] in APPOSITIONS:
                return k
            if lower[k - 1] in PERSONS and set(tokens.shape[k + 1 : end - 1]) <= {"W", "t"}:
                return k  # "the clerk, Sami Haffar, said"
            nearest = nearest if nearest is not None else k
    if nearest is None or end - 2 - nearest > 25:
        return None
    allowed = {"who", "which", "whose", "as", "now", "then", "where"}
    inner = range(nearest + 1, end - 1)
    if any(lower[j] in STOPS and lower[j] not in allowed and tokens.shape[j] == "w" for j in inner):
        return None
    noun = tokens.shape[nearest - 1] in "Wwta" or lower[nearest - 1] == ")"
    return nearest if noun and not is_adverb(lower[nearest - 1]) else None


def _first_of_appositives(tokens: Tokens, core: int, low: int) -> int:
    """ "Lev Orlov, a driver from Homs, who has two sons, said": where the first of two appositives opens."""
    lower = tokens.lower
    for k in range(core - 2, max(low + 1, core - 14), -1):
        if lower[k] == "," and lower[k + 1] in {"a", "an", "the"}:
            name = tokens.shape[k - 2 : k] in ("WW", "tW", "WA")
            return k if name else core
        if tokens.shape[k] == "p" or is_verbal(tokens, k) or (lower[k] in STOPS and tokens.shape[k] == "w"):
            return core
    return core


def _bracket_before(tokens: Tokens, end: int, low: int) -> int | None:
    """The round bracket that the one at `end` closes, if it is near."""
    for k in range(end - 1, max(low, end - 15), -1):
        if tokens.lower[k] == "(":
            return k
        if tokens.lower[k] == ")":
            return None
    return None


# -- behind a verb -------------------------------------------------------------------------------------


def noun_phrase_after(tokens: Tokens, start: int, high: int, opens: dict[int, int]) -> Phrase | None:
    """The noun phrase that begins at `start`, with its appositive, or None.

    Parameters
    ----------
    high : the phrase ends here at the latest
    opens : first token of each quotation -> the token behind it
    """
    lower = tokens.lower
    if start >= high:
        return None
    if lower[start] in SUBJECTS and lower[start] not in DETERMINERS:
        return Phrase(start, start + 1, start + 1)
    k = start
    named = False  # the word before is part of a name
    while k < high and (after := _one_word_right(tokens, k, start, high, opens, named)) is not None:
        named = after == k + 1 and tokens.shape[k] == "W" and lower[k] not in DETERMINERS
        k = after
    while k > start and (lower[k - 1] in PREPOSITIONS or lower[k - 1] == "and" or lower[k - 1] in DEPENDENT):
        k -= 1
    if k <= start:
        return None
    core = k
    if k + 1 < high and lower[k] == "," and lower[k + 1].isdigit() and k + 2 < high and lower[k + 2] == ",":
        k += 2  # "Rasha Toumeh, 47, a teacher"
    if k + 1 < high and lower[k] == "," and k + 1 not in opens:
        k = _appositive_end(tokens, k + 1, high, opens) or k
    elif k < high and lower[k] in {"who", "which", "whose"}:
        k = next(
            (j for j in range(k, min(high, k + 25)) if lower[j] in BREAKS or j in opens), min(high, k + 25)
        )
    return Phrase(start, k, core)


def _one_word_right(
    tokens: Tokens, k: int, start: int, high: int, opens: dict[int, int], named: bool
) -> int | None:
    """The token behind the phrase's next word, or None if the phrase ends in front of k."""
    lower, shape = tokens.lower, tokens.shape
    word, letter = lower[k], shape[k]
    more = k + 1 < high
    if k in opens:  # a nickname stands between two names
        last = opens[k]
        nickname = last - k <= 4 and k > start and shape[k - 1] == "W" and last < high and shape[last] == "W"
        return last if nickname else None
    if word == "(":
        close = next((j for j in range(k + 1, min(high, k + 12)) if lower[j] == ")"), None)
        return close + 1 if close is not None and k > start else None
    if letter in "p.":
        return k + 1 if word in {"&", "[", "]"} or (k > start and more and _owns(tokens, k)) else None
    if word in PREPOSITIONS:
        return k + 1 if k > start and more and _belongs(tokens, k, high, named) else None
    if word == "and":
        if k == start or not more:
            return None
        noun = is_nominal(tokens, k + 1) and not is_verbal(tokens, k + 1) and lower[k + 1] not in cue_forms()
        return k + 1 if shape[k + 1] in "Wt" or lower[k + 1] in DETERMINERS or noun else None
    if word in DETERMINERS:
        opened = (
            k == start or lower[k - 1] in PREPOSITIONS or lower[k - 1] in DETERMINERS or lower[k - 1] == "and"
        )
        return k + 1 if opened else None
    if word in SUBJECTS or word in STOPS or word in TIMES and (k > start or letter == "w"):
        return k + 1 if letter == "W" and word in NAME_LIKE and k > start else None
    if letter == "w":
        if is_adverb(word) or (k > start and word.endswith("ing") and shape[k - 1] == "W"):
            return None
        # A participle may stand in front of its noun, or in front of "by"; other verbs end the phrase.
        attribute = word.endswith("ed") and (lower[k - 1] in DETERMINERS or (more and lower[k + 1] == "by"))
        if word in {"named", "called"} and more and shape[k + 1] == "W":
            return k + 1  # "a conductor named Fuad"
        if k > start and is_verbal(tokens, k) and not attribute:
            return None
    return k + 1


def _belongs(tokens: Tokens, k: int, high: int, named: bool) -> bool:
    """Whether a preposition goes on with a noun phrase, and opens no time or place of speaking."""
    lower = tokens.lower
    word, behind = lower[k], lower[k + 1]
    if behind in TIMES or (behind[:1].isdigit() and word == "in"):
        return False
    if word in {"of", "for"}:
        return True
    venue = behind in VENUES or (behind in DETERMINERS and k + 2 < high and lower[k + 2] in VENUES)
    return (
        not named
        and not venue
        and word in {"at", "by", "from", "with", "in", "to", "on", "near", "inside", "against"}
    )


def _appositive_end(tokens: Tokens, start: int, high: int, opens: dict[int, int]) -> int | None:
    """End of the appositive or relative clause behind a comma, or None if something else follows it."""
    lower, shape = tokens.lower, tokens.shape
    first = lower[start]
    relative = first in {"who", "whose", "which"}
    form = cue_forms().get(first)
    if first in CONTINUATIONS or (form is not None and form.form in ("ing", "past")):
        return None
    if not relative and (is_verbal(tokens, start) or first in _CLAUSAL):
        return None
    participle = (
        shape[start] == "w" and first.endswith("ing") and first not in {"acting", "leading", "commanding"}
    )
    if participle or shape[start] not in "wWt" or (first in SUBJECTS and not relative):
        return None
    k = start
    while k < high and k - start < _LONGEST_APPOSITIVE - 5 and lower[k] not in BREAKS and k not in opens:
        relative = relative or lower[k] in {"who", "which", "whose", "that"}
        if not relative and k > start and lower[k - 1] not in DETERMINERS:
            form = cue_forms().get(lower[k])
            if lower[k] in HELPING or lower[k] in FINITE or (form is not None and form.form == "past"):
                return None  # a clause of its own
        k += 1
    return None if k in opens else k


_CONNECTORS = frozenset("but and yet meanwhile however still so then also ,".split())


def sentence_subject(tokens: Tokens, low: int, high: int, opens: dict[int, int]) -> Phrase | None:
    """The noun phrase that a sentence is about: its first one, behind a setting such as "On Tuesday,"."""
    lower = tokens.lower
    while low < high and lower[low] in _CONNECTORS:
        low += 1
    if low < high and (lower[low] in PREPOSITIONS or lower[low] in SETTINGS):
        comma = next((k for k in range(low, min(high, low + 30)) if lower[k] == ","), None)
        if comma is None:
            return None
        low = comma + 1
    if low >= high or low in opens:
        return None
    phrase = noun_phrase_after(tokens, low, high, opens)
    return None if phrase is None or (phrase.last >= high and high - low > 1) else phrase


# A clause's subject is sought this far in front of a participle (tokens): chosen by eye.
_LONGEST_CLAUSE = 60
_PERSONAL = frozenset({"he", "she", "they", "we", "i"})
_CLAUSE_OPENERS = frozenset(
    ", and but as when while that after before where although though because if ; :".split()
)


def clause_subject(tokens: Tokens, low: int, high: int, opens: dict[int, int]) -> Phrase | None:
    """The nearest subject in front of token `high` that can speak and has a verb behind it."""
    lower = tokens.lower
    for k in range(high - 2, max(low, high - _LONGEST_CLAUSE) - 1, -1):
        opened = k == low or lower[k - 1] in _CLAUSE_OPENERS or lower[k - 1] in DASHES
        if not opened and lower[k] not in _PERSONAL:
            continue
        if k in opens or lower[k] in PREPOSITIONS or lower[k] in BREAKS or lower[k] in {"who", "which"}:
            continue
        phrase = noun_phrase_after(tokens, k, high, opens)
        if phrase is None or phrase.last >= high or not can_speak(tokens, phrase):
            continue
        verb = phrase.last + (lower[phrase.last] == ",")
        finite = False
        while verb < high and (is_adverb(lower[verb]) or lower[verb] in AUXILIARIES):
            finite = finite or lower[verb] in HELPING
            verb += 1
        word = lower[verb] if verb < high else ""
        finite = finite or word in FINITE or word in cue_forms() or word.endswith("s")
        if word and tokens.shape[verb] == "w" and (finite or is_verbal(tokens, verb)):
            return phrase
    return None
