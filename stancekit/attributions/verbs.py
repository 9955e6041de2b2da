"""Attributions by a verb: finite, inverted, participle."""

from stancekit.attributions.attribution import Attribution, Sentence
from stancekit.complements import Before, Complement, read_complement, skip_adjuncts
from stancekit.lexicon import CueForm, cue_forms
from stancekit.lexicon.grammar import (
    ALONE,
    AUXILIARIES,
    BE,
    BODIES,
    DASHES,
    DEPENDENT,
    DETERMINERS,
    HAVE,
    MODALS,
    NAME_LIKE,
    PEOPLE,
    PLURAL_BODIES,
    PREPOSITIONS,
    SOURCE_NOUNS,
    SUBJECTS,
    VENUES,
    is_adverb,
)
from stancekit.noun_phrases import (
    Phrase,
    can_speak,
    clause_subject,
    is_verbal,
    noun_phrase_after,
    noun_phrase_before,
    sentence_subject,
)
from stancekit.quotations import names_a_work
from stancekit.tokens import Tokens

# A verb of no list stands this far behind its quotation at most (tokens): chosen by eye.
UNLISTED_REACH = 8


def unlisted(sentence: Sentence, i: int) -> CueForm | None:
    """A verb of no list that can only be a cue: "…," the widow hissed."""
    tokens, low, _, _, closes = sentence
    word = tokens.lower[i]
    lower = tokens.lower
    past = word.endswith("ed")
    present = word.endswith("s") and i > low and (tokens.shape[i - 1] == "W" or lower[i - 1] in {"he", "she"})
    if not (past or present) or word in PREPOSITIONS:
        return None
    subject = any(
        j in closes and (lower[j - 1] in {",", "?", "!", "…"} or lower[j + 1] == ",")
        for j in range(max(low, i - UNLISTED_REACH), i - 1)
    )
    return CueForm(word, "q", "past" if past else "s") if subject else None


# In front of these a source and its cue stand in a subordinate clause, whose content ends at the next comma.
_SUBORDINATORS = frozenset(
    "while although though as when if because after since what which that who where".split()
)
_INVERTING = frozenset(
    "say add write report note warn explain argue promise conclude declare recall claim quip remind "
    "forecast predict insist counter admit concede assert complain estimate suggest remark observe "
    "reply joke affirm vow maintain contend announce confirm recount lament reckon submit".split()
)
_ARTICLES = DEPENDENT - {"other"}
_ASKING = MODALS | {"do", "does", "did"}
_SPEAKING_NOUNS = SOURCE_NOUNS | VENUES
_SINGLE = frozenset({"another", "one", "this"})
_SINGULAR = frozenset("a an every each".split())
# Verbs whose form in -s is as often the plural of a noun.
_NOUNS = frozenset(
    "remark reason report question comment claim promise demand hope plan call doubt fear attack "
    "answer note pin hint "
    "post tweet state urge forecast estimate request object list log support address issue release "
    "offer order rule "
    "reply charge challenge brief share email count back".split()
)
_SINGULAR_IN_IC = frozenset("republic public cleric critic".split())
_PLURAL_NOUNS = frozenset("people police many some others both most few media men women".split())
# Participles that do more than speak unless a quotation follows.
_ACTING = frozenset("attack speak talk continue go begin hold see ask".split())
_PLAIN_SPEAKING = frozenset(
    "say tell add warn claim call accuse insist argue announce deny criticize criticise condemn "
    "denounce praise urge demand "
    "suggest blame describe promise vow note stress emphasize emphasise".split()
)
_CLOSED_BY_COMMA = frozenset("\"”'’")
# What shows something by its words or numbers; a video or a crater does not.
_EVIDENCE = frozenset(
    "poll polls survey surveys study studies report reports record records document documents data figures "
    "statistics numbers results research analysis estimates filings census index letter letters emails "
    "logs".split()
)
# Behind these stands a text of the subject's own.
_ISSUING = frozenset(
    "issued issues issue released releases release sent sends published posted wrote signed made gave read "
    "circulated delivered filed tweeted put out launched unveiled unleashed fired penned drafted "
    "distributed".split()
)
_GERUND_OPENERS = frozenset("and as by before after without when of for in from about despite".split())


