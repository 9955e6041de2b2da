"""Fuzzes the compiled kernel: what it reads, the Python path, which is the definition, must read the same.

    tools/sanitize.sh fuzz [-max_total_time=600] [options of libFuzzer]

Wants clang, and atheris from PyPI. The kernel is built with coverage, AddressSanitizer and
UndefinedBehaviorSanitizer; libFuzzer looks for inputs that reach new code of it. An input says which of
several models reads it (the shipped one, and made ones that have every kind of block between them), and gives
three strings, out of bytes or out of the lexicon's words. Tokens, counts, scores and calibrated scores are
compared, and scores of the same bytes as UTF-8 in buffers; bytes that are no UTF-8 must be refused.
"""

from __future__ import annotations

import random
import sys
from array import array
from collections.abc import Callable
from pathlib import Path

import atheris
import numpy as np

from stancekit.features import UtteranceFields, tokenize
from stancekit.model import Model
from stancekit.model_file import load
from tests.kernels import (
    EVERY_BLOCK,
    ODD,
    calibrate,
    heads_of,
    hostile_fields,
    lexicon_phrases,
    made_model,
    make_counter,
    scores_in_kernel,
    scores_in_python,
    small_settings,
)

FORMS = ("bytes", "utf-8", "latin-1", "utf-16", "utf-32", "words", "repeated")
FIELDS = ("content", "cue", "source")


class DisagreementError(AssertionError):
    """Kernel and Python path read something in two ways."""


class Case:
    """A model and how it is checked."""

    def __init__(self, model: Model) -> None:
        self.model, self.count = model, make_counter(model)

    def check(self, fields: UtteranceFields) -> None:
        """Tokens, counts and scores by both."""
        model = self.model
        for text in fields:
            if model.kernel.tokenize(text) != tokenize(text):
                raise DisagreementError(f"tokens of {text!r}")
        if model.kernel.features(*fields) != self.count(fields):
            raise DisagreementError(f"counts of {fields!r}")
        expected = scores_in_python(model, [fields])
        found, calibrated = scores_in_kernel(model, [fields]), scores_in_kernel(model, [fields], True)
        for kernel, python in ((found, expected), (calibrated, calibrate(model, expected))):
            if not np.abs(kernel - python).max() <= 1e-9:
                raise DisagreementError(f"scores of {fields!r}: {kernel} and {python}")

    def check_utf8(self, data: bytes, expected: UtteranceFields | None) -> None:
        """Bytes as content score as the string that they are, and are refused if they are none."""
        scores = np.zeros((1, self.model.n_columns))
        cells = (array("i", [0, len(data)]).tobytes(), data, 4, 0)
        try:
            self.model.kernel.score_utf8(1, cells, None, None, scores, False)
        except ValueError as error:
            if expected is not None:
                raise DisagreementError(f"{data!r} was refused: {error}") from error
        else:
            if expected is None or scores.tobytes() != scores_in_kernel(self.model, [expected]).tobytes():
                raise DisagreementError(f"scores of {data!r} in UTF-8")


def make_cases() -> list[Case]:
    """The shipped model, and five small ones with a few kinds of block each."""
    utterances = hostile_fields(60, seed=7)
    models = [load(Path(__file__).parent.parent / "models" / "assad-en")]
    models += [
        made_model(small_settings(EVERY_BLOCK[n : n + 5]), heads_of(n + 1), utterances)
        for n in range(0, 25, 5)
    ]
    return [Case(model) for model in models]


def read_string(data: bytes, form: str, words: list[str]) -> str:
    """A string out of some bytes."""
    if form in ("bytes", "utf-8"):
        return data.decode("utf-8", "surrogateescape" if form == "bytes" else "replace")
    if form in ("words", "repeated"):
        numbers = [data[n] | data[n + 1] << 8 for n in range(0, len(data) - 1, 2)]
        picked = [words[number % len(words)] + " '.\u2019"[number % 13 % 4] for number in numbers]
        text = "".join(picked)[:700]
        return text if form == "words" else (text * (1 + len(picked) * 7 % 97))[:3500]
    return data.decode(form, "surrogatepass" if form.startswith("utf") else "strict")


def make_target(cases: list[Case]) -> Callable[[bytes], None]:
    """What libFuzzer calls."""
    words = [*ODD, *" ".join(ODD + list(lexicon_phrases())).split(), *lexicon_phrases()]
    random.Random(0).shuffle(words)

    def target(data: bytes) -> None:
        if len(data) < 3:
            return
        case, form = cases[data[0] % len(cases)], FORMS[data[1] % len(FORMS)]
        text = data[3:]
        first = len(text) * data[2] // 255
        second = first + (len(text) - first) // 2
        try:
            strings = [
                read_string(part, form, words) for part in (text[:first], text[first:second], text[second:])
            ]
        except UnicodeDecodeError:
            return
        case.check(UtteranceFields(*strings))
        try:
            whole = UtteranceFields(text.decode())
        except UnicodeDecodeError:
            whole = None
        case.check_utf8(text, whole)

    return target


def write_seeds(folder: Path) -> None:
    """What to start from: hostile strings, in every form, for every model."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(0)
    for n, fields in enumerate(hostile_fields(300, seed=11)):
        head = bytes([draw.randrange(256), draw.choice((0, 1, 5, 6)), draw.choice((85, 170, 255))])
        text = "".join(fields).encode("utf-8", "replace")[:390]
        (folder / f"seed-{n}").write_bytes(head + (text if n % 2 else draw.randbytes(draw.randrange(100))))


def main(arguments: list[str]) -> None:
    """Fuzzes until libFuzzer has found something, or its time is over."""
    given = [argument for argument in arguments[1:] if not argument.startswith("-")]
    if not given:
        corpus = Path("build/fuzz/corpus")
        write_seeds(corpus)
        given = [str(corpus)]
    options = [argument for argument in arguments[1:] if argument.startswith("-")]
    options = [arguments[0], "-max_len=400", "-timeout=60", *options, *given]
    atheris.Setup(options, make_target(make_cases()), enable_python_coverage=False)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
