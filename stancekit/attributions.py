"""Sentence -> attributions: each cue with its source, before any content is given to it."""

from dataclasses import dataclass

from stancekit.complements import Before, read_complement, skip_adjuncts
from stancekit.lexicon import CueForm, cue_forms
from stancekit.lexicon.grammar import (
    ALONE,
    AUXILIARIES,
    BE,
    BODIES,
    DASHES,
    DETERMINERS,
    HAVE,
    MODALS,
    NAME_LIKE,
    PEOPLE,
    PLURAL_BODIES,
    PREPOSITIONS,
    SUBJECTS,
    VENUES,
    is_adverb,
)
from stancekit.noun_phrases import (
    Phrase,
    can_speak,
    is_verbal,
    noun_phrase_after,
    clause_subject,
    noun_phrase_before,
    sentence_subject,
)
from stancekit.tokens import Tokens


@dataclass(slots=True)
class Attribution:
    """A cue and who it is said of.

    ``left`` and ``right`` bound all its tokens, adjuncts behind the cue included: contents lie outside.
    ``kind`` is ``clause``, ``object``, ``infinitive`` or ``according``.
    """

    source: Phrase | None
    cue: tuple[int, int]
    left: int
    right: int
    kind: str
    inverted: bool = False
    shared: bool = False  # the source is that of the attribution before ("…, adding that")
    that: bool = False
    antecedent: Phrase | None = None  # of "who" or "which"
    lemma: str = ""
    subordinate: bool = False  # inside a relative or adverbial clause: ends at the next comma


def find_attributions(
    tokens: Tokens, low: int, high: int, opens: dict[int, int], closes: dict[int, int], wide: bool = False,
    title: bool = False,
) -> list[Attribution]:  # fmt: skip
    """Attributions of one sentence, from left to right.

    Parameters
    ----------
    low, high : the sentence's tokens
    opens : first token of each quotation -> the token behind it
    closes : last token of each quotation -> its first
    wide : whether thoughts, intentions and positions count as well ("w" in cues.txt)
    title : whether verbs may be capitalised, as in a Headline That Says So
    """
    out: list[Attribution] = []
    forms = cue_forms()
    lower = tokens.lower
    i = low
    while i < high:
        if i in opens:
            i = opens[i]
            continue
        word = lower[i]
        if word == "according" and i + 1 < high and lower[i + 1] == "to":
            found = _according(tokens, i, i + 2, high, opens)
        elif word in _PHRASINGS and i > low:
            found = _in_words(tokens, i, low, closes)
        elif word in ("put", "puts") and lower[i + 1 : i + 2] == ["it"]:
            found = _as_put(tokens, i, low, closes)
        elif (
            word == "quoted"
            and i + 2 < high
            and lower[i + 1] == "as"
            and lower[i + 2] in ("saying", "telling")
        ):
            found = _quoted_as(tokens, i, low, high, opens, closes)
        elif (tokens.shape[i] == "w" or (title and i > low)) and (form := forms.get(word) or _unlisted(tokens, i, low, closes)):
            spoken = wide or "w" not in form.takes
            found = _verb(tokens, i, form, low, high, opens, closes, out) if spoken else None
        else:
            found = None
        if found is not None and (not out or found.cue[0] >= out[-1].cue[1]):
            # "Orlov, who proposed the truce, said": what the source's own relative clause says is not news.
            while out and found.source is not None and out[-1].cue[0] in range(*found.source[:2]):
                out.pop()
            out.append(found)
            i = max(i + 1, found.cue[1], found.right if found.kind == "according" else 0)
        else:
            i += 1
    return out


# "According to plan": nobody says it.
_NO_SOURCES = frozenset("plan plans schedule law custom need".split())


def _according(tokens: Tokens, i: int, after: int, high: int, opens: dict[int, int]) -> Attribution | None:
    phrase = noun_phrase_after(tokens, after, high, opens)
    if phrase is not None and phrase.last >= high:
        # "According to X, the men were gone": no appositive
        phrase = Phrase(phrase.first, phrase.core, phrase.core)
    if phrase is None or tokens.lower[phrase.core - 1] in _NO_SOURCES:
        return None
    return Attribution(phrase, (i, after), i, phrase.last, "according", lemma="according")


