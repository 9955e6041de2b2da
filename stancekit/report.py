"""Scores -> Report: what was said, by whom, and where each speaker and the article stand.

    Report             one article
    ├── Utterance      one utterance, with a Judgement for every head of the model
    │   ├── Judgement
    │   └── Evidence   why, if it was asked for
    └── SpeakerReport  one speaker
        └── Summary    all utterances of a speaker, or of the article, under one head

`to_dict` gives the JSON contract ``stancekit/1``: keys in this order, probabilities and scores rounded
to six decimals, so that the same article gives the same bytes on every machine.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from stancekit.judgement import UNCLEAR, Cell, HeadInfo, Judgement, ModelInfo, rounded, row_columns

if TYPE_CHECKING:
    import pandas

    from stancekit.speakers import Speaker
    from stancekit.tokens import Span

SCHEMA = "stancekit/1"

Kind = Literal["direct", "indirect", "mixed"]
# Verbs that pass on what was said and nothing else, and what may stand in front of them.
_PLAIN = frozenset(
    "say says said saying tell tells told telling add adds added adding state states stated stating "
    "write writes wrote written writing according".split()
)
_IN_FRONT = frozenset("has have had also then later".split())

_Z95 = 1.959963984540054  # 97.5 % quantile of the normal distribution


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one word or phrase added to the log-odds of the most probable label.

    Parameters
    ----------
    head : whose label.
    feature : the word or phrase, as the model knows it; ``<target>`` and the like stand for the words of
        that class in the model's target file.
    field : where it was read: ``content``, ``cue`` or ``source``.
    weight : natural-log odds; positive speaks for the most probable label, negative against it.
    spans : where it stands in the article; several if it occurs or reaches across several.
    """

    head: str
    feature: str
    field: str
    weight: float
    spans: tuple[Span, ...]

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON contract."""
        return {
            "head": self.head,
            "feature": self.feature,
            "field": self.field,
            "weight": rounded(self.weight),
            "spans": _pairs(self.spans),
        }


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one speaker said in one place of the article.

    Parameters
    ----------
    id : its place among the article's utterances, from 0.
    text : the content; its stretches joined by a space if there are several.
    kind : all in quotation marks, none, or both.
    content : the stretches of the article, quotation marks included, attribution not.
    source : who is named there ("he", "the ministry"); None without attribution.
    cue : what marks the attribution ("said"); None without.
    speaker : who that is, as the article names them most fully.
    attribution : probability, 0 to 1, that this is an utterance and the speaker found for it the right one;
        None where none was found, or no model tells. It stays where `min_attribution` made the speaker
        "unknown".
    judgements : by head; empty if no model has judged.
    evidence : strongest first for each head; empty unless asked for.
    """

    id: int
    text: str
    kind: Kind
    content: tuple[Span, ...]
    source: Span | None
    cue: Span | None
    speaker: Speaker
    attribution: float | None = None
    judgements: Mapping[str, Judgement] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()

    @property
    def stance(self) -> Judgement | None:
        """The judgement of the head of that name, if there is one."""
        return self.judgements.get("stance")

    @property
    def sentiment(self) -> Judgement | None:
        """The judgement of the head of that name, if there is one."""
        return self.judgements.get("sentiment")

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON contract."""
        entry: dict[str, Any] = {
            "id": self.id,
            "text": self.text,
            "kind": self.kind,
            "content": _pairs(self.content),
            "source": None if self.source is None else list(self.source),
            "cue": None if self.cue is None else list(self.cue),
            "speaker": {"id": self.speaker.id, "name": self.speaker.name, "role": self.speaker.role},
            "attribution": rounded(self.attribution),
        }
        entry.update((head, judgement.to_dict()) for head, judgement in self.judgements.items())
        if self.evidence:
            entry["evidence"] = [one.to_dict() for one in self.evidence]
        return entry


@dataclass(frozen=True, slots=True)
class Summary:
    """Several utterances under one head.

    Parameters
    ----------
    label : the one with the greatest mean probability; of equals, the first in the model's order.
        Where that is a pole, but the interval holds 0, or the only utterance gives it less than 0.5, no
        side is named: `UNCLEAR`. None without utterances. It rests on the probabilities, whatever labels
        the judgements were given.
    score : mean of the utterances' scores; None without utterances or if the head has no poles.
    interval : 95 % interval of the mean *true* score of these very utterances, each counting 1, 0 or -1
        as its label is the positive pole, between, or the negative one. The labels are taken as
        independent draws from their calibrated probabilities p, so the variance of one is
        p+ + p- - (p+ - p-)², and the mean is taken as normal; cut to [-1, 1]. It says how sure the
        model is, not how the speaker would talk elsewhere. None for fewer than two utterances, where
        the probabilities say all there is, and if the head has no poles.
    counts : utterances by label, every one of the head's `answers` included.
    """

    label: str | None
    score: float | None
    interval: tuple[float, float] | None
    counts: Mapping[str, int]

    @classmethod
    def of(cls, head: HeadInfo, judgements: Sequence[Judgement]) -> Summary:
        """Summary of some judgements of one head.

        Examples
        --------
        >>> head = HeadInfo("stance", ("support", "neutral", "oppose"), ("support", "oppose"))
        >>> rows = [[0.1, 0.2, 0.7], [0.0, 0.5, 0.5], [0.0, 0.2, 0.8]]
        >>> summary = Summary.of(head, [Judgement.of(head, row) for row in rows])
        >>> summary.label, round(summary.score, 3), dict(summary.counts)
        ('oppose', -0.633, {'support': 0, 'neutral': 1, 'oppose': 2})
        >>> [round(end, 3) for end in summary.interval]
        [-1.0, -0.031]
        """
        counts = dict.fromkeys(head.answers, 0)
        for judgement in judgements:
            counts[judgement.label] += 1
        n = len(judgements)
        if not n:
            return cls(None, None, None, counts)
        totals = {label: math.fsum(j.probabilities[label] for j in judgements) for label in head.labels}
        label = max(totals, key=totals.__getitem__)
        if head.poles is None:
            return cls(label, None, None, counts)
        positive, negative = head.poles
        score = (totals[positive] - totals[negative]) / n
        if n < 2:
            interval, sure = None, totals[label] >= 0.5
        else:
            scores = [j.probabilities[positive] - j.probabilities[negative] for j in judgements]
            variance = totals[positive] + totals[negative] - math.fsum(s * s for s in scores)
            margin = _Z95 * math.sqrt(max(variance, 0.0)) / n
            interval = max(score - margin, -1.0), min(score + margin, 1.0)
            sure = not interval[0] <= 0 <= interval[1]
        return cls(label if sure or label not in head.poles else UNCLEAR, score, interval, counts)

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON contract."""
        interval = None if self.interval is None else [rounded(end) for end in self.interval]
        entry = {"label": self.label, "score": rounded(self.score), "interval": interval}
        entry.update((f"n_{label}", n) for label, n in self.counts.items())
        return entry


