"""Noun phrases beside a verb: who said it, and to whom, found from closed word classes and capitals.

No parser: a phrase is read outward from the verb, token by token, until a word that cannot belong to it.
Every function looks at each token a bounded number of times.
"""

from typing import NamedTuple

from stancekit.lexicon import cue_forms, table, words
from stancekit.tokens import Tokens

SUBJECTS = frozenset("he she they we i it you who which".split())
OBJECTS = frozenset("him her them us me you it himself herself themselves itself".split())
DETERMINERS = frozenset(
    "the a an this that these those his her their our my your its another any each every no some both all either neither "
    "one two three four five six seven eight nine ten several many most few other such".split()
)
PREPOSITIONS = frozenset(
    "of for in at from with on to near against inside outside by about between among within across behind "
    "under over around outside toward towards without including aboard like via per into".split()
)
# Words at which a noun phrase in front of a verb must have begun.
STOPS = frozenset(
    "that which who whom whose what where when why how while although though because since if unless until "
    "after before as than but or nor yet so then whether once lest thus hence however whereas meanwhile also earlier later "
    "is are was were be been being am has have had having do does did will would can could may might must shall should "
    "not n't never ever just only even still already again too very there here now today yesterday tomorrow tonight "
    "he she they we i you it him them us me himself herself themselves itself said says say told".split()
)
DAYS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december mon tue wed thu fri sat sun jan feb mar apr aug sept sep oct nov dec".split()
)
AUXILIARIES = frozenset(
    "has have had having was were is are be been being did does do would will could can may might must should shall to "
    "hasn't haven't hadn't wasn't weren't isn't aren't didn't doesn't don't wouldn't won't couldn't can't cannot not never "
    "also later earlier then again further still even once often always previously now just recently repeatedly both "
    "all already reportedly ever since went on go going goes".split()
)
# Capitalised, these are names: Theresa May, Will Abbott.
NAME_LIKE = frozenset({"may", "will"})
_TIMES = frozenset(
    "today yesterday tomorrow tonight earlier later recently afterwards afterward again then here there separately online "
    "now once meanwhile simultaneously".split()
) | DAYS
_LEADING = frozenset(
    "meanwhile also earlier however then still yet but and so instead separately later now today yesterday even only perhaps "
    "indeed nevertheless nonetheless moreover furthermore additionally afterwards overnight elsewhere finally instead not "
    "when while as if because although though after before since once until that where or".split()
) | DAYS


class Phrase(NamedTuple):
    """Tokens ``first`` up to ``last``; ``head`` is the first token of the core, behind an appositive none."""

    first: int
    last: int
    core: int  # one behind the last token of the phrase proper, without appositive or relative clause


def is_adverb(word: str) -> bool:
    return len(word) > 4 and word.endswith("ly") and word not in {"family", "assembly", "daily", "weekly", "italy", "july", "ally", "reply", "supply", "rally", "monthly", "elderly"}


def is_verbal(tokens: Tokens, i: int) -> bool:
    """Whether a lower-case word looks like a finite verb or a past participle."""
    word = tokens.lower[i]
    if tokens.shape[i] != "w" or "-" in word:
        return False
    return word in _COMMON_VERBS or (word.endswith("ed") and len(word) > 4 and word not in {"hundred", "breed", "indeed"}) or (
        (form := cue_forms().get(word)) is not None and form.form == "past"
    )


_COMMON_VERBS = frozenset(
    "took takes gave gives made makes came comes got gets left leaves kept keeps saw sees ran runs fell falls became becomes "
    "began begins brought brings led leads lost loses met meets paid pays put puts rose rises sent sends set sets sat sits "
    "shot shoots spoke speaks spent spends stood stands struck strikes won wins broke breaks built builds chose drew drove "
    "fled flew fought grew heard held hid hit hurt knew lay let lies meant read rode sang sank sold sought stole swore taught "
    "thought threw understood woke wore wrote shows seems seem needs wants goes went does makes remain remains continues "
    "include includes says told tells say".split()
)


