"""Other people's tools, each as a function of texts; what is not installed is left out.

`python -m pip install -e '.[test,compare]'` installs them. All run in one thread.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.inputs import corpus_rows

LABELS = ("support", "neutral", "oppose")

Read = Callable[[Sequence[str]], Any]


@contextmanager
def _quiet() -> Iterator[None]:
    """Packages that warn of themselves on import would fail a test run that takes warnings for errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def fasttext() -> Read:
    """fastText: supervised, 10 dimensions, n-grams of one and two words; all lines in one call."""
    with _quiet():
        from fasttext import train_supervised
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        rows = (f"__label__{row['stance']} {' '.join(row['text'].split())}\n" for row in corpus_rows())
        path.write_text("".join(rows), encoding="utf-8")
        model = train_supervised(str(path), dim=10, wordNgrams=2, thread=1, verbose=0)
    return lambda texts: model.predict(list(texts))


def vowpal_wabbit() -> Read:
    """Vowpal Wabbit: one against all, n-grams of one and two words; a call of its Python API a text."""
    with _quiet():
        from vowpalwabbit import Workspace
    workspace = Workspace("--oaa 3 --ngram 2 -b 18 --loss_function logistic --quiet")

    def line(text: str) -> str:
        return "| " + text.replace(":", " ").replace("|", " ").replace("\n", " ")

    for row in corpus_rows():
        workspace.learn(f"{LABELS.index(row['stance']) + 1} {line(row['text'])}")
    return lambda texts: [workspace.predict(line(text)) for text in texts]


def vader() -> Read:
    """VADER: a lexicon of sentiment and rules, in Python. Another task; here for scale."""
    with _quiet():
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    analyzer = SentimentIntensityAnalyzer()
    return lambda texts: [analyzer.polarity_scores(text) for text in texts]


def textacy(without: tuple[str, ...]) -> Read | None:
    """textacy: direct quotations from a parse of spaCy's small English pipeline; None without one.

    `without` names components of the pipeline that are left out; textacy has no use for "ner".
    """
    with _quiet():
        import spacy
        from textacy.extract.triples import direct_quotations
    found = [name for name in spacy.util.get_installed_models() if name.startswith("en_core_web_sm")]
    if not found:
        return None
    with _quiet():
        pipeline = spacy.load(found[0], exclude=list(without))

    def read(texts: Sequence[str]) -> list[int]:
        with _quiet():
            return [quotations(text) for text in texts]

    def quotations(text: str) -> int:
        document = pipeline(text)
        try:
            return len(list(direct_quotations(document)))
        except ValueError:  # it gives up on a number of quotation marks that is odd
            return 0

    return read


@cache
def word_peers() -> dict[str, Read]:
    """Those that read an utterance by its words."""
    makers = {"fastText": fasttext, "Vowpal Wabbit": vowpal_wabbit, "VADER": vader}
    return {name: read for name, make in makers.items() if (read := _installed(make)) is not None}


@cache
def quotation_peers() -> dict[str, Read]:
    """Those that read articles."""
    makers: dict[str, Callable[[], Read | None]] = {
        "textacy": lambda: textacy(()),
        "textacy without ner": lambda: textacy(("ner",)),
    }
    return {name: read for name, make in makers.items() if (read := _installed(make)) is not None}


def _installed(make: Callable[[], Read | None]) -> Read | None:
    try:
        return make()
    except ImportError:
        return None


def versions(*distributions: str) -> dict[str, str]:
    """Of those that are installed."""
    found = {}
    for name in distributions:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
