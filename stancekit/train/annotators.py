"""Several people's labels of one utterance -> one label a head, or a tie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Ballot(NamedTuple):
    """What one annotator says, by head; `decisive` settles what others say."""

    labels: Mapping[str, str]
    annotator: str
    decisive: bool = False


class Outcome(NamedTuple):
    """What the ballots come to.

    Parameters
    ----------
    labels : by head.
    spokesman : number of a ballot that has them, of a tied head if there is one.
    rivals : for every other label of a tie that label alone, and the number of a ballot that has it.
    disagreed : whether the ballots differ in any head, the indecisive ones as well.
    """

    labels: dict[str, str]
    spokesman: int
    rivals: list[tuple[dict[str, str], int]]
    disagreed: bool


def settle(ballots: Sequence[Ballot]) -> Outcome:
    """For each head the label that most annotators give; each of them counts once for a label.

    >>> by = [Ballot({"stance": label}, name) for label, name in zip(["oppose", "neutral", "oppose"], "abc")]
    >>> settle(by).labels, settle(by[:2]).rivals
    ({'stance': 'oppose'}, [({'stance': 'neutral'}, 1)])
    """
    decisive = any(ballot.decisive for ballot in ballots)
    voting = [number for number, ballot in enumerate(ballots) if ballot.decisive or not decisive]
    labels: dict[str, str] = {}
    rivals: list[tuple[dict[str, str], int]] = []
    spokesman = voting[0]
    for head in dict.fromkeys(head for number in voting for head in ballots[number].labels):
        voters: dict[str, set[str | int]] = {}
        speaks: dict[str, int] = {}
        for number in voting:
            if head in ballots[number].labels:
                label = ballots[number].labels[head]
                voters.setdefault(label, set()).add(ballots[number].annotator or number)
                speaks.setdefault(label, number)
        most = max(map(len, voters.values()))
        winner, *tied = (label for label, names in voters.items() if len(names) == most)
        labels[head] = winner
        if tied:
            spokesman = speaks[winner]
        rivals += [({head: label}, speaks[label]) for label in tied]
    given: dict[str, set[str]] = {}
    for ballot in ballots:
        for head, label in ballot.labels.items():
            given.setdefault(head, set()).add(label)
    return Outcome(labels, spokesman, rivals, any(len(found) > 1 for found in given.values()))
