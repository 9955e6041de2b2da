"""Scoring against scikit-learn's own pipeline on the same features, and evidence against scores."""

import dataclasses
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion

from stancekit.features import UtteranceFields
from stancekit.model import Model
from stancekit.scores import CHUNK
from stancekit.train.rows import make_vectorizer
from tests.labelled import BLOCKS, ROLE_BLOCKS, ROWS, small_model

FIELDS = [UtteranceFields(text, cue, source) for _, text, source, cue, _, _ in ROWS]

vocabulary = sorted({word for fields in FIELDS for text in fields for word in text.split()})
phrases = st.lists(
    st.sampled_from([*vocabulary, "the", "the", "regime\u2019s", "n't", "\ud800", "\u0130", "\u0301"])
).map(" ".join)
fields_of_any_kind = st.builds(UtteranceFields, phrases | st.text(), phrases | st.text(), phrases | st.text())


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return small_model(tmp_path_factory.mktemp("model"), (*BLOCKS, *ROLE_BLOCKS))


@pytest.fixture(scope="module", params=["compiled", "python"])
def model(request: pytest.FixtureRequest, trained: Model) -> Model:
    """The same model scoring in the kernel and, as without a compiler, in Python and NumPy."""
    if request.param == "compiled":
        if trained.kernel is None:
            pytest.skip("no kernel in this installation")
        return trained
    return WithoutKernel(
        **{field.name: getattr(trained, field.name) for field in dataclasses.fields(trained)}
    )


class WithoutKernel(Model):
    """A model of an installation that had no compiler; its copies are, too."""

    kernel = None


@pytest.fixture(scope="module")
def pipelines(trained: Model) -> tuple[FeatureUnion, dict[str, LogisticRegression]]:
    """scikit-learn fitted on the same utterances, with the model's rounded weights put in."""
    vectorizer = make_vectorizer(trained.settings)
    vectorizer.fit(FIELDS)
    classifiers = {}
    for head in trained.heads:
        classifier = LogisticRegression()
        classifier.classes_ = np.array(head.labels)
        classifier.coef_ = trained.weights[:, trained.columns(head.name)].T.astype(np.float64)
        classifier.intercept_ = trained.intercepts[trained.columns(head.name)].astype(np.float64)
        classifiers[head.name] = classifier
    return vectorizer, classifiers


def test_the_vocabularies_are_the_same(model: Model, pipelines: tuple[FeatureUnion, Any]) -> None:
    for (_, part), features in zip(pipelines[0].transformer_list, model.vocabulary, strict=True):
        assert tuple(part.get_feature_names_out()) == features


@settings(max_examples=300, deadline=None)
@given(utterances=st.lists(fields_of_any_kind, min_size=1, max_size=5))
def test_scores_equal_those_of_scikit_learn(
    model: Model,
    pipelines: tuple[FeatureUnion, dict[str, LogisticRegression]],
    utterances: list[UtteranceFields],
) -> None:
    vectorizer, classifiers = pipelines
    rows = csr_matrix(vectorizer.transform(utterances))
    log_odds = model.log_odds(utterances)
    probabilities = model.probabilities(utterances)
    for head in model.heads:
        expected = classifiers[head.name].decision_function(rows)
        np.testing.assert_allclose(log_odds[head.name], expected, rtol=0, atol=1e-9)
        np.testing.assert_allclose(
            probabilities[head.name], _softmax(head.scale * expected), rtol=0, atol=1e-9
        )


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares


@settings(deadline=None)
@given(utterances=st.lists(fields_of_any_kind, min_size=2, max_size=5))
def test_a_batch_changes_no_bit(model: Model, utterances: list[UtteranceFields]) -> None:
    for name, together in model.probabilities(utterances).items():
        alone = np.vstack([model.probabilities([fields])[name] for fields in utterances])
        assert together.tobytes() == alone.tobytes()


def test_neither_does_a_chunk_a_thread_or_a_copy(model: Model) -> None:
    many = FIELDS * (2 * CHUNK // len(FIELDS) + 1)
    expected = model.probabilities(many)
    with ThreadPoolExecutor(8) as pool:
        threads = list(pool.map(lambda _: model.probabilities(many), range(8)))
    for found in [*threads, pickle.loads(pickle.dumps(model)).probabilities(many)]:
        assert all(found[name].tobytes() == values.tobytes() for name, values in expected.items())
    for values in expected.values():
        assert values[: len(FIELDS)].tobytes() == values[len(FIELDS) : 2 * len(FIELDS)].tobytes()


def test_nothing_known_gives_the_intercepts(model: Model) -> None:
    for fields in (UtteranceFields(""), UtteranceFields("\u4e2d\u6587 \u200b")):
        found = np.hstack([values[0] for values in model.log_odds([fields]).values()])
        np.testing.assert_array_equal(found, model.intercepts.astype(np.float64))
        assert model.evidence(fields) == []
    assert all(values.shape == (0, 3) for values in model.probabilities([]).values())


@settings(deadline=None)
@given(fields=fields_of_any_kind)
def test_evidence_sums_to_the_log_odds(model: Model, fields: UtteranceFields) -> None:
    evidence = model.evidence(fields)
    log_odds, probabilities = model.log_odds([fields]), model.probabilities([fields])
    for head in model.heads:
        best = int(probabilities[head.name][0].argmax())
        shown = [one for one in evidence if one.head == head.name]
        assert {one.label for one in shown} <= {head.labels[best]}
        total = sum(one.weight for one in shown) + float(model.intercepts[model.columns(head.name)][best])
        assert total == pytest.approx(log_odds[head.name][0, best], abs=1e-9)
        assert [abs(one.weight) for one in shown] == sorted((abs(one.weight) for one in shown), reverse=True)
    for one in evidence:
        assert one.spans
        assert all(0 <= start < end <= len(getattr(fields, one.field)) for start, end in one.spans)


def test_evidence_names_words_in_their_place(model: Model) -> None:
    fields = UtteranceFields("The regime's army shelled us; the regime starves us", "said", "residents")
    found = {one.feature: one for one in model.evidence(fields, top=None) if one.head == "stance"}
    assert found["shelled"].spans == ((18, 25),)
    assert found["<target>"].spans == ((0, 10), (30, 40))
    assert found["said"].field == "cue"
    assert len(model.evidence(fields, top=2)) == 2 * len(model.heads)


def test_the_small_model_has_learnt(model: Model) -> None:
    for head, column in (("stance", 4), ("sentiment", 5)):
        labels = next(one.labels for one in model.heads if one.name == head)
        found = [labels[i] for i in model.probabilities(FIELDS)[head].argmax(axis=1)]
        assert found == [row[column] for row in ROWS]
