"""The estimator as scikit-learn's own tools use it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_predict, cross_val_score
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import check_array, estimator_checks
from sklearn.utils.validation import check_is_fitted

from stancekit import model_file
from stancekit.features import DEFAULT_BLOCKS, Block, UtteranceFields
from stancekit.train import StanceClassifier
from stancekit.train.fit import fit_model, read_recipe_corpus
from stancekit.train.recipe import read_recipe
from tests.conftest import Cli
from tests.labelled import BLOCKS, ROWS, TARGET, write_rows

FIELDS = [UtteranceFields(text, cue, source) for _, text, source, cue, _, _ in ROWS]
TEXTS = [fields.content for fields in FIELDS]
STANCES = [row[4] for row in ROWS]
ARTICLES = [row[0] for row in ROWS]
SMALL = (Block(name="words", field="content", unit="words", n_min=1, n_max=1, min_df=1),)
SKLEARN = tuple(int(part) for part in sklearn.__version__.split(".")[:2])


# The checks of scikit-learn

NOT_APPLICABLE = {
    "check_sample_weight_equivalence_on_dense_data": "features and idf are counted without the weights",
}


class OfNumbers(StanceClassifier):
    """Takes the numbers that the checks pass, each as words: its column and how far it is above a few steps.

    All else is the estimator's own. The checks pass over an estimator that does not take numbers.
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.one_d_array, tags.input_tags.string = True, False, False
        return tags

    def _more_tags(self) -> dict[str, Any]:
        return {"X_types": ["2darray"], "_xfail_checks": NOT_APPLICABLE}

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "OfNumbers":  # noqa: N803
        super().fit(self._words(X, reset=True), y, sample_weight)
        return self

    def _log_odds(self, X: Any) -> Any:  # noqa: N803
        check_is_fitted(self)
        return super()._log_odds(self._words(X, reset=False))

    def _words(self, values: Any, *, reset: bool) -> list[str]:
        if SKLEARN >= (1, 6):
            from sklearn.utils.validation import validate_data

            values = validate_data(self, values, reset=reset, dtype=np.float64)
        else:
            values = self._validate_data(values, reset=reset, dtype=np.float64)
        steps = np.linspace(-12, 12, 49)
        return [
            " ".join(
                [f"row{len(row)}"]
                + [f"c{c}s{s}" for c, value in enumerate(row) for s in np.flatnonzero(value > steps)]
            )
            for row in check_array(values)
        ]


@estimator_checks.parametrize_with_checks(  # type: ignore[untyped-decorator]  # scikit-learn has no types
    [OfNumbers(blocks=SMALL)],
    **({"expected_failed_checks": lambda estimator: NOT_APPLICABLE} if SKLEARN >= (1, 6) else {}),
)
def test_the_checks_of_scikit_learn(estimator: StanceClassifier, check: Any) -> None:
    check(estimator)


def test_what_the_tags_say() -> None:
    with pytest.warns(SkipTestWarning, match="requires input"):  # but for the checks that need no input
        estimator_checks.check_estimator(StanceClassifier())


def test_the_constructor_only_stores() -> None:
    blocks, target = list(SMALL), TARGET
    estimator = StanceClassifier(C=3, class_weight={"a": 1.0}, blocks=blocks, target=target)
    assert estimator.get_params() == {"C": 3, "class_weight": {"a": 1.0}, "blocks": blocks, "target": target}
    assert estimator.blocks is blocks
    other = clone(estimator).set_params(C=0.5, blocks=None)
    assert (other.C, other.blocks, other.target, estimator.C) == (0.5, None, target, 3)
    with pytest.raises(ValueError, match="Invalid parameter 'c'"):
        estimator.set_params(c=1)


# Searches, pipelines and folds

WORDS = (replace(DEFAULT_BLOCKS[0], n_max=1),)


def test_a_search_over_strength_and_blocks() -> None:
    grid = {"C": [0.3, 3.0], "blocks": [None, WORDS], "class_weight": [None, "balanced"]}
    search = GridSearchCV(StanceClassifier(target=TARGET), grid, cv=GroupKFold(3), scoring="f1_macro")
    search.fit(FIELDS, STANCES, groups=ARTICLES)
    assert len(search.cv_results_["params"]) == 8
    assert search.best_params_["C"] in (0.3, 3.0)
    assert search.best_estimator_.to_model("searched").heads[0].labels == ("neutral", "oppose", "support")


