"""A trained model: its heads, and what they say of utterances."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from stancekit import kernel
from stancekit.columns import Column, Piece, as_list, check_lengths, cut_columns
from stancekit.confidence import AttributionModel
from stancekit.features import BlockAnalyzer, FeatureSettings, UtteranceFields, analyzers
from stancekit.lazy import LazyModule
from stancekit.tensors import Tensor

if TYPE_CHECKING:
    import hashlib

    import numpy as np
    from numpy.typing import NDArray

    from stancekit.jsonlines import JsonLines, LinesPiece
    from stancekit.scores import Scorer

    Floats = NDArray[np.float64]
else:
    np = LazyModule("numpy")
    hashlib = LazyModule("hashlib")  # OpenSSL takes a while to load


@dataclass(frozen=True, slots=True)
class Head:
    """One question that a model answers.

    Parameters
    ----------
    name : "stance", "sentiment", or what the corpus called it.
    labels : in the order of every array of this head.
    poles : the label at the positive and the one at the negative end, if the labels have ends.
    scale, bias : calibration; probabilities are softmax(scale * log-odds + bias). Training here sets the
        scale alone; the model file has a place for both.
    """

    name: str
    labels: tuple[str, ...]
    poles: tuple[str, str] | None
    scale: float = 1.0
    bias: tuple[float, ...] = ()

    def calibrate(self, log_odds: Floats) -> Floats:
        """Probabilities from log-odds, both (n, n_labels)."""
        logits = self.scale * log_odds + (np.array(self.bias) if self.bias else 0.0)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities: Floats = powers / powers.sum(axis=1, keepdims=True)
        return probabilities


class FeatureWeight(NamedTuple):
    """What one word or phrase adds to the log-odds of a label.

    `spans` are half-open code points of the string of `field`; `label` is the label most probable.
    """

    head: str
    feature: str
    weight: float
    field: str
    spans: tuple[tuple[int, int], ...]
    label: str


class Arrays(NamedTuple):
    """The arrays of a model, as its file holds them.

    Parameters
    ----------
    sizes : features of every block.
    vocabulary : the features' names, a line each.
    document_frequencies : U32 (n_features,), training utterances with the feature.
    weights : F32 (n_features, n_labels of all heads).
    intercepts : F32 (n_labels of all heads,).
    training_digests : U64, sorted; the first 8 bytes of SHA-256 of every content trained on.
    """

    sizes: tuple[int, ...]
    vocabulary: Tensor
    document_frequencies: Tensor
    weights: Tensor
    intercepts: Tensor
    training_digests: Tensor

    @classmethod
    def of(
        cls,
        vocabulary: Sequence[Sequence[str]],
        document_frequencies: NDArray[np.uint32],
        weights: NDArray[np.float32],
        intercepts: NDArray[np.float32],
        training_digests: NDArray[np.uint64],
    ) -> Arrays:
        """Copies of arrays; the vocabulary has the known features of every block, sorted."""
        return cls(
            tuple(map(len, vocabulary)),
            Tensor.of_lines(feature for features in vocabulary for feature in features),
            Tensor.of("U32", document_frequencies),
            Tensor.of("F32", weights),
            Tensor.of("F32", intercepts),
            Tensor.of("U64", training_digests),
        )


def columns_by_head(labels: Mapping[str, Sequence[str]]) -> dict[str, slice]:
    """The columns of each head where those of all heads stand side by side, one a label."""
    ends = accumulate(map(len, labels.values()), initial=0)
    return {head: slice(*of) for head, of in zip(labels, pairwise(ends), strict=True)}


_LISTS = (list, tuple, type(None))
"""What the kernel reads as it is; None is a column of empty strings."""

PIECE = 4096
"""Utterances that a thread takes at a time."""

_DERIVED = frozenset(
    "n_columns head_columns vocabulary document_frequencies weights intercepts training_digests scorer"
    " kernel".split()
)


@dataclass(frozen=True)
class Model:
    """A trained model.

    Parameters
    ----------
    name, version : as the recipe says.
    target : whom the stance is toward, in words; empty if training was told none.
    heads : in the order of the columns of `weights`.
    settings : which features are read.
    n_documents : training utterances.
    arrays : what was counted and learnt; NumPy's read-only views of them are properties of the model.
    about : corpus digest and counts, convergence: what the card tells of training; `calibrated` is there,
        and false, if nothing was held out to fit the scale on.
    file : the bytes of the model file; empty for a model that was not read from one.
    attribution : how sure each attribution is; None if there were no whole articles to learn it from.
    """

    name: str
    version: str
    target: str
    heads: tuple[Head, ...]
    settings: FeatureSettings
    n_documents: int
    arrays: Arrays = field(repr=False)
    about: Mapping[str, Any]
    file: bytes = field(default=b"", repr=False)
    attribution: AttributionModel | None = None

    def __getstate__(self) -> dict[str, Any]:
        # What is derived is made anew by whoever receives a copy.
        state = {name: value for name, value in self.__dict__.items() if name not in _DERIVED}
        return state | {"sha256": self.sha256, "file": b""}

    @cached_property
    def sha256(self) -> str:
        """Of the model file; empty for a model that was not read from one."""
        return hashlib.sha256(self.file).hexdigest() if self.file else ""

    @property
    def n_features(self) -> int:
        """Features known, over all blocks."""
        return sum(self.arrays.sizes)

    @cached_property
    def n_columns(self) -> int:
        """Labels of all heads."""
        return sum(len(head.labels) for head in self.heads)

    @cached_property
    def vocabulary(self) -> tuple[tuple[str, ...], ...]:
        """The known features of every block, sorted."""
        lines = str(self.arrays.vocabulary.data, "utf-8").split("\n")
        ends = accumulate(self.arrays.sizes, initial=0)
        return tuple(tuple(lines[start:end]) for start, end in pairwise(ends))

    @cached_property
    def document_frequencies(self) -> NDArray[np.uint32]:
        """Training utterances with each feature, (n_features,)."""
        return self.arrays.document_frequencies.array()

    @cached_property
    def weights(self) -> NDArray[np.float32]:
        """What each feature adds to each label's log-odds, (n_features, n_labels of all heads)."""
        return self.arrays.weights.array()

    @cached_property
    def intercepts(self) -> NDArray[np.float32]:
        """What each label's log-odds start from, (n_labels of all heads,)."""
        return self.arrays.intercepts.array()

    @cached_property
    def training_digests(self) -> NDArray[np.uint64]:
        """Sorted; the first 8 bytes of SHA-256 of every content trained on."""
        return self.arrays.training_digests.array()

    @cached_property
    def scorer(self) -> Scorer:
        """What scores in Python and NumPy; it also tells what each feature adds."""
        from stancekit.scores import Scorer, inverse_document_frequencies

        return Scorer(
            self.settings,
            self.vocabulary,
            inverse_document_frequencies(self.document_frequencies, self.n_documents),
            self.weights,
            self.intercepts.astype(np.float64),
        )

    @cached_property
    def kernel(self) -> Any:
        """What scores in compiled code; None if this installation has none.

        Raises
        ------
        ValueError
            The arrays do not fit together.
        """
        if not kernel.COMPILED:
            return None
        arrays = self.arrays
        return kernel.make_kernel(
            self.settings,
            arrays.sizes,
            [(len(head.labels), head.scale, head.bias) for head in self.heads],
            self.n_documents,
            arrays.vocabulary.data,
            arrays.document_frequencies.data,
            arrays.weights.data,
            arrays.intercepts.data,
        )

    @cached_property
    def head_columns(self) -> dict[str, slice]:
        """The columns of `weights` that belong to each head."""
        return columns_by_head({head.name: head.labels for head in self.heads})

    def columns(self, head: str) -> slice:
        """The columns of `weights` that belong to a head."""
        if head not in self.head_columns:
            raise KeyError(f"expected a head out of {[one.name for one in self.heads]}, found {head!r}")
        return self.head_columns[head]

    def score(
        self,
        contents: Column,
        cues: Column | None = None,
        sources: Column | None = None,
        *,
        calibrated: bool = True,
        n_threads: int = 1,
        out: Floats | None = None,
    ) -> Floats:
        """Probabilities, or log-odds, of all heads.

        Parameters
        ----------
        contents, cues, sources : of one length; lists or tuples of strings, or Arrow arrays, which are read
            where they lie.
        n_threads : how many share the work; the result is the same. Without a kernel one does it all.
        out : where to put the result: float64 (n_utterances, n_labels of all heads), contiguous.

        Returns
        -------
        Floats
            (n_utterances, n_labels of all heads); `out`, if it was given.

        Raises
        ------
        TypeError
            Something is no string.
        ValueError
            The columns are of different lengths, or `out` is of another shape or type.
        """
        scores = self._room(len(contents), out)
        if self.kernel is None:
            self._score_in_python((contents, cues, sources), scores, calibrated)
        elif n_threads == 1 and type(contents) in _LISTS and type(cues) in _LISTS and type(sources) in _LISTS:
            self.kernel.score(contents, cues, sources, scores, calibrated)
        else:
            self._score_in_pieces((contents, cues, sources), scores, calibrated, n_threads)
        return scores

    def score_lines(
        self, lines: JsonLines, *, calibrated: bool = True, n_threads: int = 1, out: Floats | None = None
    ) -> Floats:
        """The same of the utterances in a file.

        Raises
        ------
        InputError
            A line is no JSON object with the right strings.
        """
        if self.kernel is None:
            columns = _columns_of(lines.fields())
            scores = self._room(len(columns[0]), out)
            self._score_in_python(columns, scores, calibrated)
            return scores
        pieces = list(lines.pieces(self.kernel, PIECE))
        scores = self._room(pieces[-1].stop if pieces else 0, out)

        def score_piece(piece: LinesPiece) -> None:
            rows = scores[piece.start : piece.stop]
            odd = self.kernel.score_lines(lines.data, piece.begin, len(rows), rows, calibrated)
            for row, begin, length in odd:
                cells = [[cell] for cell in lines.read(begin, length)]
                self.kernel.score(*cells, rows[row : row + 1], calibrated)

        _each(score_piece, pieces, n_threads)
        return scores

    def _room(self, n: int, out: Floats | None) -> Floats:
        shape = (n, self.n_columns)
        if out is None:
            return np.empty(shape)
        if out.shape != shape or out.dtype != np.float64 or not out.flags.c_contiguous:
            raise ValueError(f"expected out of shape {shape} and type float64, contiguous")
        return out

    def _score_in_pieces(
        self, columns: Sequence[Column | None], scores: Floats, calibrated: bool, n_threads: int
    ) -> None:
        def score_piece(piece: Piece) -> None:
            piece.score(self.kernel, scores[piece.start : piece.stop], calibrated)

        check_lengths(columns)
        _each(score_piece, cut_columns(columns, PIECE if n_threads > 1 else None), n_threads)

    def _score_in_python(self, columns: Sequence[Column | None], scores: Floats, calibrated: bool) -> None:
        check_lengths(columns)
        contents, cues, sources = (as_list(column, len(scores)) for column in columns)
        rows = zip(contents, cues, sources, strict=True)
        scores[:] = self.scorer(
            [UtteranceFields(text, cue or "", source or "") for text, cue, source in rows]
        )
        if calibrated:
            for head in self.heads:
                of_head = self.columns(head.name)
                scores[:, of_head] = head.calibrate(scores[:, of_head])

    def judge(self, fields: Sequence[UtteranceFields]) -> list[dict[str, list[float]]]:
        """Calibrated probabilities of each utterance by head; with a kernel, without NumPy."""
        contents, cues, sources = _columns_of(fields)
        if self.kernel is None:
            rows = self.score(contents, cues, sources).tolist()
        else:
            width = self.n_columns
            flat = array("d", bytes(8 * width * len(fields)))
            self.kernel.score(contents, cues, sources, flat, True)
            rows = [flat[n : n + width].tolist() for n in range(0, len(flat), width)]
        return [{head: row[where] for head, where in self.head_columns.items()} for row in rows]

    def log_odds(self, fields: Sequence[UtteranceFields]) -> dict[str, Floats]:
        """Sums of weights by head, (n_utterances, n_labels), not calibrated."""
        return self._by_head(fields, calibrated=False)

    def probabilities(self, fields: Sequence[UtteranceFields]) -> dict[str, Floats]:
        """Calibrated probabilities by head, (n_utterances, n_labels); rows sum to 1."""
        return self._by_head(fields, calibrated=True)

    def _by_head(self, fields: Sequence[UtteranceFields], *, calibrated: bool) -> dict[str, Floats]:
        scores = self.score(*_columns_of(fields), calibrated=calibrated)
        return {head: scores[:, columns] for head, columns in self.head_columns.items()}

    def evidence(self, fields: UtteranceFields, top: int | None = None) -> list[FeatureWeight]:
        """The words and phrases that weighed most, for each head toward its most probable label.

        Parameters
        ----------
        fields : one utterance.
        top : of each head, the greatest in absolute value; None gives all. All of a head's weights
            and the label's intercept sum to the label's log-odds: nothing is approximated.

        Notes
        -----
        A character n-gram is shown with the words it occurs in: its weight is shared among its
        occurrences, and each share is added to that of the word.
        """
        scorer, blocks = self.scorer, analyzers(self.settings)
        probabilities = self.probabilities([fields])
        places = [_places(analyzer, fields) for analyzer in blocks]
        evidence: list[FeatureWeight] = []
        for head in self.heads:
            best = int(probabilities[head.name][0].argmax())
            sums: dict[tuple[str, str], float] = {}
            spans: dict[tuple[str, str], set[tuple[int, int]]] = {}
            for block, feature, added in scorer.contributions(fields, self.columns(head.name)):
                shown = places[block][feature]
                for name, where, span in shown:
                    key = (where, name)
                    sums[key] = sums.get(key, 0.0) + float(added[best]) / len(shown)
                    spans.setdefault(key, set()).add(span)
            ranked = sorted(sums, key=lambda key: (-abs(sums[key]), key))
            evidence += [
                FeatureWeight(
                    head.name,
                    name,
                    sums[where, name],
                    where,
                    tuple(sorted(spans[where, name])),
                    head.labels[best],
                )
                for where, name in ranked[:top]
            ]
        return evidence


def _columns_of(fields: Iterable[UtteranceFields]) -> Sequence[list[str]]:
    """Contents, cues and sources."""
    return [list(column) for column in zip(*fields, strict=True)] or ([], [], [])


def _each(score: Callable[[Any], None], pieces: Iterable[Any], n_threads: int) -> None:
    """Score pieces; in threads, for the kernel lets others run beside it."""
    if n_threads == 1:
        for piece in pieces:
            score(piece)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(n_threads) as pool:
        for _ in pool.map(score, pieces):
            pass


def _places(
    analyzer: BlockAnalyzer, fields: UtteranceFields
) -> dict[str, list[tuple[str, str, tuple[int, int]]]]:
    """Of every feature of a block: what to show it as, in which field, and where."""
    places: dict[str, list[tuple[str, str, tuple[int, int]]]] = {}
    for feature, where, start, end, shown in analyzer.occurrences(fields):
        places.setdefault(feature, []).append((shown, where, (start, end)))
    return places
