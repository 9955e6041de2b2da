"""Probabilities of a head -> its judgement; what a report, and a table of utterances, say of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from stancekit.errors import ModelError

Cell = str | int | float | None

# Fields of documents, utterances, speakers and rows; a head of such a name would take their place.
RESERVED_HEADS = frozenset(
    "id title byline date n_characters warnings reliable utterances speakers text kind content source cue "
    "speaker attribution evidence name role mentions n_utterances document schema model line error".split()
)

UNCLEAR = "unclear"
"""Label of a summary that leans to neither pole for sure, and of a judgement that is not probable enough."""

_COLUMNS = tuple("document id speaker role kind text source cue content attribution reliable".split())


@dataclass(frozen=True, slots=True)
class HeadInfo:
    """What a head can answer.

    Parameters
    ----------
    name : ``stance``, ``sentiment``, or what the training corpus called it.
    labels : in the model's order, which every mapping of probabilities keeps.
    poles : the label at the positive and at the negative end; None if the labels are no scale.
    min_probability : 0 to 1; a judgement whose most probable label has less is `UNCLEAR`.

    Raises
    ------
    ModelError
        The name is one of `RESERVED_HEADS`; or one of the labels is `UNCLEAR`, and `min_probability` is more
        than 0.
    """

    name: str
    labels: tuple[str, ...]
    poles: tuple[str, str] | None
    min_probability: float = 0.0

    def __post_init__(self) -> None:
        if self.name in RESERVED_HEADS:
            hint = "train it under another name"
            raise ModelError(
                f"a head named {self.name!r} would hide the report's field of that name", hint=hint
            )
        if self.min_probability > 0 and UNCLEAR in self.labels:
            hint = "leave min_probability out, and look at the probabilities"
            raise ModelError(
                f"the head {self.name!r} has a label {UNCLEAR!r}: it could not be told from a judgement that"
                " is not probable enough",
                hint=hint,
            )

    @property
    def answers(self) -> tuple[str, ...]:
        """Every label that a judgement may have."""
        return (*self.labels, UNCLEAR) if self.min_probability > 0 else self.labels


@dataclass(frozen=True, eq=False)
class ModelInfo:
    """Which model judged.

    Parameters
    ----------
    digest : gives the SHA-256 of the model's file. It takes longer than to classify an article, and is asked
        only when somebody wants to know.
    """

    name: str
    version: str
    target: str
    digest: Callable[[], str] = field(repr=False)
    heads: tuple[HeadInfo, ...] = ()

    @cached_property
    def sha256(self) -> str:
        """Of the model's file, in hexadecimal; empty for a model that is in none."""
        return self.digest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ModelInfo) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash((self.name, self.version, self.heads))

    def __getstate__(self) -> dict[str, Any]:
        # The model, which the digest is of, is not copied with every report.
        return {**self.__dict__, "digest": partial(str, self.sha256)}

    def _identity(self) -> tuple[object, ...]:
        return self.name, self.version, self.target, self.heads, self.sha256

    def to_dict(self) -> dict[str, str]:
        """The ``model`` object of the JSON contract."""
        return {"name": self.name, "version": self.version, "target": self.target, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a head says of an utterance.

    Parameters
    ----------
    label : the most probable one; of equals, the first in the model's order. `UNCLEAR` if its probability is
        less than the head's `min_probability`.
    score : P(positive pole) - P(negative pole), from -1 to 1; None if the head has no poles.
    probabilities : of every label, calibrated; they sum to 1.
    """

    label: str
    score: float | None
    probabilities: Mapping[str, float]

    @classmethod
    def of(cls, head: HeadInfo, probabilities: Sequence[float]) -> Judgement:
        """The judgement that a head's row of probabilities, in the order of its labels, makes."""
        by_label = dict(zip(head.labels, map(float, probabilities), strict=True))
        score = None if head.poles is None else by_label[head.poles[0]] - by_label[head.poles[1]]
        best = max(by_label, key=by_label.__getitem__)
        return cls(best if by_label[best] >= head.min_probability else UNCLEAR, score, by_label)

    @property
    def probability(self) -> float:
        """Of the most probable label, whether it is given or not."""
        return max(self.probabilities.values())

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON contract."""
        probabilities = {label: rounded(p) for label, p in self.probabilities.items()}
        return {"label": self.label, "score": rounded(self.score), "probabilities": probabilities}

    def to_cells(self) -> list[Cell]:
        """As in tables: the cells of the head's `judgement_columns`."""
        score = [] if self.score is None else [rounded(self.score)]
        return [self.label, *score, *map(rounded, self.probabilities.values())]


def row_columns(heads: Sequence[HeadInfo]) -> list[str]:
    """The columns of `Report.to_rows`, in order.

    Raises
    ------
    ModelError
        As `judgement_columns`.

    Examples
    --------
    >>> row_columns([HeadInfo("tone", ("calm", "shrill"), None)])[-4:]
    ['reliable', 'tone', 'tone_calm', 'tone_shrill']
    """
    return [*_COLUMNS, *judgement_columns(heads)]


def judgement_columns(heads: Sequence[HeadInfo]) -> list[str]:
    """What a table has for heads: the label, the score if there are poles, the probabilities.

    Raises
    ------
    ModelError
        Two would have one name, as of the heads ``position`` and ``position_score``.
    """
    columns: list[str] = []
    for head in heads:
        columns.append(head.name)
        if head.poles is not None:
            columns.append(f"{head.name}_score")
        columns += [f"{head.name}_{label}" for label in head.labels]
    for name in columns:
        if columns.count(name) > 1:
            hint = "train it with other names for heads and labels; JSON can tell them apart"
            raise ModelError(f"the model's judgements would make two columns named {name!r}", hint=hint)
    return columns


def rounded(value: float | None) -> float | None:
    """To six decimals, as everything that is written has it."""
    return None if value is None else round(value, 6) + 0.0  # adding 0.0 makes -0.0 plain
