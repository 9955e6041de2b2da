"""Sentence -> attributions: each cue with its source, before any content is given to it."""

from dataclasses import dataclass

from stancekit.lexicon import cue_forms
from stancekit.phrases import (
    AUXILIARIES, DETERMINERS, NAME_LIKE, OBJECTS, PREPOSITIONS, STOPS, SUBJECTS, Phrase, has_source_noun, is_adverb,
    noun_phrase_after, noun_phrase_before, skip_adjuncts,
)  # fmt: skip
from stancekit.tokens import Tokens

_BE = frozenset("is are was were be been being am get got gets".split())
_HAVE = frozenset("has have had having hasn't haven't hadn't".split())
_MODALS = frozenset("would will could can may might must should shall wouldn't couldn't won't can't".split())
_CLAUSE_OPENERS = DETERMINERS | SUBJECTS | frozenset(
    "that there if whether when while because although though after as how why what where who since people in on at for "
    "not nothing everyone nobody everything someone anyone such more less about at only even up".split()
)  # fmt: skip


@dataclass(slots=True)
class Attribution:
    """A cue and who it is said of.

    ``left`` and ``right`` bound all its tokens, adjuncts behind the cue included: contents lie outside.
    ``kind`` is ``clause``, ``object``, ``infinitive``, ``according`` or ``colon``.
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
    tokens: Tokens, low: int, high: int, opens: dict[int, int], closes: dict[int, int]
) -> list[Attribution]:
    """Attributions of one sentence, from left to right.

    Parameters
    ----------
    low, high : the sentence's tokens
    opens : first token of each quotation -> the token behind it
    closes : last token of each quotation -> its first
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
        elif word == "quoted" and i + 2 < high and lower[i + 1] == "as" and lower[i + 2] in ("saying", "telling"):
            found = _quoted_as(tokens, i, low, high, opens, closes)
        elif (form := forms.get(word)) is not None and tokens.shape[i] == "w":
            found = _verb(tokens, i, form.lemma, form.takes, form.form, low, high, opens, closes, out)
        else:
            found = None
        if found is not None and (not out or found.cue[0] >= out[-1].cue[1]):
            out.append(found)
            i = max(i + 1, found.cue[1], found.right if found.kind == "according" else 0)
        else:
            i += 1
    return out


def _according(tokens: Tokens, i: int, after: int, high: int, opens: dict[int, int]) -> Attribution | None:
    phrase = noun_phrase_after(tokens, after, high, opens)
    if phrase is None:
        return None
    return Attribution(phrase, (i, after), i, phrase.last, "according", lemma="according")


def _quoted_as(
    tokens: Tokens, i: int, low: int, high: int, opens: dict[int, int], closes: dict[int, int]
) -> Attribution | None:
    first = i
    while first > low and tokens.lower[first - 1] in AUXILIARIES:
        first -= 1
    subject = noun_phrase_before(tokens, first, low, closes)
    last = i + 3
    left = subject.first if subject else first
    return Attribution(subject, (first, last), left, skip_adjuncts(tokens, last, high, opens), "clause", lemma="say")