def noun_phrase_before(tokens: Tokens, end: int, low: int, skip: dict[int, int]) -> Phrase | None:
    """The noun phrase whose last token is ``end - 1``, or None.

    Parameters
    ----------
    end : token behind the phrase (the verb, its auxiliaries left out)
    low : the phrase begins here at the earliest
    skip : for the last token of each quotation, its first: short ones are nicknames
    """
    if end <= low:
        return None
    lower, shape = tokens.lower, tokens.shape
    core = end
    if lower[end - 1] in {",", "-", "--", "–", "—", ")"}:
        opened = _parenthesis_before(tokens, end, low)
        if opened is None:
            return None
        core = opened
    k = core
    while k > low:
        i = k - 1
        word, letter = lower[i], shape[i]
        if word in SUBJECTS and (letter != "W" or word != "it" or True) and word not in DETERMINERS:
            if k == core and core == end:
                return Phrase(i, end, core)
            break
        if letter == "p" or letter == ".":
            if word == ")" and (o := _bracket_before(tokens, i, low)) is not None:
                k = o
                continue
            if word in "\"”’'" and i in skip and skip[i] > low and i - skip[i] <= 4 and shape[skip[i] - 1] in "Wt":
                k = skip[i]
                continue
            if word in "[]" or word == "$" or word == "%":
                k = i
                continue
            break
        if letter == "t" or letter == "a":
            k = i
            continue
        if word == "and" or word == "&":
            if k < core and i > low and _nominal(tokens, i - 1) and not is_verbal(tokens, i - 1) and _joins(tokens, i, low):
                k = i
                continue
            break
        if word in PREPOSITIONS:
            if k < core and i > low and _nominal(tokens, i - 1) and not is_verbal(tokens, i - 1) and lower[i - 1] not in DAYS:
                k = i
                continue
            break
        if word in DETERMINERS and letter != "p":
            if k == core and word not in {"some", "many", "several", "most", "few", "both", "others", "other", "these", "those", "all", "another", "two", "three", "one"}:
                break
            k = i
            if k > low and lower[k - 1] in {"of", "for", "in", "at", "from", "with", "on", "to", "near", "and", "against"} and k - 1 > low and (_nominal(tokens, k - 2) or lower[k - 2] in DETERMINERS) and not is_verbal(tokens, k - 2) and lower[k - 2] not in DAYS:
                continue
            if k > low and lower[k - 1] in DETERMINERS:
                continue
            break
        name = letter == "W" and word in NAME_LIKE and i > low and shape[i - 1] in "Wt"
        if (word in STOPS and not name) or (is_adverb(word) and letter == "w"):
            break
        if letter == "W" and word in DAYS and not name and not (k < core and shape[k] == "W"):
            break
        if letter == "w" and k < core and is_verbal(tokens, i):
            # A participle in front of its noun ("armed groups"), or the verb of a clause that ends here?
            before = lower[i - 1] if i > low else ""
            if not (i == low or before in DETERMINERS or before in PREPOSITIONS or before == "," or tokens.shape[i - 1] == "p"):
                break
        elif letter == "w" and k == core and is_verbal(tokens, i) and not word.endswith("ed"):
            break
        k = i
    while k < core and (lower[k] in _LEADING or (is_adverb(lower[k])) or lower[k] in PREPOSITIONS) and not (shape[k] == "W" and lower[k] in DAYS and k + 1 < core and shape[k + 1] == "W"):
        k += 1
    if core == end and k > low + 1 and lower[k - 1] == "," and k - 1 not in skip:
        # "Igor Naumov, deputy head of the fund said": the comma behind the appositive is missing.
        name = k - 1
        while name > low and shape[name - 1] in "Wt" and lower[name - 1] not in DETERMINERS and lower[name - 1] not in DAYS:
            name -= 1
        if k - 1 - name >= 2 and (name == low or lower[name - 1] == ",") and shape[k] == "w" and lower[k] in source_nouns() | {"deputy", "senior", "former"}:
            return Phrase(name, end, k - 1)
    if k >= core or not any(shape[j] in "Ww" and lower[j] not in PREPOSITIONS for j in range(k, core)):
        return None
    return Phrase(k, end, core)