def _unlisted(tokens: Tokens, i: int, low: int, closes: dict[int, int]) -> CueForm | None:
    """A verb of no list that can only be a cue: "…," the widow hissed."""
    word = tokens.lower[i]
    if not word.endswith("ed") or word in PREPOSITIONS:
        return None
    lower = tokens.lower
    subject = any(
        j in closes and (lower[j - 1] in {",", "?", "!", "…"} or lower[j + 1] == ",")
        for j in range(max(low, i - 8), i - 1)
    )
    return CueForm(word, "q", "past") if subject else None


_PHRASINGS = frozenset("words view opinion account telling estimation reckoning".split())
_POSSESSIVES = frozenset("his her their its".split())


def _in_words(tokens: Tokens, i: int, low: int, closes: dict[int, int]) -> Attribution | None:
    """ "In the minister's words, …"; "In her view …"; "by his account, …"."""
    lower = tokens.lower
    if lower[i - 1] in _POSSESSIVES:
        phrase: Phrase | None = Phrase(i - 1, i, i)
    elif lower[i - 1].endswith("'s"):
        phrase = noun_phrase_before(tokens, i, low, closes)
    else:
        return None
    if phrase is None or phrase.first <= low or lower[phrase.first - 1] not in {"in", "by"}:
        return None
    return Attribution(phrase, (i, i + 1), phrase.first - 1, i + 1, "according", lemma="according")


def _as_put(tokens: Tokens, i: int, low: int, closes: dict[int, int]) -> Attribution | None:
    """ "…, as one diplomat put it, …"."""
    phrase = noun_phrase_before(tokens, i, low, closes)
    if phrase is None or phrase.first <= low or tokens.lower[phrase.first - 1] != "as":
        return None
    return Attribution(phrase, (i, i + 2), phrase.first - 1, i + 2, "clause", lemma="put")


def _quoted_as(
    tokens: Tokens, i: int, low: int, high: int, opens: dict[int, int], closes: dict[int, int]
) -> Attribution | None:
    first = i
    while first > low and tokens.lower[first - 1] in AUXILIARIES:
        first -= 1
    subject = noun_phrase_before(tokens, first, low, closes)
    last = i + 3
    left = subject.first if subject else first
    right = skip_adjuncts(tokens, last, high, opens)
    that = right < high and tokens.lower[right] == "that"
    return Attribution(subject, (first, last), left, right + that, "clause", that=that, lemma="say")


# In front of these a source and its cue stand in a subordinate clause, whose content ends at the next comma.
_SUBORDINATORS = frozenset(
    "while although though as when if because after since what which that who where".split()
)
_INVERTING = frozenset("say add write report note warn explain argue".split())
_SINGLE = frozenset({"another", "one", "this"})
_SINGULAR_IN_IC = frozenset("republic public cleric critic".split())
_PLURAL_NOUNS = frozenset("people police many some others both most few media men women".split())
# Participles that do more than speak unless a quotation follows.
_ACTING = frozenset("attack speak talk continue go begin hold see ask".split())
_PLAIN_SPEAKING = frozenset(
    "say tell add warn claim call accuse insist argue announce deny criticize criticise condemn denounce praise urge demand "
    "suggest blame describe promise vow note stress emphasize emphasise".split()
)
_GERUND_OPENERS = frozenset("and as by before after without when of for in from about despite".split())


