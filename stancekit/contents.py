"""A sentence's attributions -> who said which of its words.

A content lies behind its cue, in front of it, or on both sides; each word is given away once, from left
to right. What is quoted inside a content (nested speech) is not given away again.
"""

from dataclasses import dataclass

from stancekit.attributions import Attribution, Sentence
from stancekit.lexicon.grammar import (
    AGENCIES,
    ASIDES,
    AUXILIARIES,
    BREAKS,
    DASHES,
    OWN_CLAUSES,
    PREPOSITIONS,
    SETTINGS,
    SUBJECTS,
    TIMES,
    WEEKDAYS,
    is_adverb,
)
from stancekit.noun_phrases import Phrase, is_verbal
from stancekit.quotations import names_a_work
from stancekit.tokens import Tokens

Piece = tuple[int, int]

# Verbs of thinking and willing: weaker evidence of speech than a "said" at the sentence's end.
_INWARD = frozenset(
    "believe think feel fear hope expect want wish consider doubt worry decide agree promise refuse decline "
    "offer threaten find see hold plan question".split()
)
_CLAUSE_ENDS = DASHES | {",", ";"}
_CONCESSIONS = frozenset({"though", "although", "while"})
_JOINTS = frozenset("and but while as what which that although though when if where".split())


# Behind what somebody is called: words of the reporter's.
_CIRCUMSTANCES = frozenset("on at during after before when while as following".split())
_PLAIN_SPEAKING = frozenset("say tell accuse claim call warn deny announce".split())
_CARRIERS = frozenset(
    "agency news newspaper paper daily magazine website site channel network station broadcaster "
    "television tv radio "
    "outlet media press times post journal reports report".split()
)
_QUESTION_WORDS = frozenset("what who how why where when which".split())
_LISTED = frozenset({"a", "an", "as"})
_OPENERS = frozenset("([$£€'")
_FINITE = AUXILIARIES - frozenset(
    "also later earlier then again further still once often always long now just both all ever to not never "
    "going go goes went on".split()
)


@dataclass(slots=True)
class Claim:
    """An attribution with the words it takes; `source` is filled in where it shares the one before."""

    attribution: Attribution
    source: Phrase | None
    content: list[Piece]


def share_out(sentence: Sentence, found: list[Attribution]) -> list[Claim]:
    """Contents for the attributions of one sentence.

    Parameters
    ----------
    sentence : without dateline and closing stop
    found : from left to right
    """
    return _Sharing(sentence).run(_outermost(sentence, found))


def _outermost(sentence: Sentence, found: list[Attribution]) -> list[Attribution]:
    """The attributions without those inside what the last one says ("The army wants it, residents said").

    An agency or a paper behind somebody's words only carries them.
    """
    tokens, last = sentence.tokens, found[-1]
    comma = len(found) > 1 and tokens.lower[last.left - 1] == ","
    closing = comma and last.right >= sentence.high and not last.that
    if not closing or last.kind not in ("clause", "according") or last.source is None or last.shared:
        return found
    inward = all(a.lemma in _INWARD for a in found[:-1])
    return found if _carries(tokens, last.source) and not inward else [last]


def _carries(tokens: Tokens, source: Phrase) -> bool:
    """Whether a source is an agency, a paper, a station."""
    words = [tokens.lower[k].removesuffix("'s") for k in range(source.first, source.core)]
    return any(word in AGENCIES or word in _CARRIERS for word in words)