def by_verb(
    sentence: Sentence, i: int, cue: CueForm, before: list[Attribution], wide: bool
) -> Attribution | None:
    """The attribution whose verb is token i, or None if the verb attributes nothing there."""
    tokens, low, high, opens, closes = sentence
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
    quote_before = _quote_ends(sentence, first)
    if (
        first == i
        and cue.form in ("past", "s")
        and (quote_before or (first > low and lower[first - 1] == ","))
    ):
        inverted = _inverted(sentence, i, cue, quote_before)
        if inverted is not None:
            return inverted
    if cue.form == "ing":
        return _participle(sentence, i, first, cue, before)
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
        if head in DEPENDENT:
            return None
    if cue.lemma == "show" and not wide and subject and lower[_head(tokens, subject)] not in _EVIDENCE:
        return None
    left = first if shared or subject is None else subject.first
    if cue.form == "base" and left > low and lower[left - 1] in _ASKING:
        return None  # a question: "Can we expect violence?"
    ends: Before = "quotation" if _quote_ends(sentence, left) else ""
    if not ends and left - 1 > low and lower[left - 1] in DASHES | {","} and not shared:
        ends = "comma"
    complement = read_complement(tokens, cue, i + 1, high, opens, ends)
    if complement is None:
        return None
    if not wide and _asserts_nothing(tokens, cue, chain, complement.end, high):
        return None
    form, last, right, that = complement
    if form == "infinitive" and left > low and lower[left - 1] in {"that", "which"}:
        return None  # "the problem that hawks wanted to confront"
    if cue.lemma == "state" and cue.form == "s" and not (that or right in opens):
        return None  # a noun: "the Baltic states"
    certain = cue.lemma == "say" or (form == "clause" and (that or right in opens or ends == "quotation"))
    if subject is not None and not can_speak(tokens, subject):
        # "Fighters were also killed said Orlov": the source may follow without a comma.
        behind = _inverted(sentence, i, cue, False) if cue.form in ("past", "s") else None
        if behind is not None or not certain:
            return behind
    if shared:  # "Though she called it a farce and asked for time, the envoy …"
        subordinate = bool(before) and before[-1].subordinate and lower[first - 1] != ","
    else:
        subordinate = left > low and (lower[left - 1] in _SUBORDINATORS or antecedent is not None)
    return Attribution(
        subject, (first, last), left, right, form, shared=shared, that=that, antecedent=antecedent,
        lemma=cue.lemma, subordinate=subordinate,
    )  # fmt: skip


def _asserts_nothing(tokens: Tokens, cue: CueForm, chain: list[str], behind: int, high: int) -> bool:
    """ "would not say whether …", "did not tell reporters how …"."""
    negated = any(word in {"not", "never", "cannot"} or word.endswith("n't") for word in chain)
    silent = negated and cue.lemma in {"say", "tell", "specify", "disclose", "reveal", "explain", "clarify"}
    return silent and behind < high and tokens.lower[behind] in _QUESTION_WORDS


_QUESTION_WORDS = frozenset("if whether how what who when where why which".split())


def _quote_ends(sentence: Sentence, k: int) -> bool:
    """Whether a quotation of the sentence ends in front of token k, a comma or dash left out."""
    tokens, low, _, _, closes = sentence
    for end in (k - 1, k - 2):
        if end >= low and end in closes and (end == k - 1 or tokens.lower[k - 1] in DASHES | {",", "."}):
            return not names_a_work(tokens, low, closes[end], end)
    return False


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