def _verb(
    tokens: Tokens, i: int, lemma: str, takes: str, form: str, low: int, high: int,
    opens: dict[int, int], closes: dict[int, int], before: list[Attribution],
) -> Attribution | None:  # fmt: skip
    lower, shape = tokens.lower, tokens.shape
    after = i + 1
    # Auxiliaries and adverbs in front of the verb belong to the cue.
    first = i
    while (
        first > low
        and (lower[first - 1] in AUXILIARIES or is_adverb(lower[first - 1]))
        and not (shape[first - 1] == "W" and lower[first - 1] in NAME_LIKE)
        and first - 1 not in closes
    ):
        first -= 1
    chain = lower[first:i]
    if "w" in takes:
        return None  # thoughts and intentions: no speech
    if form in ("base",) and "to" in chain and not ("went" in chain or "go" in chain or "goes" in chain or "going" in chain):
        return None
    if any(w in _BE for w in chain) and form != "ing":
        if form in ("past", "participle"):
            return None  # passive: the subject is who is spoken of
    if any(w in _MODALS for w in chain) and not any(w in _HAVE for w in chain) and lemma not in {"say", "comment", "confirm"} and form == "base":
        return None
    if form == "participle" and not any(w in _HAVE for w in chain):
        return None
    quote_left = first - 1 in closes or (first - 1 > low and lower[first - 1] in {",", "—", "–", "-", "--"} and first - 2 in closes)
    quote_right = _quote_at(tokens, after, high, opens)
    # In post position behind a quotation the source may follow: "…," said Igor X
    if first == i and form in ("past", "s") and (quote_left or (first - 1 >= low and lower[first - 1] == ",")):
        phrase = noun_phrase_after(tokens, after, high, opens)
        if phrase is not None and has_source_noun(tokens, phrase) and not (lower[after] in OBJECTS and "t" in takes and lower[after] not in SUBJECTS) and ("c" in takes or "q" in takes) and "t" not in takes:
            if quote_left or lemma in {"say", "add", "write", "report", "note", "warn", "explain", "argue"}:
                right = skip_adjuncts(tokens, phrase.last, high, opens)
                if right < high and lower[right] == "that":
                    right = phrase.last
                closed = right >= high or lower[right] in {",", ";", "—", "–", "-", "--"} or right in opens
                if quote_left or closed:
                    return Attribution(phrase, (i, after), i, right, "clause", inverted=True, lemma=lemma)
    if form == "ing":
        return _participle(tokens, i, first, lemma, takes, low, high, opens, closes, before, quote_right)
    subject = noun_phrase_before(tokens, first, low, closes) if first > low and first - 1 not in closes else None
    antecedent = None
    shared = False
    if subject is None:
        # "X said … and accused …": the subject is that of the verb before.
        joint = first - 1 >= low and lower[first - 1] in {"and", "but", "then"} or (first - 2 >= low and lower[first - 1] in {"then", "also", "later"})
        if not joint or (form not in ("past", "s", "base")):
            return None
        if not before:
            subject = sentence_subject(tokens, low, first, opens)
            if subject is None or not has_source_noun(tokens, subject):
                return None
        shared = True
        if form == "base" and (before and before[-1].lemma and _form_of(tokens, before[-1]) != "base"):
            return None
    else:
        head = lower[subject.first] if subject.core - subject.first == 1 else ""
        if head in {"who", "which"}:
            antecedent = noun_phrase_before(tokens, subject.first - (lower[subject.first - 1] == ","), low, closes) if subject.first - 1 > low else None
            if head == "which" and antecedent is not None and not has_source_noun(tokens, antecedent):
                return None
        elif head == "it" and form == "base":
            return None
        if not _agrees(tokens, subject, form, lemma, chain):
            return None
        if lemma != "say" and not has_source_noun(tokens, subject):
            return None
        if lower[subject.first] in DETERMINERS and subject.core - subject.first == 1 and lower[subject.first] not in {"some", "many", "most", "several", "others", "both", "few", "all", "another", "one", "these", "those", "this"}:
            return None
    left = subject.first if subject is not None and not shared else first
    kind, last, right, that = _complement(tokens, lemma, takes, form, after, high, opens, quote_left, left, low)
    if kind is None:
        return None
    sub = False
    if not shared and subject is not None and left > low:
        prior = lower[left - 1]
        sub = prior in {"while", "although", "though", "as", "when", "if", "because", "after", "since", "what", "which", "that", "who", "where"}
        if prior in {"that", "which", "what"} and kind == "clause":
            sub = True
    return Attribution(
        None if shared and before else subject, (first, last), left, right, kind, shared=shared, that=that,
        antecedent=antecedent, lemma=lemma, subordinate=sub,
    )  # fmt: skip


def _form_of(tokens: Tokens, attribution: Attribution) -> str:
    form = cue_forms().get(tokens.lower[attribution.cue[1] - 1])
    return form.form if form else "past"