class _Sharing:
    def __init__(self, sentence: Sentence) -> None:
        self.tokens, self.low, self.end, self.opens, self.closes = sentence
        self.lower = self.tokens.lower

    def run(self, found: list[Attribution]) -> list[Claim]:
        claims: list[Claim] = []
        free = self.low  # everything in front of it is given away
        inside: Attribution | None = None  # the attribution whose content the words behind it are
        source: Phrase | None = None
        for k, a in enumerate(found):
            if inside is not None and not self._stands_beside(a, inside):
                continue
            if a.left < free and inside is None:
                continue
            following = next(
                (b for b in found[k + 1 :] if b.left >= a.right and self._stands_beside(b, a)), None
            )
            limit = following.left if following else self.end
            left = None if inside is not None else self.trim(free, a.left)
            right = self.trim(a.right, limit)
            if a.kind == "according" and claims and left is None and inside is not None:
                # "… he said, according to Interfax": the agency is only the carrier
                free = max(free, a.right)
                continue
            if claims and left is None and right is None:
                # ", Interfax reported" behind words that already have their speaker
                free = max(free, a.right)
                continue
            content = self._content(a, left, right, limit)
            own = None if a.sourceless else a.source or source
            if (own is not None or a.sourceless) and self._says_something(content, a.kind):
                claims.append(Claim(a, own, content))
                last = max(piece[1] for piece in content)
                inside = a if last > a.cue[1] and last >= a.right else None
                free = max(free, last, a.right)
                if inside is not None and following is not None and following.left >= last:
                    inside = None
            if a.source is not None and a.kind != "according":
                source = a.source
        return claims

    def _stands_beside(self, b: Attribution, a: Attribution) -> bool:
        """Whether attribution b is on a level with a, and no part of what a says."""
        lower, at = self.lower, b.left - 1
        if at < self.low:
            return False
        before = lower[at]
        if b.kind == "according":
            return before != "that"
        if b.shared and b.lemma in _INWARD and before in {"and", "but", "then"}:
            return False  # "said she was glad but feared the army": it is she who fears
        if b.shared:
            return before in {",", "and", "but", "while", "then"} or before in DASHES or at in self.closes
        if at in self.closes or (before == "," and at - 1 in self.closes) or before == ";":
            return True
        if a.subordinate and before == ",":  # "While Damascus denies it, the inspectors say …"
            return True
        if before in {"while", "but", "whereas", "although", "though"}:
            # "… said that while he understands …" is part of what was said.
            return (
                at > a.right and lower[at - 1] in BREAKS | {"and"} or before == "but" or before == "whereas"
            )
        if before == "and" and b.source is not None and not a.that and b.lemma in _PLAIN_SPEAKING:
            # "Residents said the army had left and the ministry said it had not."
            return self.lower[b.source.first] not in SUBJECTS and b.source.core > b.source.first
        if before == "," and b.right >= self.end:
            return True
        if before == "and" and lower[at - 1] == ",":
            return True
        pronoun = (
            b.source is not None and b.source.core - b.source.first == 1 and lower[b.source.first] in SUBJECTS
        )
        spoken = b.right in self.opens or (b.right < self.end and lower[b.right] == ",")
        return before == "," and pronoun and spoken

    def trim(self, low: int, high: int) -> Piece | None:
        """Words without the commas and conjunctions at their edges; None if nothing is left."""
        lower = self.lower
        while (
            high > low
            and (lower[high - 1] in BREAKS or lower[high - 1] in _JOINTS)
            and high - 1 not in self.closes
        ):
            high -= 1
        while (
            low < high
            and self.tokens.shape[low] == "p"
            and low not in self.opens
            and lower[low] not in _OPENERS
        ):
            low += 1
        return (low, high) if low < high else None

    def _content(self, a: Attribution, left: Piece | None, right: Piece | None, limit: int) -> list[Piece]:
        lower = self.lower
        if a.kind == "according":
            return self._of_according(a, left, right)
        if a.kind == "noun":
            return [piece] if (piece := self.trim(a.right, min(a.until or limit, limit))) else []
        if a.kind == "passive":
            return self._of_passive(a, right)
        if a.kind in ("object", "infinitive"):
            if right is None:
                return []
            said = self._object(a, right)
            return [self._to_comma(said) if a.subordinate else said]
        if a.that or (a.right > 0 and lower[a.right - 1] == ":"):
            if right is None:
                return []
            return [self._to_comma(right) if a.subordinate else self._to_narration(right)]
        quoted_left = left is not None and self._ends_quoted(left)
        if a.lemma == "put":
            return [piece for piece in (left, right) if piece]
        if a.inverted:
            if left is None:
                return []
            return [left, right] if right and right[0] in self.opens else [left]
        comma_before = a.left - 1 >= self.low and (lower[a.left - 1] in BREAKS or a.left - 1 in self.closes)
        comma_after = a.right < limit and lower[a.right] in BREAKS
        setting = left is not None and not quoted_left and self._is_setting(left)
        if a.participle and not quoted_left:
            return [self._to_narration(right)] if right else []
        if right is None:
            if left is None or (setting and (not comma_before or left[1] - left[0] < 6)):
                return []
            return [left]
        if left is not None and quoted_left:
            if right[0] in self.opens and lower[right[0] - 1] in BREAKS:
                return [left, right]  # not: "…," he told "Inside Aleppo"
            if lower[right[0]] in _FINITE:
                return [left, right]
            joined = lower[a.right] == "," and lower[a.right + 1] in {"and", "but"}
            if joined and any(j in self.opens for j in range(a.right + 2, min(right[1], a.right + 8))):
                return [left, (a.right + 1, right[1])]  # "I love him," he said, but "he has a history."
            # "This," he said, pointing at the crater, "was the ward."
            again = next((j for j in range(*right) if j in self.opens), None)
            return [left, (again, right[1])] if again is not None and lower[again - 1] == "," else [left]
        if left is not None and comma_before and comma_after:
            # "The talks, he said, had failed": the clause goes on with its verb.
            verb = lower[right[0]] in _FINITE or is_verbal(self.tokens, right[0])
            if verb and lower[left[0]] not in PREPOSITIONS:
                return [left, right]
            if not (setting and left[1] - left[0] < 8):
                return [left] if self._is_aside(right) else [left, right]
        if left is not None and comma_before and not setting and right[0] in self.opens:
            return [left, right]  # "They took his flour, he says, 'and the army his oven'"
        if left is not None and comma_after and not setting and right[0] not in self.opens:
            return [left]
        return [self._to_comma(right) if a.subordinate else self._to_narration(right)]

    def _of_passive(self, a: Attribution, right: Piece | None) -> list[Piece]:
        assert a.topic is not None
        content = [(a.topic.first, a.topic.core)]
        if right is not None and a.until is not None:
            right = self.trim(right[0], min(right[1], a.until))
        if right is not None and (self.lower[right[0]] not in _CIRCUMSTANCES or self.lower[right[0]] == "as"):
            content.append(self._object(a, right))
        return content

    def _ends_quoted(self, piece: Piece) -> bool:
        last = piece[1] - 1
        if last not in self.closes and self.lower[last] in {",", "."}:
            last -= 1
        return last in self.closes and not names_a_work(self.tokens, piece[0], self.closes[last], last)

    def _of_according(self, a: Attribution, left: Piece | None, right: Piece | None) -> list[Piece]:
        lower = self.lower
        if left is None or (
            left[1] - left[0] <= 2 and lower[left[0]] in {"but", "and", "also", "meanwhile", "still"}
        ):
            return (
                [right] if right is not None and (lower[a.right] in BREAKS or right[1] - right[0] > 3) else []
            )
        if (
            right is not None
            and lower[a.right] == ","
            and lower[a.left - 1] == ","
            and not self._is_aside(right)
        ):
            return [left, right]
        return [left]

    def _is_setting(self, piece: Piece) -> bool:
        """Whether words in front of the source only set the scene ("On Tuesday,"; "Asked about it,")."""
        first, high = piece
        if self.lower[first] in {"but", "and", "yet", "meanwhile", "however", "still", "so"}:
            first += 1
        if first >= high:
            return True
        if self.lower[first] in SETTINGS or self.lower[first] in PREPOSITIONS:
            return "," not in self.lower[first:high] or high - first < 12
        return high - first <= 2 and (self.lower[first] in TIMES or is_adverb(self.lower[first]))

    def _is_aside(self, piece: Piece) -> bool:
        word = self.lower[piece[0]]
        return word.endswith("ing") or word in ASIDES

    def _to_comma(self, piece: Piece) -> Piece:
        """Up to the first comma outside a quotation: the end of a subordinate clause."""
        k = piece[0]
        while k < piece[1]:
            if k in self.opens:
                k = self.opens[k]
                continue
            if self.lower[k] in _CLAUSE_ENDS and k > piece[0] + 1:
                return (piece[0], k)
            k += 1
        return piece

    def _to_narration(self, piece: Piece) -> Piece:
        """Up to where the reporter goes on: ", but did not give a number"; ", without elaborating"."""
        low, high = piece
        k = low
        while k + 1 < high:
            if k in self.opens:
                k = self.opens[k]
                continue
            if k > low and k - 1 in self.closes and self.lower[k] == "and" and is_verbal(self.tokens, k + 1):
                return (low, k)  # He said "no" and left
            if k > low and k - 1 in self.closes and self._goes_on_narrating(k, low):
                return (low, k)
            if self.lower[k] == ",":
                behind, verb = self.lower[k + 1], self.lower[min(k + 2, high - 1)]
                if behind in _CONCESSIONS:
                    return (low, k)
                if behind == "without" and verb.endswith("ing"):
                    return (low, k)
                if behind == "but" and (
                    verb in {"did", "declined", "gave", "refused", "offered", "provided"}
                ):
                    return (low, k)
            k += 1
        return piece

    def _goes_on_narrating(self, k: int, low: int) -> bool:
        """Behind a quotation at k: 'said "no" [when asked]', 'called it "weak," [but he praised it]'."""
        if self.lower[k] in _CIRCUMSTANCES:
            return low in self.opens and self.opens[low] == k
        return self.lower[k] == "but" and self.lower[k - 2] == "," and self.lower[k + 1] in SUBJECTS

    def _object(self, a: Attribution, right: Piece) -> Piece:
        """The object and what belongs to it: up to a comma that opens a clause of its own."""
        lower = self.lower
        low, high = right
        if lower[low] == "that":
            low += 1
        k = low
        while k < high:
            if k in self.opens:
                k = self.opens[k]
                if k + 1 < high and lower[k] == "and" and is_verbal(self.tokens, k + 1):
                    return (low, k)  # called it "a farce" and left
                ends = k < high and (lower[k - 2] in {",", "."} or lower[k] in _CIRCUMSTANCES)
                if ends and a.kind == "object" and not self._lists(k, high):
                    return (low, k)
                continue
            if k > low and a.kind == "object" and self._is_day(k, high):
                return (low, k)
            if k > low and k + 1 < high and lower[k] in {",", ";", "—", "–"}:
                behind = lower[k + 1]
                own = behind in OWN_CLAUSES or (behind.endswith("ing") and len(behind) > 4)
                if (lower[k] != "," or own) and not self._lists(k + 1, high):
                    return (low, k)
            k += 1
        return (low, high)

    def _is_day(self, k: int, high: int) -> bool:
        """Whether the day of speaking stands at k: "called him a fool [Wednesday on the radio]"."""
        if self.lower[k] == "on" and k + 1 < high:
            k += 1
        behind = self.lower[k + 1] if k + 1 < high else ","
        return self.lower[k] in WEEKDAYS and (behind in PREPOSITIONS or behind in BREAKS)

    def _lists(self, k: int, high: int) -> bool:
        """Whether a list of names goes on at k: "called him a liar, [a 'serial philanderer' and] a bully"."""
        return self.lower[k] in _LISTED and any(j in self.opens for j in range(k, min(high, k + 4)))

    def _says_something(self, content: list[Piece], kind: str) -> bool:
        """Two words at least, or a quotation, or an object."""
        shape = self.tokens.shape
        n = sum(shape.count(letter, low, high) for low, high in content for letter in "Wwa")
        if content and n <= 3 and self.lower[content[0][0]] in _QUESTION_WORDS:
            return False  # "What have they said?"
        quoted = any(j in self.opens for low, high in content for j in range(low, min(high, low + 40)))
        return n > 0 and (n >= 2 or quoted or kind == "object")