def _nominal(tokens: Tokens, i: int) -> bool:
    return tokens.shape[i] in "Wwa" and tokens.lower[i] not in STOPS and tokens.lower[i] not in PREPOSITIONS and not is_adverb(tokens.lower[i]) or tokens.lower[i] in ")%"


def _joins(tokens: Tokens, i: int, low: int) -> bool:
    """Whether the "and" at i joins two names or nouns: like stands beside like."""
    left, right = tokens.shape[i - 1], tokens.shape[i + 1]
    if left == right or "W" not in (left, right):
        return True
    return tokens.lower[i + 1] in DETERMINERS or right == "t" or left == "W"


def _parenthesis_before(tokens: Tokens, end: int, low: int) -> int | None:
    """Where the comma, dash or bracket opens that closes at ``end - 1``; None if there is none.

    "Sergei Lavrov, the foreign minister of Russia, said": an appositive or relative clause of at most 45 tokens.
    """
    closing = tokens.lower[end - 1]
    if closing == ")":
        return _bracket_before(tokens, end - 1, low)
    first_comma: int | None = None
    for k in range(end - 2, max(low, end - 46), -1):
        word = tokens.lower[k]
        if word in {"\"", "“", "”", ";"}:
            break
        if word == closing and k > low:
            after = tokens.lower[k + 1]
            if after in {"who", "which", "whose", "a", "an", "the", "his", "her", "its", "one", "himself", "herself", "another", "itself", "both", "also", "formerly", "now", "then", "where", "whom", "including", "like"}:
                return k
            if first_comma is None:
                first_comma = k
    if first_comma is None:
        return None
    # "the minister, Arkady Velichko, said"; "Abu Omar, 34, said"; "Ilse Brandt, head of mission, said"
    k = first_comma
    inside = range(k + 1, end - 1)
    if any(tokens.lower[j] in STOPS and tokens.lower[j] not in {"who", "which", "whose", "as", "now", "then", "where"} for j in inside):
        return None
    return k if len(inside) <= 25 and tokens.shape[k - 1] in "WwtaP" and not is_adverb(tokens.lower[k - 1]) else None


def _bracket_before(tokens: Tokens, end: int, low: int) -> int | None:
    for k in range(end - 1, max(low, end - 15), -1):
        if tokens.lower[k] == "(":
            return k
        if tokens.lower[k] == ")":
            return None
    return None