def _participle(
    tokens: Tokens, i: int, first: int, lemma: str, takes: str, low: int, high: int,
    opens: dict[int, int], closes: dict[int, int], before: list[Attribution], quote_right: bool,
) -> Attribution | None:  # fmt: skip
    """ "…, adding that"; "He left, saying it was over"; "is telling voters"."""
    lower = tokens.lower
    chain = lower[first:i]
    if any(w in _BE for w in chain):  # progressive: a finite verb with its own subject
        subject = noun_phrase_before(tokens, first, low, closes)
        if subject is None or not has_source_noun(tokens, subject) or lemma in {"go", "attack", "continue"}:
            return None
        kind, last, right, that = _complement(tokens, lemma, takes, "ing", i + 1, high, opens, False, subject.first, low)
        if kind is None:
            return None
        return Attribution(subject, (first, last), subject.first, right, kind, that=that, lemma=lemma)
    if first - 1 < low:
        return None
    prior = lower[first - 1]
    if prior not in {",", "and", "—", "–", "-", "while", "as", "by", "before", "after", "without", "when"} and first - 1 not in closes and not _ends_name(tokens, first - 1):
        return None
    if prior in {"by", "before", "after", "without", "as", "and", "when"} and lemma not in {"say", "tell", "add", "warn", "claim", "call", "accuse", "insist"}:
        return None
    kind, last, right, that = _complement(tokens, lemma, takes, "ing", i + 1, high, opens, False, first, low)
    if kind is None or lemma in {"attack", "continue", "go", "begin", "hold", "see", "ask"} and not quote_right:
        return None
    if before:
        return Attribution(None, (i, last), first, right, kind, shared=True, that=that, lemma=lemma)
    subject = sentence_subject(tokens, low, first, opens)
    if subject is None or not has_source_noun(tokens, subject):
        return None
    return Attribution(subject, (i, last), first, right, kind, shared=True, that=that, lemma=lemma)


def _ends_name(tokens: Tokens, i: int) -> bool:
    return tokens.shape[i] == "W"


def sentence_subject(tokens: Tokens, low: int, high: int, opens: dict[int, int]) -> Phrase | None:
    """The noun phrase that a sentence is about: its first one, behind a setting such as "On Tuesday,".

    Parameters
    ----------
    opens : first token of each quotation -> the token behind it
    """
    lower = tokens.lower
    while low < high and lower[low] in {"but", "and", "yet", "meanwhile", "however", "still", "so", ",", "then", "also", "later", "earlier"}:
        low += 1
    if low < high and (lower[low] in PREPOSITIONS or lower[low] in _SETTING_OPENERS):
        comma = next((k for k in range(low, min(high, low + 30)) if lower[k] == ","), None)
        if comma is None or comma + 1 >= high:
            return None
        low = comma + 1
    if low >= high or low in opens:
        return None
    phrase = noun_phrase_after(tokens, low, high, opens)
    if phrase is None or phrase.last >= high and high - low > 1:
        return None
    return phrase


_SETTING_OPENERS = frozenset("when while after before as if although though because since asked during following despite until once unlike speaking last earlier".split())


def _agrees(tokens: Tokens, subject: Phrase, form: str, lemma: str, chain: list[str]) -> bool:
    """Whether a form that may be a noun or an adjective stands as a verb behind this subject."""
    lower, shape = tokens.lower, tokens.shape
    head = lower[subject.core - 1]
    if form == "past":
        if subject.core == subject.last and lower[subject.last - 1] in DETERMINERS - {"some", "many", "most", "several", "others", "both", "few", "all", "another", "one", "these", "those", "this", "other"}:
            return False
        return not head.endswith("'s")
    if chain and (chain[-1] in _HAVE or "n't" in chain[-1] or chain[-1] in {"do", "does", "did", "not"}):
        return True
    if head.endswith("'s"):
        return False
    plural = head in SUBJECTS - {"he", "she", "it"} or (head.endswith("s") and not head.endswith("ss")) or head in {"people", "police", "many", "some", "others", "both", "most", "few", "media", "men", "women", "critics"}
    if form == "s":
        # "Russia claims" against "Russian claims", "the claims": a name or noun in the singular.
        if head.endswith("'s") or head in {"and", "or"} or lower[subject.core - 1] in PREPOSITIONS:
            return False
        if lemma == "say":
            return True
        if shape[subject.core - 1] == "w" and head in DETERMINERS:
            return False
        return not head.endswith(("ian", "ish", "ese", "ean", "ic")) or head in {"republic", "public", "cleric", "critic"} or shape[subject.core - 2 : subject.core - 1] == "W"
    return plural or "and" in lower[subject.first : subject.core] or head in {"i", "we", "they", "you", "who", "which"}