@dataclass(frozen=True, slots=True)
class SpeakerReport:
    """A speaker and everything they say in the article."""

    speaker: Speaker
    n_utterances: int
    summaries: Mapping[str, Summary] = field(default_factory=dict)

    @property
    def id(self) -> int:
        """The number that utterances refer to."""
        return self.speaker.id

    @property
    def name(self) -> str:
        """As the article gives it most fully; ``unknown`` where it never says."""
        return self.speaker.name

    @property
    def role(self) -> str | None:
        """Office or description, if the article gives one."""
        return self.speaker.role

    @property
    def mentions(self) -> tuple[Span, ...]:
        """Where the article names or means them."""
        return self.speaker.mentions

    @property
    def stance(self) -> Summary | None:
        """The summary of the head of that name, if there is one."""
        return self.summaries.get("stance")

    @property
    def sentiment(self) -> Summary | None:
        """The summary of the head of that name, if there is one."""
        return self.summaries.get("sentiment")

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON contract."""
        entry: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "role": self.role,
            "mentions": _pairs(self.mentions),
            "n_utterances": self.n_utterances,
        }
        entry.update((head, summary.to_dict()) for head, summary in self.summaries.items())
        return entry


@dataclass(frozen=True, slots=True)
class Report:
    """All that is known of one article.

    Parameters
    ----------
    id : the file's name, or what the caller gave.
    text : as it was read; every span points into it.
    title, byline, date : as they stand in the article, without Markdown's links and emphasis.
    warnings : a code each, with details behind a colon: ``encoding-guessed: read as windows-1252``.
    utterances : in the order of the article.
    speakers : in the order of their ids, so that ``speakers[utterance.speaker.id]`` is the speaker.
    model : which one judged; None for a report that was only segmented.
    summaries : the whole article, by head.
    """

    id: str
    text: str
    title: str | None
    byline: str | None
    date: str | None
    warnings: tuple[str, ...]
    utterances: tuple[Utterance, ...]
    speakers: tuple[SpeakerReport, ...]
    model: ModelInfo | None = None
    summaries: Mapping[str, Summary] = field(default_factory=dict)

    @property
    def reliable(self) -> bool:
        """False for a language that stancekit cannot read; its labels mean nothing then."""
        return not any(warning.startswith("unsupported-language") for warning in self.warnings)

    @property
    def stance(self) -> Summary | None:
        """The summary of the head of that name, if there is one."""
        return self.summaries.get("stance")

    @property
    def sentiment(self) -> Summary | None:
        """The summary of the head of that name, if there is one."""
        return self.summaries.get("sentiment")

    def to_dict(self) -> dict[str, Any]:
        """One entry of ``documents`` in the JSON contract."""
        entry: dict[str, Any] = {
            "id": self.id,
            "title": self.title,
            "byline": self.byline,
            "date": self.date,
            "n_characters": len(self.text),
            "warnings": list(self.warnings),
            "reliable": self.reliable,
            "utterances": [utterance.to_dict() for utterance in self.utterances],
            "speakers": [speaker.to_dict() for speaker in self.speakers],
        }
        entry.update((head, summary.to_dict()) for head, summary in self.summaries.items())
        return entry

    def to_rows(self) -> list[dict[str, Cell]]:
        """One row an utterance, flat; the keys are `row_columns` of the model's heads."""
        heads = () if self.model is None else self.model.heads
        columns = row_columns(heads)
        return [dict(zip(columns, self._cells(one, heads), strict=True)) for one in self.utterances]

    def _cells(self, utterance: Utterance, heads: Sequence[HeadInfo]) -> list[Cell]:
        return [
            self.id,
            utterance.id,
            utterance.speaker.name,
            utterance.speaker.role,
            utterance.kind,
            utterance.text,
            _at(self.text, utterance.source),
            _at(self.text, utterance.cue),
            " ".join(f"{start}:{end}" for start, end in utterance.content),
            rounded(utterance.attribution),
            self.reliable,
            *(cell for head in heads for cell in utterance.judgements[head.name].to_cells()),
        ]

    def telling_cue(self, utterance: Utterance) -> str:
        """The cue where it is more than plain saying, as "denied" is; otherwise empty.

        Without it, what somebody denies reads like what they assert.
        """
        cue = _at(self.text, utterance.cue) or ""
        words = [word for word in re.findall(r"\w+", cue.lower()) if word not in _IN_FRONT]
        return cue if words and words[0] not in _PLAIN else ""

    def to_pandas(self) -> pandas.DataFrame:
        """A data frame with one row an utterance; the same columns whether or not there is any.

        Raises
        ------
        ImportError
            pandas is not installed; it comes with ``pip install 'stancekit[pandas]'``.
        """
        try:
            import pandas
        except ImportError:
            raise ImportError("to_pandas needs pandas: pip install 'stancekit[pandas]'") from None
        heads = () if self.model is None else self.model.heads
        return pandas.DataFrame(self.to_rows(), columns=row_columns(heads))

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from stancekit.report_html import report_html

        return report_html(self)


def _at(text: str, span: Span | None) -> str | None:
    return None if span is None else text[span.start : span.end]


def _pairs(spans: Sequence[Span]) -> list[list[int]]:
    return [[start, end] for start, end in spans]