def noun_phrase_after(tokens: Tokens, start: int, high: int, skip: dict[int, int]) -> Phrase | None:
    """The noun phrase that begins at ``start``, with its appositive, or None.

    Parameters
    ----------
    high : the phrase ends here at the latest
    skip : for the first token of each quotation, the token behind it
    """
    lower, shape = tokens.lower, tokens.shape
    k = start
    name_ends = False
    while k < high:
        word, letter = lower[k], shape[k]
        if word in SUBJECTS and word not in DETERMINERS:
            if k == start:
                return Phrase(k, k + 1, k + 1)
            break
        if k in skip:
            if skip[k] - k <= 4 and k > start and shape[k - 1] == "W" and skip[k] < high and shape[skip[k]] == "W":
                k = skip[k]
                continue
            break
        if word == "(":
            close = next((j for j in range(k + 1, min(high, k + 12)) if lower[j] == ")"), None)
            if close is None or k == start:
                break
            k = close + 1
            continue
        if letter in "p.":
            if word == "&" or word in "[]":
                k += 1
                continue
            break
        if word in PREPOSITIONS:
            if k == start or k + 1 >= high:
                break
            if word in {"of", "for"} or (not name_ends and word in {"at", "from", "with", "in", "to", "on", "near", "close", "inside", "against"} and lower[k + 1] not in DAYS and lower[k + 1] not in _VENUES and not (lower[k + 1] in DETERMINERS and k + 2 < high and lower[k + 2] in _VENUES)):
                if lower[k + 1] in _TIMES or (lower[k + 1][:1].isdigit() and word == "in"):
                    break
                k += 1
                continue
            break
        if word == "and":
            if k > start and k + 1 < high and shape[k + 1] in "Wt" or (k + 1 < high and lower[k + 1] in DETERMINERS):
                k += 1
                continue
            if k > start and k + 1 < high and _nominal(tokens, k + 1) and not is_verbal(tokens, k + 1) and cue_forms().get(lower[k + 1]) is None:
                k += 1
                continue
            break
        if word in DETERMINERS:
            if k > start and lower[k - 1] not in PREPOSITIONS and lower[k - 1] not in DETERMINERS and lower[k - 1] != "and":
                break
            k += 1
            continue
        if word in STOPS or (letter == "W" and word in DAYS and k > start) or word in _TIMES:
            break
        if letter == "w":
            if is_adverb(word) or (k > start and word.endswith("ing") and shape[k - 1] == "W"):
                break
            if k > start and is_verbal(tokens, k) and not word.endswith("ed"):
                break
            if k > start and is_verbal(tokens, k) and lower[k - 1] not in DETERMINERS and shape[k - 1] != "w":
                break
        name_ends = letter == "W" and lower[k] not in DETERMINERS
        k += 1
    while k > start and (lower[k - 1] in PREPOSITIONS or lower[k - 1] in DETERMINERS - {"others", "some", "both", "many", "most", "several"} or lower[k - 1] == "and"):
        k -= 1
    if k <= start:
        return None
    core = k
    if k + 1 < high and lower[k] == "," and k + 1 not in skip:
        last = _appositive_end(tokens, k + 1, high, skip)
        if last is not None:
            k = last
    return Phrase(start, k, core)


_VENUES = frozenset("statement interview conference briefing speech televised news telephone phone address remarks post comments comment message letter reference response report reply meeting hearing exclusive article column note twitter facebook".split())


def _appositive_end(tokens: Tokens, start: int, high: int, skip: dict[int, int]) -> int | None:
    """End of the appositive or relative clause behind a comma, or None if something else follows it."""
    lower, shape = tokens.lower, tokens.shape
    first = lower[start]
    relative = first in {"who", "whose", "which"}
    if first in {"adding", "but", "and", "as", "after", "while", "when", "though", "although", "because", "in", "on", "at", "to", "with", "during", "where", "if", "since", "or", "not", "before", "according", "so", "speaking", "that"}:
        return None
    form = cue_forms().get(first)
    if form is not None and form.form in ("ing", "past"):
        return None
    if shape[start] == "w" and first.endswith("ing") and first not in {"acting", "leading", "commanding", "standing"}:
        return None
    nominal = relative or first in DETERMINERS or first[:1].isdigit() or shape[start] in "wWt"
    if not nominal or first in SUBJECTS - {"who", "which"}:
        return None
    k = start
    while k < high and k - start < 40:
        word = lower[k]
        if word in {",", ";", ":", "–", "—"} or k in skip or (word == "-" and k > start):
            break
        form = cue_forms().get(word)
        if not relative and form is not None and form.form == "past" and k > start and word != "based" and lower[k - 1] not in DETERMINERS:
            return None
        k += 1
    # A comma with a further role behind it ("a lawyer, and head of …") ends the phrase all the same.
    return k