def _quote_at(tokens: Tokens, k: int, high: int, opens: dict[int, int]) -> bool:
    if k in opens:
        return True
    return k + 1 < high and tokens.lower[k] in {",", ":", "—", "–", "-", "--"} and k + 1 in opens


def _complement(
    tokens: Tokens, lemma: str, takes: str, form: str, after: int, high: int, opens: dict[int, int],
    quote_left: bool, left: int, low: int,
) -> tuple[str | None, int, int, bool]:  # fmt: skip
    """What follows the verb: (kind, end of cue, end of adjuncts, "that" seen); kind None if it is no cue here."""
    lower, shape = tokens.lower, tokens.shape
    last = after
    k = after
    if lemma == "go":
        if k + 1 < high and lower[k] == "on" and lower[k + 1] in {",", ":"} or (quote_left and k < high and lower[k] == "on"):
            return "clause", k + 1, k + 1, False
        return None, 0, 0, False
    if lemma == "point" and not (k < high and lower[k] in {"out", "to"}):
        return None, 0, 0, False
    if lemma == "point" and lower[k] == "out":
        k += 1
        last = k
        takes = "cq"
    if lemma == "make" or lemma == "put":
        return None, 0, 0, False
    if "t" in takes and k < high and k not in opens:
        end = _addressee_end(tokens, k, high, opens, lemma)
        if end is not None:
            k = end
            if k < high and lower[k] == "to" and lemma not in {"promise", "swear"}:
                return "infinitive", k, k, False
            if k < high and lower[k] in {"of", "about", "against"} and lemma in {"tell", "warn", "remind", "inform", "assure", "notify"}:
                return "object", k + 1, k + 1, False
            last = k
    elif k < high and lower[k] == "to" and k + 1 < high and (lower[k + 1] in OBJECTS or lower[k + 1] in {"reporters", "journalists", "lawmakers"}) and lemma not in {"refuse", "decline", "vow"}:
        k += 2
        last = k
    end = skip_adjuncts(tokens, k, high, opens)
    at_end = end >= high or lower[end] in {".", "?", "!", ";"} or shape[end] == "."
    following = lower[end] if end < high else ""
    if following == "that" and end + 1 < high and "c" + "t" and ("c" in takes or "t" in takes):
        nxt = lower[end + 1]
        if nxt not in {"'s", "."}:
            return "clause", last, end + 1, True
    if following in {",", ":", "—", "–", "-", "--"} and end + 1 < high and end + 1 in opens and ("c" in takes or "q" in takes or "t" in takes or following == ":"):
        return "clause", last, end + 1, False
    if following == ":" and ("c" in takes or "q" in takes or "t" in takes):
        return "clause", last, end + 1, False
    if end in opens:
        if "c" in takes or "q" in takes or "t" in takes:
            return "clause", last, end, False
        if "o" in takes:
            return "object", last, end, False
    if at_end or following in {",", ")"}:
        # Post or middle position: the content stands in front.
        if ("c" in takes or "q" in takes or "t" in takes) and ("t" not in takes or last > after or quote_left or lemma == "warn"):
            if quote_left or lemma in _POSTPOSED:
                return "clause", last, end, False
        if "o" not in takes or at_end and end == after:
            return None, 0, 0, False
    if "i" in takes and k < high and lower[k] == "to" and k + 1 < high and not (lemma in {"ask", "want", "expect"} and False):
        return "infinitive", k, k, False
    if "p" in takes and k < high and lower[k] in {"for", "on", "upon", "of", "about", "against", "with", "over", "to", "at"}:
        if lemma == "call" and lower[k] not in {"for", "on", "upon"}:
            return None, 0, 0, False
        if lower[k] == "to" and lemma not in {"appeal", "respond", "object", "point", "testify"}:
            return None, 0, 0, False
        if lower[k] in {"with", "at"} and lemma not in {"plead", "disagree", "rail"}:
            return None, 0, 0, False
        return "object", k + 1, k + 1, False
    if "q" in takes and not ("c" in takes or "o" in takes or "t" in takes):
        return ("clause", last, end, False) if quote_left else (None, 0, 0, False)
    if ("c" in takes or ("t" in takes and last > after)) and end < high:
        if "o" in takes and lemma not in {"report", "announce", "claim", "state", "say", "admit", "acknowledge", "confirm", "reveal", "predict", "estimate", "suggest", "warn", "declare", "allege", "believe"}:
            return ("object", last, k, False)
        if end > k and _opens_clause(tokens, end):
            return "clause", last, end, False
        return "clause", last, k if not _opens_clause(tokens, end) and k < end else end, False
    if "o" in takes and k < high:
        if k in opens or lower[k] not in {".", "?", "!", ",", ";", "by", "in", "on", "at", "as", "and", "or", "but"}:
            if lemma == "call" and not _names(tokens, k, high, opens):
                return None, 0, 0, False
            return "object", last, k, False
    return None, 0, 0, False