def _inverted(sentence: Sentence, i: int, cue: CueForm, quote_before: bool) -> Attribution | None:
    """The source behind its verb: "…," said Lev Orlov, a trader."""
    tokens, _, high, opens, _ = sentence
    after = i + 1
    if (
        ("t" in cue.takes and cue.lemma != "promise" and not (cue.lemma == "ask" and quote_before))
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
    sentence: Sentence, i: int, first: int, cue: CueForm, before: list[Attribution]
) -> Attribution | None:
    """ "…, adding that"; "He left, saying it was over"; "is telling voters"; "began by thanking them"."""
    tokens, low, high, opens, closes = sentence
    lower, lemma = tokens.lower, cue.lemma
    complement = read_complement(tokens, cue, i + 1, high, opens, "")
    if complement is None:
        return None
    form, last, right, that = complement
    contracted = first > low and lower[first - 1].partition("'")[0] in SUBJECTS and "'" in lower[first - 1]
    if contracted or any(
        word in BE for word in lower[first:i]
    ):  # progressive: a verb with a subject of its own
        subject = noun_phrase_before(tokens, first, low, closes)
        if subject is None or not can_speak(tokens, subject) or lemma in {"go", "attack", "continue"}:
            return None
        return Attribution(subject, (first, last), subject.first, right, form, that=that, lemma=lemma)
    if first <= low:
        return _opening_participle(sentence, i, complement, lemma)
    prior = lower[first - 1]
    loose = prior in _GERUND_OPENERS
    if not (
        loose or prior in DASHES | {",", "while"} or first - 1 in closes or tokens.shape[first - 1] in "Ww"
    ):
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
        if tokens.shape[first - 1] == "w" and prior not in _SPEAKING_NOUNS:
            return None  # "they must stop saying that …"
        subject = noun_phrase_before(tokens, first, low, closes)
        if subject is not None and not _owns_participle(tokens, subject, low):
            if lower[subject.first - 1] not in _ISSUING:
                return None  # "they vetoed a resolution calling for …"
            subject = None  # "they issued a statement saying that …"
        if subject is None and not said and lemma not in _PLAIN_SPEAKING:
            return None
    if subject is None and not before:
        subject = sentence_subject(tokens, low, first, opens)
        if subject is None or not can_speak(tokens, subject):
            sure = said or lemma in _PLAIN_SPEAKING
            subject = clause_subject(tokens, low, first, opens) if sure else None
        if subject is None or lower[subject.core - 1].endswith("'s"):
            return None
    shared = subject is None or subject.last != first
    left = first if shared or subject is None else subject.first
    return Attribution(
        subject, (i, last), left, right, form, shared=shared, that=that, lemma=lemma, participle=True
    )


def _opening_participle(sentence: Sentence, i: int, complement: Complement, lemma: str) -> Attribution | None:
    """ "Citing the drought, the minister closed the dam.": the subject follows the comma."""
    tokens, low, high, opens, _ = sentence
    form, last, right, that = complement
    k = right
    while k < high and (k in opens or tokens.lower[k] != ","):
        k = opens.get(k, k + 1)
        if tokens.lower[k - 1] in _CLOSED_BY_COMMA and k - 2 >= right and tokens.lower[k - 2] == ",":
            k -= 2
            break
    if k >= high:
        return None
    behind = k + 1 + (tokens.lower[k] == "," and k + 1 < high and tokens.lower[k + 1] in _CLOSED_BY_COMMA)
    if behind >= high or (lemma in _ACTING and not that):
        return None
    subject = noun_phrase_after(tokens, behind, high, opens)
    if subject is None or subject.last >= high or not can_speak(tokens, subject):
        return None
    return Attribution(subject, (i, last), low, right, form, that=that, lemma=lemma, subordinate=True)


def _owns_participle(tokens: Tokens, subject: Phrase, low: int) -> bool:
    """Whether people, rather than a text, stand in front of a participle, and in no appositive."""
    head = tokens.lower[_head(tokens, subject)]
    inside = subject.first > low and tokens.lower[subject.first - 1] in {",", "and", "or"}
    return not inside and head not in VENUES and head not in BODIES and can_speak(tokens, subject)


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
        return not (subject.core == subject.last and head in _ARTICLES)
    if chain and (
        chain[-1] in HAVE | MODALS
        or chain[-1].endswith("n't")
        or chain[-1] in {"do", "does", "did", "not", "to"}
    ):
        return True
    if cue.form == "base" and lower[subject.first] in _SINGULAR:
        return False  # "a public-records request"
    if cue.form == "s":
        if cue.lemma in _NOUNS and shape[at] == "w" and head not in SOURCE_NOUNS and head not in SUBJECTS:
            return False  # "the minister's divisive remarks"
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
