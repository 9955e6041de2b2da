"""The whole flow: text -> Document -> utterances -> speakers -> fields -> probabilities -> Report."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from stancekit import model_file
from stancekit.columns import check_arrow, is_arrow
from stancekit.confidence import AttributionModel, read_signs
from stancekit.document import read_document
from stancekit.errors import InputError, ModelError
from stancekit.features import UtteranceFields
from stancekit.jsonlines import JsonLines
from stancekit.judgement import HeadInfo, Judgement, ModelInfo
from stancekit.model import FeatureWeight, Model, columns_by_head
from stancekit.report import Evidence, Report, SpeakerReport, Summary, Utterance
from stancekit.speakers import UNKNOWN, trace_speakers, withhold
from stancekit.tokens import Span
from stancekit.utterances import find_utterances

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

N_EVIDENCE = 5
"""Words and phrases shown for each head when evidence is asked for; the first few carry most of a score."""


def load(path: str | os.PathLike[str] | None = None) -> Classifier:
    """A classifier with the shipped model, or with the model in a file or folder.

    Raises
    ------
    ModelError
        There is no model, or it is refused.
    """
    return Classifier(model_file.load(path))


def segment(text: str, *, wide: bool = False, min_attribution: float = 0.0) -> tuple[Utterance, ...]:
    """The utterances of an article, with their speakers, not judged.

    Parameters
    ----------
    wide : thoughts, intentions and positions count as well as speech ("plans to", "supports").
    min_attribution : 0 to 1; the speakers of utterances whose `attribution` is less become "unknown".

    Raises
    ------
    InputError
        `min_attribution` is out of its range.
    ModelError
        The shipped model is damaged; or it is missing, and `min_attribution` is more than 0.

    Notes
    -----
    How sure each attribution is, the shipped model tells; where it is missing, `attribution` is None.

    Examples
    --------
    >>> [utterance] = segment('"The road is open," the mayor, Ada Lindqvist, said on Monday.')
    >>> utterance.text, utterance.kind
    ('"The road is open,"', 'direct')
    """
    return segment_article(text, wide=wide, min_attribution=min_attribution).utterances


def segment_article(
    text: str,
    id: str = "",
    *,
    wide: bool = False,
    min_attribution: float = 0.0,
    attribution: AttributionModel | None = None,
) -> Report:
    """A report on an article without the model's part.

    Parameters
    ----------
    attribution : what tells how sure each attribution is; None is the shipped model's.
    """
    least = _checked_probability(min_attribution, "min_attribution")
    attribution = attribution or model_file.shipped_attribution()
    if attribution is None and least > 0:
        hint = "install stancekit again, or leave min_attribution out"
        raise ModelError("no model is installed that tells how sure attributions are", hint=hint)
    document = read_document(_checked(text, "the article's text"))
    found = find_utterances(document, wide=wide)
    speakers, speaker_of, traces = trace_speakers(document, found)
    sure: list[float | None] = [None] * len(found)
    if attribution is not None:
        signs = read_signs(document, found, traces)
        sure = [
            None if speakers[who].name == UNKNOWN else attribution.probability(of)
            for who, of in zip(speaker_of, signs, strict=True)
        ]
    doubted = [one is not None and one < least for one in sure]
    if any(doubted):
        speakers, speaker_of = withhold(speakers, speaker_of, found, doubted)
    text = document.text
    utterances = tuple(
        Utterance(
            number,
            " ".join(text[start:end] for start, end in raw.content),
            raw.kind,
            raw.content,
            raw.source,
            raw.cue,
            speakers[who],
            one,
        )
        for number, (raw, who, one) in enumerate(zip(found, speaker_of, sure, strict=True))
    )
    counts = Counter(speaker_of)
    return Report(
        id,
        text,
        title=_plain(_at(text, document.title)),
        byline=_plain(_at(text, document.byline)),
        date=_plain(_at(text, document.date)),
        warnings=document.warnings,
        utterances=utterances,
        speakers=tuple(SpeakerReport(one, counts[one.id]) for one in speakers),
    )


class Classifier:
    """Reads articles with one model. Holds no state besides it: threads may share one.

    Parameters
    ----------
    model : as `stancekit.load` reads it from a file.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        heads = tuple(HeadInfo(head.name, head.labels, head.poles) for head in model.heads)
        self.model = ModelInfo(model.name, model.version, model.target, lambda: model.sha256, heads)

    def __repr__(self) -> str:
        heads = ", ".join(head.name for head in self.model.heads)
        return f"<Classifier {self.model.name} {self.model.version}: {heads}>"

    def heads(self, min_probability: float = 0.0) -> tuple[HeadInfo, ...]:
        """What each head can answer, where a judgement needs some probability.

        Raises
        ------
        InputError, ModelError
            As `classify`.
        """
        if type(min_probability) is not float or min_probability != 0:
            least = _checked_probability(min_probability, "min_probability")
            if least > 0:
                return tuple(replace(head, min_probability=least) for head in self.model.heads)
        return self.model.heads

    def classify(
        self,
        text: str,
        id: str = "",
        *,
        explain: bool = False,
        min_attribution: float = 0.0,
        min_probability: float = 0.0,
    ) -> Report:
        """Who says what in an article, and how each head judges it.

        Parameters
        ----------
        text : the whole article, as it is.
        id : what the report calls it.
        explain : also give the words that weighed.
        min_attribution : as `segment` has it; the summaries by speaker follow.
        min_probability : 0 to 1; judgements whose most probable label has less are labelled "unclear". Their
            probabilities and scores stay, and so do the summaries, but for their counts.

        Raises
        ------
        InputError
            `min_attribution` or `min_probability` is out of its range.
        ModelError
            Neither this model nor the shipped one tells how sure attributions are, and `min_attribution` is
            more than 0; or a head has a label "unclear" of its own, and `min_probability` is more than 0.
        """
        model = replace(self.model, heads=self.heads(min_probability))
        report = segment_article(
            text, id, min_attribution=min_attribution, attribution=self._model.attribution
        )
        fields = [_fields(report.text, utterance) for utterance in report.utterances]
        judged = self._model.judge(fields)
        utterances = tuple(
            replace(
                utterance,
                judgements={h.name: Judgement.of(h, judged[n][h.name]) for h in model.heads},
                evidence=self._evidence(report.text, utterance, fields[n]) if explain else (),
            )
            for n, utterance in enumerate(report.utterances)
        )
        return _summarized(replace(report, utterances=utterances, model=model))

    def score(
        self,
        texts: Iterable[str] | JsonLines,
        *,
        sources: Iterable[str | None] | None = None,
        cues: Iterable[str | None] | None = None,
        min_probability: float = 0.0,
        n_threads: int = 1,
    ) -> Scores:
        """Probabilities for utterances that are already cut.

        Parameters
        ----------
        texts : the contents, quotation marks included where there were any. Arrays of pyarrow are read where
            they lie, so are lists and tuples, and everything else is made a list first. Or a file of JSON
            Lines, which has the sources and cues as well.
        sources, cues : as many, where known: who is named, and the words of the attribution.
        min_probability : as `classify` has it; it changes the labels of `Scores.judgements`.
        n_threads : how many share the work, in the compiled kernel; the result is the same.

        Raises
        ------
        TypeError
            A text is no string.
        InputError
            Not as many sources or cues as texts, or `min_probability` is out of its range.
        ModelError
            A head has a label "unclear" of its own, and `min_probability` is more than 0.
        """
        heads = self.heads(min_probability)
        if type(n_threads) is not int or n_threads < 1:
            n_threads = _checked_count(n_threads, "n_threads")
        if isinstance(texts, JsonLines):
            if cues is not None or sources is not None:
                raise TypeError(
                    "expected neither cues nor sources beside a file of JSON Lines: it has its own"
                )
            return Scores(heads, self._model.score_lines(texts, n_threads=n_threads))
        if isinstance(texts, str):
            raise TypeError("expected several texts, found one str: pass a list, [text]")
        contents = texts if type(texts) is list else _column(texts, "texts", None)
        n = len(contents)
        # Lists as they are, without a call: it counts where an utterance comes alone.
        if cues is not None and (type(cues) is not list or len(cues) != n):
            cues = _column(cues, "cues", n)
        if sources is not None and (type(sources) is not list or len(sources) != n):
            sources = _column(sources, "sources", n)
        try:
            scores = self._model.score(contents, cues, sources, n_threads=n_threads)
        except (TypeError, AttributeError):
            for column, name in ((contents, "texts"), (cues, "cues"), (sources, "sources")):
                _check_cells(column, name)
            raise
        return Scores(heads, scores)

    def _evidence(self, text: str, utterance: Utterance, fields: UtteranceFields) -> tuple[Evidence, ...]:
        return tuple(
            Evidence(found.head, found.feature, found.field, found.weight, _in_article(utterance, found))
            for found in self._model.evidence(fields, top=N_EVIDENCE)
        )


