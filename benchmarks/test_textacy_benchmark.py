"""Who says what in an article of 5,000 characters: stancekit beside textacy's quotation extraction.

textacy reads direct quotations off a spaCy parse; stancekit finds quotations and paraphrase and resolves the
speakers. Skipped where textacy or spaCy's small English pipeline is missing. See README.md.
"""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from stancekit.document import read_document
from stancekit.speakers import resolve_speakers
from stancekit.utterances import find_utterances

ARTICLES = Path(__file__).parent.parent / "models" / "assad-en" / "corpus" / "articles"
N_CHARACTERS = 5000
N_ROUNDS = 25

Extract = Callable[[str], int]


@pytest.fixture(scope="module")
def article() -> str:
    """Paragraphs of the corpus' articles, as many as make up 5,000 characters."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(ARTICLES.glob("*.txt"))]
    paragraphs = "\n\n".join(texts[:6]).split("\n\n")
    lengths = accumulate(len(paragraph) + 2 for paragraph in paragraphs)
    n = min(enumerate(lengths, 1), key=lambda pair: abs(pair[1] - N_CHARACTERS))[0]
    return "\n\n".join(paragraphs[:n])


def segment(text: str) -> int:
    """Utterances with their speakers."""
    document = read_document(text)
    utterances = find_utterances(document)
    return len(resolve_speakers(document, utterances)[1])


@pytest.fixture(scope="module", params=["whole pipeline", "without ner"])
def extract(request: pytest.FixtureRequest) -> Extract:
    """What textacy extracts, on the pipeline as it comes and without the component that it does not need."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spacy = pytest.importorskip("spacy", reason="pip install 'stancekit[compare]'")
        triples = pytest.importorskip("textacy.extract.triples", reason="pip install 'stancekit[compare]'")
        found = [name for name in spacy.util.get_installed_models() if name.startswith("en_core_web_sm")]
        if not found:
            pytest.skip("python -m spacy download en_core_web_sm")
        pipeline = spacy.load(found[0], exclude=["ner"] if request.param == "without ner" else [])

    def run(text: str) -> int:
        return len(list(triples.direct_quotations(pipeline(text))))

    return run


def seconds(run: Extract, text: str) -> float:
    began = time.perf_counter()
    run(text)
    return time.perf_counter() - began


@pytest.mark.filterwarnings("ignore")
@pytest.mark.benchmark(group="quotations and speakers, 5,000 characters")
def test_beside_textacy(benchmark: BenchmarkFixture, article: str, extract: Extract) -> None:
    """Both sides in turn, round by round, so that a slow moment of the machine falls on both."""
    assert abs(len(article) - N_CHARACTERS) < 300
    n_ours, n_theirs = segment(article), extract(article)  # and warm up
    assert min(n_ours, n_theirs) >= 5
    rounds = [(seconds(segment, article), seconds(extract, article)) for _ in range(N_ROUNDS)]
    figures = {
        "n_characters": len(article),
        "n_utterances": n_ours,
        "n_textacy_quotations": n_theirs,
        "stancekit_ms": 1000 * statistics.median(ours for ours, _ in rounds),
        "textacy_ms": 1000 * statistics.median(theirs for _, theirs in rounds),
        "times_as_fast": statistics.median(theirs / ours for ours, theirs in rounds),
    }
    benchmark.extra_info.update(figures)
    print(", ".join(f"{name} {round(value, 1)}" for name, value in figures.items()))
    benchmark.pedantic(segment, (article,), rounds=N_ROUNDS, warmup_rounds=1)