def _verb(
    tokens: Tokens, i: int, cue: CueForm, low: int, high: int, opens: dict[int, int], closes: dict[int, int],
    before: list[Attribution],
) -> Attribution | None:  # fmt: skip
    """The attribution whose verb is token i, or None if the verb attributes nothing there."""
    lower, shape = tokens.lower, tokens.shape
    first = i
    while (
        first > low
        and (lower[first - 1] in AUXILIARIES or is_adverb(lower[first - 1]))
        and not (shape[first - 1] == "W" and lower[first - 1] in NAME_LIKE)
        and first - 1 not in closes
    ):
        first -= 1
    chain = lower[first:i]
    if not _is_finite(cue, chain):
        return None
    quote_before = _quote_ends(tokens, first, low, closes)
    if (
        first == i
        and cue.form in ("past", "s")
        and (quote_before or (first > low and lower[first - 1] == ","))
    ):
        inverted = _inverted(tokens, i, cue, high, opens, quote_before)
        if inverted is not None:
            return inverted
    if cue.form == "ing":
        return _participle(tokens, i, first, cue, low, high, opens, closes, before)
    subject = (
        noun_phrase_before(tokens, first, low, closes) if first > low and first - 1 not in closes else None
    )
    shared = subject is None
    antecedent = None
    if subject is None:
        # "X said … and accused …": the subject is that of the verb before.
        joint = first > low and lower[first - 1] in {"and", "but", "then"}
        if not joint or (cue.form == "base" and (not before or _form_of(tokens, before[-1]) != "base")):
            return None
        if not before:
            subject = sentence_subject(tokens, low, first, opens)
            if subject is None or not can_speak(tokens, subject):
                return None
    else:
        head = lower[subject.first] if subject.core - subject.first == 1 else ""
        if head in {"who", "which"}:
            end = subject.first - (lower[subject.first - 1] == ",")
            antecedent = noun_phrase_before(tokens, end, low, closes) if subject.first > low + 1 else None
            if head == "which" and antecedent is not None and not can_speak(tokens, antecedent):
                return None
        if not _agrees(tokens, subject, cue, chain):
            return None
        if head in DETERMINERS - ALONE:
            return None
    left = first if shared or subject is None else subject.first
    if cue.form == "base" and left > low and lower[left - 1] in MODALS | {"do", "does", "did"}:
        return None  # a question: "Can we expect violence?"
    ends: Before = "quotation" if _quote_ends(tokens, left, low, closes) else ""
    if not ends and left - 1 > low and lower[left - 1] in DASHES | {","} and not shared:
        ends = "comma"
    complement = read_complement(tokens, cue.lemma, cue.takes, i + 1, high, opens, ends)
    if complement is None:
        return None
    form, last, right, that = complement
    if form == "infinitive" and left > low and lower[left - 1] in {"that", "which"}:
        return None  # "the problem that hawks wanted to confront"
    if cue.lemma == "state" and cue.form == "s" and not (that or right in opens):
        return None  # a noun: "the Baltic states"
    certain = cue.lemma == "say" or (form == "clause" and (that or right in opens or ends == "quotation"))
    if subject is not None and not can_speak(tokens, subject):
        # "Fighters were also killed said Orlov": the source may follow without a comma.
        behind = _inverted(tokens, i, cue, high, opens, False) if cue.form in ("past", "s") else None
        if behind is not None or not certain:
            return behind
    subordinate = not shared and left > low and (lower[left - 1] in _SUBORDINATORS or antecedent is not None)
    return Attribution(
        subject, (first, last), left, right, form, shared=shared, that=that, antecedent=antecedent,
        lemma=cue.lemma, subordinate=subordinate,
    )  # fmt: skip


def _quote_ends(tokens: Tokens, k: int, low: int, closes: dict[int, int]) -> bool:
    """Whether a quotation of the sentence ends in front of token k, a comma or dash left out."""
    return (k > low and k - 1 in closes) or (
        k - 1 > low and k - 2 in closes and tokens.lower[k - 1] in DASHES | {",", "."}
    )


def _is_finite(cue: CueForm, chain: list[str]) -> bool:
    """Whether a form with these words in front of it says that somebody says something."""
    if cue.form == "ing":
        return True
    if cue.form == "base":
        if "to" in chain:
            return any(word in {"went", "go", "goes", "going"} for word in chain)
        if any(word in MODALS for word in chain):
            return any(word in HAVE for word in chain) or cue.lemma in {"say", "comment", "confirm"}
        return True
    if any(word in BE for word in chain):
        return cue.form == "s"  # "was accused": the subject is who is spoken of
    return cue.form != "participle" or any(word in HAVE for word in chain)


def _inverted(
    tokens: Tokens, i: int, cue: CueForm, high: int, opens: dict[int, int], quote_before: bool
) -> Attribution | None:
    """The source behind its verb: "…," said Lev Orlov, a trader."""
    after = i + 1
    if (
        ("t" in cue.takes and not (cue.lemma == "ask" and quote_before))
        or not ("c" in cue.takes or "q" in cue.takes)
        or not (quote_before or cue.lemma in _INVERTING)
    ):
        return None
    phrase = noun_phrase_after(tokens, after, high, opens)
    if phrase is None or not (can_speak(tokens, phrase) or (quote_before and cue.lemma == "say")):
        return None
    right = skip_adjuncts(tokens, phrase.last, high, opens)
    if right < high and tokens.lower[right] == "that":
        right = phrase.last
    closed = right >= high or tokens.lower[right] in DASHES | {",", ";"}
    if not quote_before and not closed:
        return None
    return Attribution(phrase, (i, after), i, right, "clause", inverted=True, lemma=cue.lemma)