@dataclass(slots=True, eq=False)
class Scores:
    """Probabilities of several utterances.

    Parameters
    ----------
    heads : the model's, with the least probability of a label that is given.
    values : float64 (n_utterances, n_labels of all heads), head by head; the rows of each sum to 1.
    """

    heads: tuple[HeadInfo, ...]
    values: NDArray[np.float64]

    @property
    def probabilities(self) -> dict[str, NDArray[np.float64]]:
        """Of every head, float64 (n_utterances, n_labels): views of `values`."""
        return {head: self.values[:, columns] for head, columns in columns_by_head(self.labels).items()}

    @property
    def labels(self) -> dict[str, tuple[str, ...]]:
        """Of every head, in the order of its columns."""
        return {head.name: head.labels for head in self.heads}

    @property
    def judgements(self) -> dict[str, tuple[Judgement, ...]]:
        """Of every head, one an utterance: the label that is given, the score, the probabilities."""
        probabilities = self.probabilities
        return {
            head.name: tuple(Judgement.of(head, row) for row in probabilities[head.name].tolist())
            for head in self.heads
        }

    def __getitem__(self, head: str) -> NDArray[np.float64]:
        return self.probabilities[head]

    @property
    def stance(self) -> NDArray[np.float64]:
        """The probabilities of the head of that name."""
        return self._head("stance")

    @property
    def sentiment(self) -> NDArray[np.float64]:
        """The probabilities of the head of that name."""
        return self._head("sentiment")

    def _head(self, name: str) -> NDArray[np.float64]:
        probabilities = self.probabilities
        if name not in probabilities:
            raise AttributeError(f"the model has no head {name!r}; it has {', '.join(probabilities)}")
        return probabilities[name]


