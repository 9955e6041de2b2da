"""Vectorize and score: stancekit beside scikit-learn's own pipeline on the same features and weights.

Input: the utterances of the shipped corpus. Both sides give the log-odds of all heads; that they agree
is checked before anything is timed. See README.md.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture
from scipy.sparse import csr_matrix

from stancekit import model_file
from stancekit.features import UtteranceFields
from stancekit.model import Model
from stancekit.train.corpus import read_corpus
from stancekit.train.rows import make_vectorizer

SHIPPED = Path(__file__).parent.parent / "models" / "assad-en"

pytestmark = pytest.mark.skipif(
    not (SHIPPED / "model.safetensors").exists(), reason="no shipped model to time"
)

Score = Callable[[list[UtteranceFields]], NDArray[np.float64]]


@pytest.fixture(scope="module")
def model() -> Model:
    return model_file.load()


@pytest.fixture(scope="module")
def utterances() -> list[UtteranceFields]:
    return [utterance.fields for utterance in read_corpus(SHIPPED / "corpus").utterances]


@pytest.fixture(scope="module")
def pipelines(model: Model, utterances: list[UtteranceFields]) -> dict[str, Score]:
    vectorizer = make_vectorizer(model.settings).fit(utterances)
    weights, intercepts = model.weights.astype(np.float64), model.intercepts.astype(np.float64)

    def stancekit(fields: list[UtteranceFields]) -> NDArray[np.float64]:
        return np.hstack(list(model.log_odds(fields).values()))

    def scikit_learn(fields: list[UtteranceFields]) -> NDArray[np.float64]:
        scores: NDArray[np.float64] = csr_matrix(vectorizer.transform(fields)) @ weights + intercepts
        return scores

    np.testing.assert_allclose(stancekit(utterances), scikit_learn(utterances), rtol=0, atol=1e-9)
    return {"stancekit": stancekit, "scikit-learn": scikit_learn}


@pytest.mark.parametrize("side", ["stancekit", "scikit-learn"])
@pytest.mark.benchmark(group="1 utterance")
def test_one_utterance(
    benchmark: BenchmarkFixture, pipelines: dict[str, Score], utterances: list[UtteranceFields], side: str
) -> None:
    one = [sorted(utterances, key=lambda fields: len(fields.content))[len(utterances) // 2]]
    assert benchmark(pipelines[side], one).shape[0] == 1


@pytest.mark.parametrize("side", ["stancekit", "scikit-learn"])
@pytest.mark.benchmark(group="all utterances of the corpus")
def test_all_utterances(
    benchmark: BenchmarkFixture, pipelines: dict[str, Score], utterances: list[UtteranceFields], side: str
) -> None:
    benchmark.extra_info["n_utterances"] = len(utterances)
    benchmark.extra_info["n_characters"] = sum(len(fields.content) for fields in utterances)
    benchmark(pipelines[side], utterances)


@pytest.mark.benchmark(group="loading")
def test_load(benchmark: BenchmarkFixture) -> None:
    assert benchmark(model_file.load).n_features > 1000
