"""What is timed: the shipped model and a model of words, ours and in scikit-learn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion

from benchmarks.inputs import utterances
from stancekit import model_file
from stancekit.features import Block, FeatureSettings, tokenize
from stancekit.model import Arrays, Head, Model
from stancekit.scores import inverse_document_frequencies
from stancekit.train.rows import make_vectorizer

N_WORD_FEATURES = 70_000

Floats = NDArray[np.float64]
ScoreMany = Callable[[Sequence[Any]], Any]


@cache
def shipped_model() -> Model:
    return model_file.load()


@cache
def word_model() -> Model:
    """Two heads of three labels over the corpus' commonest n-grams of one and two words.

    The weights are random: what they are makes no difference to the time.
    """
    contents = utterances().contents
    counts: Counter[str] = Counter()
    for content in contents:
        tokens = tokenize(content)
        counts.update({*tokens, *map(" ".join, pairwise(tokens))})
    features = sorted(feature for feature, _ in counts.most_common(N_WORD_FEATURES))
    arrays = Arrays.of(
        [features],
        np.array([counts[feature] for feature in features], dtype=np.uint32),
        _random_weights(len(features), 6).astype(np.float32),
        np.zeros(6, dtype=np.float32),
        np.zeros(0, dtype=np.uint64),
    )
    heads = tuple(
        Head(name, ("plus", "nothing", "minus"), ("plus", "minus")) for name in ("stance", "sentiment")
    )
    block = Block(name="words", field="content", unit="words", n_min=1, n_max=2, min_df=1)
    return Model("words", "1", "", heads, FeatureSettings(blocks=(block,)), len(contents), arrays, {})


def scikit_learn_of(model: Model) -> ScoreMany:
    """A model's features and weights in scikit-learn's vectorizers: `UtteranceFields` -> log-odds.

    It is given the model's vocabulary and idf instead of being fitted, and so must give the same scores.
    """
    union = make_vectorizer(model.settings)
    idf = inverse_document_frequencies(model.document_frequencies, model.n_documents)
    start = 0
    for (_, vectorizer), vocabulary in zip(union.transformer_list, model.vocabulary, strict=True):
        vectorizer.set_params(vocabulary=vocabulary)
        vectorizer.idf_ = idf[start : start + len(vocabulary)]
        start += len(vocabulary)
    weights, intercepts = model.weights.astype(np.float64), model.intercepts.astype(np.float64)

    def score(fields: Sequence[Any]) -> Floats:
        scores: Floats = csr_matrix(union.transform(fields)) @ weights + intercepts
        return scores

    return score


@cache
def native_words() -> ScoreMany:
    """scikit-learn's own tokens, n-grams of one and two words: texts -> log-odds."""
    return _native(
        TfidfVectorizer(ngram_range=(1, 2), max_features=N_WORD_FEATURES, sublinear_tf=True, dtype=np.float64)
    )


@cache
def native_union() -> ScoreMany:
    """scikit-learn's own words and `char_wb` n-grams, as many as the shipped model has of either."""
    model = shipped_model()
    sizes = dict(zip([block.name for block in model.settings.blocks], model.arrays.sizes, strict=True))
    words = TfidfVectorizer(ngram_range=(1, 2), max_features=sizes.get("words"), sublinear_tf=True)
    chars = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(3, 5), max_features=sizes.get("chars"), sublinear_tf=True
    )
    return _native(FeatureUnion([("words", words), ("chars", chars)]))


def _native(vectorizer: Any) -> ScoreMany:
    weights = _random_weights(vectorizer.fit_transform(utterances().contents).shape[1], 6)

    def score(texts: Sequence[Any]) -> Floats:
        scores: Floats = csr_matrix(vectorizer.transform(texts)) @ weights
        return scores

    return score


def _random_weights(n_features: int, n_columns: int) -> Floats:
    return np.random.default_rng(0).normal(size=(n_features, n_columns))