def _fields(text: str, utterance: Utterance) -> UtteranceFields:
    return UtteranceFields(utterance.text, _at(text, utterance.cue) or "", _at(text, utterance.source) or "")


def _at(text: str, span: Span | None) -> str | None:
    return None if span is None else text[span.start : span.end]


# Markdown's links and images, and its emphasis; the lengths keep the time linear.
_LINK = re.compile(r"!?\[([^\[\]]{0,2000})\](?:\((?:[^()]|\([^()]{0,200}\)){0,2000}\)|\[[^\[\]]{0,200}\])")
_EMPHASIS = re.compile(r"(?<![\w*_\\])(\*{1,3}|_{1,3})(?=\S)(.{0,160}?\S)\1(?![\w*_])")


def _plain(text: str | None) -> str | None:
    """A line of the article without Markdown's links and emphasis."""
    if text is None:
        return None
    return _EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", text)))  # twice: *one _in_ another*


def _in_article(utterance: Utterance, found: FeatureWeight) -> tuple[Span, ...]:
    """Where a feature of a field stands in the article: field offsets -> article offsets."""
    one = {"cue": utterance.cue, "source": utterance.source}.get(found.field)
    return tuple(
        piece
        for start, end in found.spans
        for piece in _pieces((one,) if one is not None else utterance.content, start, end)
    )


def _pieces(stretches: Sequence[Span], start: int, end: int) -> Iterator[Span]:
    """The parts of ``[start, end)`` of the stretches joined by one space, as offsets into the article."""
    for stretch in stretches:
        length = stretch.end - stretch.start
        first, last = max(start, 0), min(end, length)
        if first < last:
            yield Span(stretch.start + first, stretch.start + last)
        start, end = start - length - 1, end - length - 1


def _summarized(report: Report) -> Report:
    """The report with its utterances counted up by speaker and over the article."""
    heads = () if report.model is None else report.model.heads
    by_speaker: dict[int, list[Utterance]] = defaultdict(list)
    for utterance in report.utterances:
        by_speaker[utterance.speaker.id].append(utterance)

    def summaries(utterances: Sequence[Utterance]) -> dict[str, Summary]:
        return {head.name: Summary.of(head, [u.judgements[head.name] for u in utterances]) for head in heads}

    return replace(
        report,
        speakers=tuple(replace(one, summaries=summaries(by_speaker[one.id])) for one in report.speakers),
        summaries=summaries(report.utterances),
    )


def _column(values: Iterable[str | None], name: str, n: int | None) -> Any:
    """Cells that can be counted, and are as many as the texts."""
    if isinstance(values, str):
        raise TypeError(f"expected one of {name} for each text, found one str: pass a list")
    column: Any = values
    if type(values) not in (list, tuple):
        column = check_arrow(values, name) if is_arrow(values) else list(values)
    if n is not None and len(column) != n:
        raise InputError(f"expected as many {name} as texts, {n}, found {len(column)}")
    return column


def _check_cells(column: Any, name: str) -> None:
    """Raise TypeError for the first cell that is no string; None is one of a cue or source."""
    if column is None or is_arrow(column):
        return
    for n, value in enumerate(column):
        _checked("" if value is None and name != "texts" else value, f"{name}[{n}]")


def _checked_count(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"expected {name} as a whole number, found {type(value).__name__}")
    if value < 1:
        raise InputError(f"expected {name} of 1 or more, found {value}")
    return value


def _checked_probability(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"expected {name} as a number, found {type(value).__name__}")
    if not 0 <= value <= 1:
        raise InputError(f"expected {name} from 0 to 1, found {value}")
    return float(value)


def _checked(text: object, what: str) -> str:
    if isinstance(text, str):
        return text
    hint = "pass the text itself"
    if isinstance(text, bytes):
        hint = "decode them first: data.decode('utf-8')"
    elif isinstance(text, os.PathLike):
        hint = "read the file first: path.read_text(encoding='utf-8')"
    elif isinstance(text, (list, tuple)):
        hint = "pass one text at a time"
    raise TypeError(f"expected {what} as str, found {type(text).__name__}: {hint}")
