"""Content and cue tokens -> who does good or bad to whom, and what turns it: features for stance.

A stance is seldom in one word. "The army shelled the town" is against the army, "the army never shelled the
town" and "denied that the army had shelled the town" are for it. This module reads that much of a sentence
from its tokens, without a parser:

actors     phrases that name somebody, by class: those of the target file, ``civilians`` and ``ours`` (we, us)
acts       phrases for what is done or is the case, each good or bad for whoever has to do with it (`ACTS`)
turns      phrases that turn or weaken what they govern: reversal (not, deny), untruth (false, a lie), doubt,
           demand, condition, affirmation
claims     accusation (charge, report, evidence …) and promise (pledge, truce, amnesty …)
attitudes  what the cue does to the content: deny, doubt, affirm, approve, accuse, disapprove, demand, resist

An act's agent is the actor before it in its clause, its patient the one after it; behind "by" stands the
agent. A clause ends at a word of `BOUNDARIES`: tokens know no punctuation. Distances are in tokens, and were
set by reading sentences of the training corpus, not fitted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from stancekit.lazy import Remembered
from stancekit.phrases import Classes, Phrases

ACTS = {
    "harm": "bad",
    "wrong": "bad",
    "against": "bad",
    "loss": "bad",
    "right": "good",
    "favour": "good",
    "gain": "good",
}
"""Classes of acts, and whether they are good or bad: for the patient, or of the agent."""

_OPPOSITE = {"good": "bad", "bad": "good"}

CLAIMS = ("accusation", "promise")
TURNS = ("reversal", "untruth")
"""Classes of words that turn an act, or a claim."""
GOVERNING = ("demand", "doubt", "conditional", "truth")
"""Classes of words before an act that say whether it is so, or should be."""

TARGET, ORGANS = "target", "organs"
"""Words such as "ministry" or "soldiers" (class organs) are the target's, unless another actor stands before
them."""

BOUNDARIES = frozenset(
    "but because while although though when after before who which whom whose if as since so unless until"
    " where".split()
)
NOT = frozenset("not never no nor neither without hardly barely scarcely nothing nobody none cannot".split())
TURNING = frozenset(("deny", "doubt", "resist", "disapprove", "fear", "not", "not affirm", "not approve"))
"""Attitudes of a cue under which the words of the content no longer mean what they mean elsewhere."""

AGENT_DISTANCE = 8
PATIENT_DISTANCE = 7
REVERSAL_DISTANCE = 5
UNTRUTH_DISTANCE = 14
UNTRUTH_BEHIND = 10
GOVERNING_DISTANCE = 10

REVERSED, TURNED = "\u00ac", "!"
"""Marks before a token, no word characters: under a reversal; under a turning cue."""


class Symbol(NamedTuple):
    """A phrase found: its half-open token range and its class."""

    start: int
    end: int
    name: str


class Role(NamedTuple):
    """A feature and the half-open range of content tokens it was read from."""

    feature: str
    start: int
    end: int


def content_classes(names: Classes, acts: Classes) -> dict[str, list[str]]:
    """What is looked for in a content, class by class."""
    merged: dict[str, list[str]] = {}
    for name, phrases in (*names, *acts):
        merged.setdefault(name, []).extend(phrases)
    return merged


def turn_classes(acts: Classes) -> dict[str, Sequence[str]]:
    """What may turn the words after it."""
    return {name: phrases for name, phrases in acts if name in ("reversal", "untruth", "truth")}


class RoleReader:
    """Reads the roles of an utterance.

    Parameters
    ----------
    names : phrases by class of actors, as the target file has them.
    acts : phrases by class of acts, turns and claims, and the actors that every target has (civilians, ours).
    attitudes : phrases by class of attitudes, for cues.
    """

    def __init__(self, names: Classes, acts: Classes, attitudes: Classes) -> None:
        self._actors = {name for name, _ in names} | {"civilians", "ours"}
        self._content = Phrases(content_classes(names, acts))
        self._cue = Phrases(dict(attitudes))
        self._attitudes = Remembered(self._read_attitudes)
        self._turns = Phrases(turn_classes(acts))

    def attitudes(self, cue: Sequence[str]) -> list[str]:
        """What the cue does to the content; ``plain`` where nothing is known, ``not …`` under a negation."""
        return self._attitudes[tuple(cue)].copy()

    def _read_attitudes(self, cue: tuple[str, ...]) -> list[str]:
        phrases = self._cue.find(cue)
        found = list(dict.fromkeys([name for _, _, name in phrases]))
        if not NOT.isdisjoint(cue):
            read = {i for start, end, _ in phrases for i in range(start, end)}
            if any(token in NOT for i, token in enumerate(cue) if i not in read):
                return [f"not {name}" for name in found] or ["not"]
        return found or ["plain"]

    def marked(self, content: Sequence[str], cue: Sequence[str]) -> list[str]:
        """The content's tokens; those under a reversal or a turning cue with a mark before them."""
        tokens = list(content)
        for _, end, name in self._turns.find(content):
            if name == "truth":
                continue
            for i in range(end, min(len(tokens), end + REVERSAL_DISTANCE)):
                if content[i] in BOUNDARIES:
                    break
                tokens[i] = REVERSED + content[i]
        if not TURNING.isdisjoint(self.attitudes(cue)):
            tokens = [TURNED + token for token in tokens]
        return tokens

    def read(self, content: Sequence[str], cue: Sequence[str]) -> tuple[list[Role], list[Role]]:
        """The roles of the content, and the same crossed with what cue and content make of them.

        The first list has acts with their actors, class by class (``target>harm>civilians``), as often as
        they occur, and then, each once, who does or gets good or bad (``target does bad``), who is mentioned
        and what is claimed. The second has these latter under the attitudes of the cue and under words of
        doubt in the content: ``deny: target does bad``.
        """
        symbols = self._symbols(content)
        if not symbols:
            return [], []
        details, roles = self._roles(symbols, content)
        within, outer = _turns(symbols), self.attitudes(cue)
        turns = within if within and outer == ["plain"] else [*outer, *within]
        crossed = [Role(f"{turn}: {feature}", *at) for turn in turns for feature, *at in roles]
        return details + roles, crossed

    def _symbols(self, content: Sequence[str]) -> list[Symbol]:
        symbols: list[Symbol] = []
        for start, end, name in self._content.find(content):
            if name == ORGANS:
                last = symbols[-1] if symbols else None
                if last and last.end == start and last.name in self._actors:
                    symbols[-1] = last._replace(end=end)
                    continue
                name = TARGET
            symbols.append(Symbol(start, end, name))
        return symbols

    def _roles(self, symbols: Sequence[Symbol], content: Sequence[str]) -> tuple[list[Role], list[Role]]:
        """Acts with their actors; and, each once, what a turn may turn."""
        names = {symbol.name for symbol in symbols}
        may_turn, may_govern = not names.isdisjoint(TURNS), not names.isdisjoint(GOVERNING)
        boundaries = [i for i, token in enumerate(content) if token in BOUNDARIES]
        clauses = [bisect_right(boundaries, symbol.start) for symbol in symbols]
        details: list[Role] = []
        roles: dict[str, Role] = {}

        def add(feature: str, *parts: Symbol) -> None:
            if feature not in roles:
                roles[feature] = _role(feature, *parts)

        for n, act in enumerate(symbols):
            if act.name not in ACTS:
                continue
            agent, patient = self._actors_of(n, symbols, clauses, content)
            reversed_ = may_turn and _is_reversed(n, symbols, clauses)
            shown = f"not-{act.name}" if reversed_ else act.name
            details.append(_role(shown, act))
            if agent:
                details.append(_role(f"{agent.name}>{shown}", agent, act))
            if patient:
                details.append(_role(f"{shown}>{patient.name}", act, patient))
            if agent and patient:
                details.append(_role(f"{agent.name}>{shown}>{patient.name}", agent, act, patient))
            base = ACTS[act.name]
            value = _OPPOSITE[base] if reversed_ else base
            governing = " ".join(_governing(n, symbols, clauses)) if may_govern else ""
            held: list[tuple[str, Symbol]] = []
            if agent:
                held.append((f"{agent.name} does ", agent))
            if patient:
                held.append((f"{patient.name} gets ", patient))
            for role, actor in held or [("", act)]:
                add(role + value, act, actor)
                if reversed_:
                    add(f"{role}not {base}", act, actor)
                if governing:
                    add(f"{role}{value} {governing}", act, actor)
        actors = {symbol.name: symbol for symbol in symbols if symbol.name in self._actors}
        for name, symbol in actors.items():
            add(name, symbol)
        for claim in [symbol for symbol in symbols if symbol.name in CLAIMS]:
            add(claim.name, claim)
            for name in actors:
                add(f"{claim.name} {name}", claim)
        return details, list(roles.values())

    def _actors_of(
        self, n: int, symbols: Sequence[Symbol], clauses: Sequence[int], content: Sequence[str]
    ) -> tuple[Symbol | None, Symbol | None]:
        """Agent and patient of the act at `n`."""
        act = symbols[n]
        before = after = None
        for i in range(n - 1, -1, -1):
            if clauses[i] != clauses[n] or act.start - symbols[i].end > AGENT_DISTANCE:
                break
            if symbols[i].name in self._actors:
                before = symbols[i]
                break
        for i in range(n + 1, len(symbols)):
            if clauses[i] != clauses[n] or symbols[i].start - act.end > PATIENT_DISTANCE:
                break
            if symbols[i].name in self._actors:
                after = symbols[i]
                if "by" in content[act.end : after.start]:
                    return after, before
                break
        return before, after