_POSTPOSED = frozenset(
    "say tell add report announce claim note warn explain write argue insist confirm acknowledge admit concede state declare "
    "believe think suggest recall testify predict estimate complain continue conclude stress tweet post comment remark observe "
    "reply respond ask joke maintain contend allege affirm".split()
)


def _opens_clause(tokens: Tokens, k: int) -> bool:
    return k < len(tokens) and (tokens.lower[k] in _CLAUSE_OPENERS or tokens.shape[k] in "WtaQ" or tokens.shape[k] == "w")


def _names(tokens: Tokens, k: int, high: int, opens: dict[int, int]) -> bool:
    """ "called Y '…'", "called it a farce": something is named, not telephoned."""
    stop = min(high, k + 14)
    if any(j in opens for j in range(k, stop)):
        return True
    for j in range(k + 1, stop):
        if tokens.lower[j] in {",", "."}:
            return False
        if tokens.lower[j] in {"a", "an", "the"} and (tokens.shape[j - 1] in "W" or tokens.lower[j - 1] in OBJECTS or tokens.shape[j - 1] == "w" and tokens.lower[j - 1] not in PREPOSITIONS and tokens.lower[j - 1] not in STOPS):
            return True
    return False


def _addressee_end(tokens: Tokens, k: int, high: int, opens: dict[int, int], lemma: str) -> int | None:
    """End of the addressee behind told, warned, asked …: "reporters", "the council", "him and his aides"."""
    lower, shape = tokens.lower, tokens.shape
    word = lower[k]
    if word in OBJECTS:
        return k + 1
    if word in {"that", "to", "of", ",", "."} or word in SUBJECTS:
        return None
    j = k
    while j < high and lower[j] in DETERMINERS and lower[j] != "that":
        j += 1
    start = j
    while j < high and j not in opens:
        letter = shape[j]
        if letter == "p" and lower[j] not in {"&"} or letter == "." or lower[j] in STOPS or lower[j] in SUBJECTS:
            break
        if lower[j] in PREPOSITIONS and not (lower[j] in {"of", "from"} and j > start):
            break
        if lower[j] in DETERMINERS and lower[j - 1] not in {"of", "and"}:
            break
        if j > start and lower[j] == "and" and not (j + 1 < high and (shape[j + 1] == shape[j - 1])):
            break
        if j > start and letter != shape[j - 1] and not (shape[j - 1] in "Ww" and k < start) and lower[j] not in {"news", "television", "radio", "newspaper", "of", "and", "magazine", "state", "agency"} and lower[j - 1] not in {"of", "and"}:
            break
        if j > start and is_adverb(lower[j]):
            break
        if lower[j] in _DAYWORDS:
            break
        j += 1
        if j - start == 1 and lower[j - 1] in {"reporters", "journalists", "lawmakers", "afp", "reuters"}:
            break
    if j == start:
        return None
    if lemma not in {"tell", "inform", "remind", "assure", "reassure", "notify"} and not (j < high and lower[j] in {"that", "to", "against", "of", "about"}):
        return None
    return j


_DAYWORDS = frozenset("monday tuesday wednesday thursday friday saturday sunday yesterday today".split())