def has_source_noun(tokens: Tokens, phrase: Phrase) -> bool:
    """Whether a phrase can speak: a pronoun, a name, or a noun of people or bodies."""
    lower, shape = tokens.lower, tokens.shape
    if phrase.core - phrase.first == 1 and lower[phrase.first] in SUBJECTS | {"others", "some", "many", "most"}:
        return True
    nouns = source_nouns()
    for k in range(phrase.first, phrase.core):
        word = lower[k]
        if word in {"of", "for", "in", "at", "from", "with", "on", "to"} and k > phrase.first:
            break
        if word in nouns or word.removesuffix("'s") != word and word.removesuffix("'s") in nouns:
            return True
        if shape[k] in "Wt" and word not in DETERMINERS and word not in DAYS and (k > phrase.first or phrase.core - phrase.first <= 3 or shape[k + 1] in "Wt"):
            return True
    return False


def source_nouns() -> frozenset[str]:
    return _SOURCES


_SOURCES: frozenset[str] = frozenset().union(*table("sources").values())
_ = words


def skip_adjuncts(tokens: Tokens, start: int, high: int, quoted: dict[int, int]) -> int:
    """The token behind times and places that stand between a verb and its clause.

    "said [on Tuesday] [in a statement] that …", "told him [by telephone] …".
    """
    lower, shape = tokens.lower, tokens.shape
    k = start
    while k < high and k not in quoted:
        word = lower[k]
        if word in _TIMES or (is_adverb(word) and shape[k] == "w"):
            k += 1
        elif word in {"last", "this", "next", "late", "early"} and k + 1 < high and (lower[k + 1] in DAYS or lower[k + 1] in {"week", "month", "year", "night", "on", "in", "morning", "afternoon", "evening", "time"}):
            k += 2 if lower[k + 1] not in {"on", "in"} else 1
        elif word in {"a", "two", "three", "several", "hours", "days"} and k + 2 < high and lower[k + 2] in {"earlier", "later", "before", "ago", "after"} and lower[k + 1] in {"day", "days", "week", "weeks", "month", "months", "hours", "year", "years", "hour"}:
            k += 3
        elif word in {"on", "in", "at", "by", "to", "during", "after", "from", "via", "through", "before", "over", "ahead", "outside", "inside", "near", "with", "alongside", "following", "as", "upon", "of", "about"} and k > start - 1:
            end = _adjunct_end(tokens, k, high, quoted)
            if end is None:
                break
            k = end
        else:
            break
    return k


def _adjunct_end(tokens: Tokens, k: int, high: int, quoted: dict[int, int]) -> int | None:
    """End of the prepositional phrase at k, as short as it can be, or None if it is no adjunct."""
    lower, shape = tokens.lower, tokens.shape
    first = lower[k]
    j = k + 1
    if j >= high or j in quoted:
        return None
    if first == "as":  # "said as he left"
        return None
    if lower[j] in OBJECTS and first in {"to", "at", "with", "by", "of"}:
        return j + 1
    while j < high and j not in quoted and (lower[j] in DETERMINERS and lower[j] != "that" or lower[j] in {"'s"}):
        j += 1
    began = j
    while j < high and j not in quoted:
        word, letter = lower[j], shape[j]
        if letter in "p." or word in STOPS or word in DETERMINERS or word in PREPOSITIONS or word in SUBJECTS or word == "and":
            break
        if j > began and letter == "W" and shape[j - 1] == "w" and word not in DAYS and not lower[j - 1].endswith("'s"):
            break
        if letter == "w" and j > began and shape[j - 1] in "Wa" and not lower[j - 1].endswith("'s") and lower[j - 1] in DAYS:
            break
        if letter == "w" and (is_verbal(tokens, j)) and j > began:
            break
        j += 1
    if j == began:
        return None
    if first in {"of", "about", "with", "over", "from", "to", "through", "as"} and not any(lower[m] in _VENUES | _HEARERS or lower[m] in DAYS for m in range(began, j)) and first in {"of", "about", "over"}:
        return None
    return j


_HEARERS = frozenset("reporters journalists lawmakers parliament council conference agency audience crowd supporters".split())