def _turns(symbols: Sequence[Symbol]) -> list[str]:
    """What the content itself makes of what it tells."""
    names = {symbol.name for symbol in symbols}
    turns: list[str] = [turn for turn in ("doubt", "all_sides") if turn in names]
    if not names.isdisjoint(CLAIMS) and not names.isdisjoint(TURNS):
        turns.append("reversal")
    return turns


def _is_reversed(n: int, symbols: Sequence[Symbol], clauses: Sequence[int]) -> bool:
    """Whether an odd number of words turn the act at `n`."""
    act, count = symbols[n], 0
    for i in range(n - 1, -1, -1):
        distance = act.start - symbols[i].end
        if distance > UNTRUTH_DISTANCE:
            break
        if symbols[i].name == "reversal":
            count += clauses[i] == clauses[n] and distance <= REVERSAL_DISTANCE
        elif symbols[i].name == "untruth":
            count += 1
    for i in range(n + 1, len(symbols)):
        if symbols[i].start - act.end > UNTRUTH_BEHIND:
            break
        count += symbols[i].name == "untruth"
    return count % 2 == 1


def _governing(n: int, symbols: Sequence[Symbol], clauses: Sequence[int]) -> list[str]:
    """Which words of `GOVERNING` stand before the act at `n`, in its clause or the one before."""
    found = set()
    for i in range(n - 1, -1, -1):
        if clauses[n] - clauses[i] > 1 or symbols[n].start - symbols[i].end > GOVERNING_DISTANCE:
            break
        found.add(symbols[i].name)
    return [name for name in GOVERNING if name in found]


def _role(feature: str, *parts: Symbol) -> Role:
    """A feature that was read from some symbols: from the first of them to the last."""
    if len(parts) == 1:
        return Role(feature, parts[0].start, parts[0].end)
    return Role(feature, min(parts).start, max(parts).end)