def _participle(
    tokens: Tokens, i: int, first: int, cue: CueForm, low: int, high: int, opens: dict[int, int],
    closes: dict[int, int], before: list[Attribution],
) -> Attribution | None:  # fmt: skip
    """ "…, adding that"; "He left, saying it was over"; "is telling voters"; "began by thanking them"."""
    lower, lemma = tokens.lower, cue.lemma
    complement = read_complement(tokens, lemma, cue.takes, i + 1, high, opens, "")
    if complement is None:
        return None
    form, last, right, that = complement
    contracted = first > low and lower[first - 1].partition("'")[0] in SUBJECTS and "'" in lower[first - 1]
    if contracted or any(word in BE for word in lower[first:i]):  # progressive: a verb with a subject of its own
        subject = noun_phrase_before(tokens, first, low, closes)
        if subject is None or not can_speak(tokens, subject) or lemma in {"go", "attack", "continue"}:
            return None
        return Attribution(subject, (first, last), subject.first, right, form, that=that, lemma=lemma)
    if first <= low:
        return None
    prior = lower[first - 1]
    loose = prior in _GERUND_OPENERS
    if not (loose or prior in DASHES | {",", "while"} or first - 1 in closes or tokens.shape[first - 1] in "Ww"):
        return None
    quote_behind = i + 1 in opens or (i + 2 in opens and lower[i + 1] in DASHES | {",", ":"})
    said = that or quote_behind
    if lemma in _ACTING and not quote_behind:
        return None
    if loose and not (said or lemma in _PLAIN_SPEAKING or (prior == "by" and form == "object")):
        return None
    subject = None
    if not loose and tokens.shape[first - 1] in "Ww" and prior != "while":
        # "staff members suggesting that …": the noun in front of the participle is its subject.
        subject = noun_phrase_before(tokens, first, low, closes)
        head = tokens.lower[_head(tokens, subject)] if subject is not None else ""
        if subject is not None and (head in VENUES or head in BODIES or not can_speak(tokens, subject)):
            subject = clause_subject(tokens, low, first, opens)  # "they issued a statement saying that …"
        if subject is None and not said and lemma not in _PLAIN_SPEAKING:
            return None
    if subject is None and not before:
        subject = clause_subject(tokens, low, first, opens)
        if subject is None or lower[subject.core - 1].endswith("'s"):
            return None
    shared = subject is None or subject.last != first
    left = first if shared or subject is None else subject.first
    return Attribution(subject, (i, last), left, right, form, shared=shared, that=that, lemma=lemma)


def _form_of(tokens: Tokens, attribution: Attribution) -> str:
    form = cue_forms().get(tokens.lower[attribution.cue[1] - 1])
    return form.form if form else "past"


def _head(tokens: Tokens, phrase: Phrase) -> int:
    """The noun that a phrase is about: the last word in front of its first preposition."""
    for k in range(phrase.first + 1, phrase.core):
        if tokens.lower[k] in PREPOSITIONS:
            return k - 1
    return phrase.core - 1


def _agrees(tokens: Tokens, subject: Phrase, cue: CueForm, chain: list[str]) -> bool:
    """Whether a form that may be a noun or an adjective stands as a verb behind this subject."""
    lower, shape = tokens.lower, tokens.shape
    at = _head(tokens, subject)
    head = lower[at]
    if head.endswith("'s") or (
        at > subject.first and is_verbal(tokens, at) and lower[at - 1] not in DETERMINERS
    ):
        return False
    if cue.form == "past":
        # "the reported attack": an adjective behind an article.
        return not (subject.core == subject.last and head in DETERMINERS - ALONE - {"other"})
    if chain and (
        chain[-1] in HAVE | MODALS
        or chain[-1].endswith("n't")
        or chain[-1] in {"do", "does", "did", "not", "to"}
    ):
        return True
    if cue.form == "s":
        # "Russia claims" against "Russian claims", "the claims": a name or a noun in the singular.
        if head in ALONE - _SINGLE or lower[subject.first] in ALONE - _SINGLE:
            return False
        if head == "and" or head in PREPOSITIONS or (shape[subject.core - 1] == "w" and head in DETERMINERS):
            return False
        adjective = head.endswith(("ian", "ish", "ese", "ean", "ic")) and head not in _SINGULAR_IN_IC
        return cue.lemma == "say" or not adjective or (subject.core > 1 and shape[subject.core - 2] == "W")
    if head in SUBJECTS:
        return head not in {"he", "she", "it"}
    plural = (head.endswith("s") and not head.endswith("ss")) or head in _PLURAL_NOUNS
    plural = plural or any(word in PEOPLE or word in PLURAL_BODIES for word in lower[subject.first : at])
    return plural or "and" in lower[subject.first : subject.core]