def test_cross_validation_by_article() -> None:
    found = cross_val_score(StanceClassifier(), np.array(TEXTS), STANCES, groups=ARTICLES, cv=GroupKFold(3))
    assert found.shape == (3,)
    probabilities = cross_val_predict(StanceClassifier(), TEXTS, STANCES, method="predict_proba", cv=2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_the_end_of_a_pipeline() -> None:
    pipeline = Pipeline(
        [("strip", FunctionTransformer(lambda texts: [t.strip() for t in texts])), ("c", StanceClassifier())]
    )
    pipeline.set_params(c__C=2.0).fit(TEXTS, STANCES)
    assert list(pipeline.predict([f"  {TEXTS[0]} "])) == list(pipeline.predict(TEXTS[:1]))


# What it takes


def frames() -> dict[str, Any]:
    contents, cues, sources = zip(*FIELDS, strict=True)
    frame = pd.DataFrame(
        {"source": sources, "text": contents, "cue": cues}, index=range(100, 100 + len(FIELDS))
    )
    return {
        "fields": FIELDS,
        "tuples": [tuple(fields) for fields in FIELDS],
        "array": np.array(FIELDS),
        "object-array": np.array(FIELDS, dtype=object),
        "frame": frame,
        "frame-content": frame.rename(columns={"text": "content"}),
        "frame-objects": frame.astype(object),
    }


@pytest.mark.parametrize("kind", frames())
def test_utterances_of_every_kind(kind: str) -> None:
    given = frames()[kind]
    estimator = StanceClassifier().fit(given, STANCES)
    expected = StanceClassifier().fit(FIELDS, STANCES).decision_function(FIELDS)
    assert (estimator.decision_function(given) == expected).all()


@pytest.mark.parametrize("of", [list, tuple, iter, np.array, pd.Series, lambda t: pd.DataFrame({"text": t})])
def test_texts_of_every_kind(of: Any) -> None:
    expected = StanceClassifier().fit(TEXTS, STANCES).decision_function(TEXTS)
    assert (
        StanceClassifier().fit(of(TEXTS), pd.Series(STANCES)).decision_function(of(TEXTS)) == expected
    ).all()


def test_a_cue_or_a_source_may_be_missing() -> None:
    estimator = StanceClassifier().fit(FIELDS, STANCES)
    expected = estimator.decision_function([("we will win",)])
    frame = pd.DataFrame({"text": ["we will win"] * 3, "cue": [None, np.nan, pd.NA], "source": [""] * 3})
    for given in (
        ["we will win"],
        [("we will win", None, np.nan)],
        [["we will win", ""]],
        frame[:1],
        frame[1:2],
    ):
        assert (estimator.decision_function(given) == expected).all()
    assert (estimator.decision_function(frame) == expected).all()


REFUSED: dict[str, tuple[Any, type[Exception], str]] = {
    "one text": ("we will win", TypeError, "several utterances, found one str: pass a list"),
    "one utterance": (FIELDS[0], TypeError, "found one UtteranceFields"),
    "none": ([], ValueError, "at least one utterance"),
    "no rows": (pd.DataFrame({"text": []}), ValueError, "at least one utterance"),
    "numbers": (np.zeros((2, 2)), TypeError, "expected texts.*found float64 at position 0"),
    "a number": (3, TypeError, "found int"),
    "a dict": ({"text": "x"}, TypeError, "found dict"),
    "bytes": (["a", b"b"], TypeError, "found bytes at position 1"),
    "None": (["a", None], ValueError, "expected a text at position 1, found None"),
    "NaN": (pd.Series(["a", np.nan]), ValueError, "expected a text at position 1, found nan"),
    "NA": (pd.DataFrame({"text": [pd.NA]}), ValueError, "expected a text at position 0, found <NA>"),
    "four": ([("a", "b", "c", "d")], TypeError, "found 4 values at position 0"),
    "columns": (pd.DataFrame({"txt": ["a"]}), ValueError, "columns text .*found 'txt'"),
    "other columns": (pd.DataFrame({"text": ["a"], "article": ["b"]}), ValueError, "'article': pass those"),
    "both": (pd.DataFrame({"text": ["a"], "content": ["b"]}), ValueError, "each once"),
    "twice": (pd.DataFrame([["a", "b"]], columns=["text", "text"]), ValueError, "each once"),
    "a cue": (pd.DataFrame({"text": ["a"], "cue": [3]}), TypeError, "found int at position 0"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_utterances_that_are_refused(name: str) -> None:
    given, error, message = REFUSED[name]
    with pytest.raises(error, match=message):
        StanceClassifier().fit(given, ["a", "b"])
    with pytest.raises(NotFittedError):
        StanceClassifier().predict(given)


LABELS: dict[str, tuple[Any, str]] = {
    "too few": (["a"] * 3, "inconsistent numbers of samples"),
    "one class": (["a"] * 18, "found one class: 'a'"),
    "None": (["a", None] * 9, "expected a label at position 1 of y, found None"),
    "NaN": ([1.0, np.nan] * 9, "y contains NaN"),
    "measures": (np.linspace(0, 1, 18), "Unknown label type"),
    "two columns": (np.zeros((18, 2)), "y should be a 1d array"),
}


@pytest.mark.parametrize("name", LABELS)
def test_labels_that_are_refused(name: str) -> None:
    labels, message = LABELS[name]
    with pytest.raises(ValueError, match=message):
        StanceClassifier().fit(TEXTS, labels)


PARAMETERS: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "C": ({"C": -1}, ValueError, "'C' parameter"),
    "class_weight": ({"class_weight": "heavy"}, ValueError, "class_weight"),
    "blocks": ({"blocks": ["words"]}, TypeError, "expected blocks as a list of Block"),
    "no blocks": ({"blocks": []}, ValueError, "feature blocks"),
    "target": ({"target": "the council"}, TypeError, "expected target as a Target or None, found str"),
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_are_checked_when_fitting(name: str) -> None:
    parameters, error, message = PARAMETERS[name]
    estimator = StanceClassifier(**parameters)
    with pytest.raises(error, match=message):
        estimator.fit(TEXTS, STANCES)


@pytest.mark.parametrize("wrong", [[1.0] * 17, [-1.0] + [1.0] * 17, [0.0] * 18, [np.nan] * 18, 1.0])
def test_weights_that_are_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"sample_weight|inconsistent"):
        StanceClassifier().fit(TEXTS, STANCES, sample_weight=wrong)


# What it gives


@pytest.mark.parametrize(
    "codes", [{"oppose": 0}, {"oppose": "x", "other": "y"}, {"oppose": True, "other": False}]
)
def test_two_classes_of_any_type(codes: dict[str, Any]) -> None:
    labels = [codes["oppose"] if s == "oppose" else codes.get("other", 7) for s in STANCES]
    estimator = StanceClassifier().fit(TEXTS, labels)
    scores, probabilities = estimator.decision_function(TEXTS), estimator.predict_proba(TEXTS)
    assert scores.shape == (len(TEXTS),)
    np.testing.assert_allclose(probabilities[:, 1], 1 / (1 + np.exp(-scores)))
    np.testing.assert_allclose(np.exp(estimator.predict_log_proba(TEXTS)), probabilities)
    assert (estimator.predict(TEXTS) == estimator.classes_[(scores > 0).astype(int)]).all()
    assert type(estimator.predict(TEXTS[:1]).tolist()[0]) is type(labels[0])


def test_it_is_scikit_learns_own_pipeline() -> None:
    """The oracle: a vectorizer and a logistic regression put together by hand."""
    block = SMALL[0]
    oracle = Pipeline(
        [
            ("rows", FeatureUnion([("words", TfidfVectorizer(token_pattern=r"\w+", sublinear_tf=True))])),
            ("head", LogisticRegression(C=2.0, class_weight="balanced", solver="newton-cg", tol=1e-10)),
        ]
    )
    texts = [text.replace("\u2019", "").replace("'", "") for text in TEXTS]
    weights = np.arange(1.0, 19.0)
    oracle.fit(texts, STANCES, head__sample_weight=weights)
    estimator = StanceClassifier(C=2.0, blocks=[block]).fit(texts, STANCES, sample_weight=weights)
    np.testing.assert_allclose(estimator.decision_function(texts), oracle.decision_function(texts), atol=1e-6)
    np.testing.assert_allclose(estimator.predict_proba(texts), oracle.predict_proba(texts), atol=1e-6)


def test_what_weighs_nothing_is_not_there() -> None:
    weights = [0.0] * 3 + [2.0] * 15
    one = StanceClassifier(class_weight=None, C=1.0).fit(TEXTS, STANCES, sample_weight=weights)
    other = StanceClassifier(class_weight=None, C=2.0).fit(TEXTS[3:], STANCES[3:])
    np.testing.assert_allclose(one.decision_function(TEXTS), other.decision_function(TEXTS), atol=1e-6)


def test_class_weights_by_label() -> None:
    light = StanceClassifier(class_weight={"oppose": 0.01}).fit(TEXTS, STANCES)
    assert "oppose" not in set(light.predict(TEXTS))
    assert light.to_model("m").about["class_weight"] == {"oppose": 0.01}


# To a model and the command line


READING = """
[[blocks]]
name = "words"
field = "content"
unit = "words"
min_df = 1
turned = true

[[blocks]]
name = "roles"
field = "all"
unit = "roles"
min_df = 1
"""


@pytest.mark.parametrize("blocks", ["", READING], ids=["default", "turned"])
def test_the_model_is_the_one_that_training_makes(tmp_path: Path, blocks: str) -> None:
    write_rows(tmp_path / "rows.jsonl")
    path = tmp_path / "recipe.toml"
    path.write_text(
        'name = "m"\nversion = "1"\ncorpus = ["rows.jsonl"]\nheads = ["stance"]\nignore = ["sentiment"]\n'
        f"[training]\nregularization = 2.0\n{blocks}"
    )
    recipe = replace(read_recipe(path), target=TARGET)
    trained = fit_model(read_recipe_corpus(recipe), recipe).model
    ordered = sorted(zip(FIELDS, STANCES, ARTICLES, strict=True), key=lambda row: (row[2], row[0]))
    estimator = StanceClassifier(C=2.0, blocks=recipe.blocks, target=TARGET)
    estimator.fit([row[0] for row in ordered], [row[1] for row in ordered])
    model = estimator.to_model("m", held_out=(FIELDS, STANCES))
    columns = [trained.heads[0].labels.index(label) for label in model.heads[0].labels]
    assert model.weights.tobytes() == trained.weights[:, columns].tobytes()
    assert (model.settings, model.vocabulary) == (trained.settings, trained.vocabulary)
    assert bool(model.settings.attitudes) == bool(blocks)
    assert model.training_digests.tobytes() == trained.training_digests.tobytes()
    assert model.heads[0].poles == trained.heads[0].poles == ("support", "oppose")
    assert "calibrated" not in model.about
    assert model.heads[0].scale > 1.0


def test_a_searched_estimator_is_saved_and_used(tmp_path: Path, cli: Cli, article: Path) -> None:
    estimator = StanceClassifier(blocks=BLOCKS, target=TARGET).fit(FIELDS, STANCES)
    assert model_file.save(estimator.to_model("searched"), tmp_path / "m").exists()
    estimator.fit(FIELDS, STANCES)  # the model keeps nothing of it locked
    loaded = model_file.load(tmp_path / "m")
    np.testing.assert_allclose(
        loaded.log_odds(FIELDS)["stance"], estimator.decision_function(FIELDS), atol=0.02
    )
    assert loaded.about["calibrated"] is False
    assert cli("classify", article, "--model", tmp_path / "m").code == 0
    shown = cli("inspect", tmp_path / "m").text
    assert "target: the Assad government" in shown
    assert "not calibrated: nothing was held out for it" in shown


def test_models_that_are_refused() -> None:
    estimator = StanceClassifier(blocks=SMALL)
    with pytest.raises(NotFittedError):
        estimator.to_model("m")
    with pytest.raises(ValueError, match="labels that are strings for a model, found 0"):
        clone(estimator).fit(TEXTS, [0, 1] * 9).to_model("m")
    estimator.fit(TEXTS, STANCES)
    with pytest.raises(ValueError, match="found support, pro: labels: neutral, oppose, support"):
        estimator.to_model("m", poles=("support", "pro"))
    with pytest.raises(ValueError, match="in held_out, found 'mixed'"):
        estimator.to_model("m", held_out=(TEXTS[:2], ["support", "mixed"]))
