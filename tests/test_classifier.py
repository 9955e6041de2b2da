"""The flow, its Python interface, and what it must not import."""

import hashlib
import pickle
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

import stancekit
from stancekit.classifier import Classifier, segment_article
from stancekit.errors import InputError
from stancekit.judgement import HeadInfo
from stancekit.tokens import Span
from tests.conftest import ARTICLE


def test_the_public_names() -> None:
    assert stancekit.__all__ == sorted(stancekit.__all__)
    assert {"load", "segment", "Classifier", "Report", "Utterance", "Speaker", "Span"} <= set(
        stancekit.__all__
    )
    for name in stancekit.__all__:
        assert getattr(stancekit, name).__name__ == name
    assert set(dir(stancekit)) == {*stancekit.__all__, "__version__"}
    with pytest.raises(AttributeError, match="nonsense"):
        _ = stancekit.nonsense


def test_classify_finds_who_says_what(classifier: Classifier) -> None:
    report = classifier.classify(ARTICLE, "talks.txt")
    assert (report.id, report.title, report.reliable) == ("talks.txt", "Ferry talks resume", True)
    first = report.utterances[0]
    assert first.text == '"The army shelled our street," "We want the regime to go."'
    assert (first.kind, first.speaker.name) == ("direct", "Rami Haddad")
    assert first.content == (Span(53, 83), Span(111, 138))
    assert first.stance is not None
    assert first.stance.label == "oppose"
    assert first.sentiment is not None
    assert first.evidence == ()


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("By [Alexander Bratersky](#)", "By Alexander Bratersky"),
        ("By **_[Ada Lindqvist](http://x.y/a_b)_**", "By Ada Lindqvist"),
        ("By Ada_Lindqvist", "By Ada_Lindqvist"),
    ],
)
def test_title_and_byline_are_plain_words(line: str, shown: str) -> None:
    body = '"The road is open," the mayor said on Monday.'
    report = segment_article(f"# [Ferry talks](http://x.y/z) **resume** 2*3 [UPDATE]\n\n{line}\n\n{body}")
    assert (report.title, report.byline) == ("Ferry talks resume 2*3 [UPDATE]", shown)


def test_classify_and_score_agree(classifier: Classifier) -> None:
    report = classifier.classify(ARTICLE)
    text = report.text

    def cut(span: Span | None) -> str | None:
        return None if span is None else text[span.start : span.end]

    scores = classifier.score(
        [u.text for u in report.utterances],
        sources=[cut(u.source) for u in report.utterances],
        cues=[cut(u.cue) for u in report.utterances],
    )
    assert scores.stance.shape == (len(report.utterances), 3)
    for row, utterance in zip(scores["stance"], report.utterances, strict=True):
        assert utterance.stance is not None
        assert list(utterance.stance.probabilities.values()) == row.tolist()


def test_segment_is_classify_without_the_model(classifier: Classifier) -> None:
    cut, judged = segment_article(ARTICLE), classifier.classify(ARTICLE)
    assert [u.text for u in stancekit.segment(ARTICLE)] == [u.text for u in judged.utterances]
    assert cut.model is None
    assert not cut.summaries
    assert not any(u.judgements for u in cut.utterances)


def test_scores_of_nothing_have_their_columns(classifier: Classifier) -> None:
    scores = classifier.score([])
    assert scores.stance.shape == scores.sentiment.shape == (0, 3)
    assert scores.labels["stance"] == ("support", "neutral", "oppose")


def test_scores_name_a_head_that_is_missing(classifier: Classifier) -> None:
    scores = classifier.score(["yes"])
    only = stancekit.Scores((HeadInfo("topic", ("war",), None),), scores.stance[:, :1])
    with pytest.raises(AttributeError, match="topic"):
        _ = only.stance


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        (None, "text"),
        (b"bytes", "decode"),
        (["a"], "one text"),
        (7, "text"),
        (float("nan"), "text"),
        (Path("a.txt"), "read"),
    ],
)
def test_i01_what_is_no_text_is_a_type_error_that_says_what_to_pass(
    classifier: Classifier, value: object, advice: str
) -> None:
    with pytest.raises(TypeError, match=advice):
        classifier.classify(value)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=advice):
        stancekit.segment(value)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"texts\[1\]"):
        classifier.score(["fine", value])  # type: ignore[list-item]


def test_i01_one_text_where_several_are_meant(classifier: Classifier) -> None:
    with pytest.raises(TypeError, match=r"\[text\]"):
        classifier.score("a text")
    with pytest.raises(TypeError, match="cues"):
        classifier.score(["a"], cues="said")
    with pytest.raises(InputError, match="as many sources as texts, 1, found 2"):
        classifier.score(["a"], sources=["x", "y"])


def test_i02_strings_of_other_classes_and_endless_streams(classifier: Classifier) -> None:
    class Text(str):
        __slots__ = ()

    expected = classifier.classify(ARTICLE).to_dict()
    assert classifier.classify(Text(ARTICLE)).to_dict() == expected
    assert classifier.classify(np.str_(ARTICLE)).to_dict() == expected

    def endless() -> Iterator[str]:
        while True:
            yield ARTICLE

    assert [one.to_dict() for one in islice(map(classifier.classify, endless()), 3)] == [expected] * 3


def test_the_hash_of_the_file_goes_with_a_report(classifier: Classifier, model_folder: Path) -> None:
    """Asked late, through copies and pickles, it is that of the model, and the model is in none of them."""
    expected = hashlib.sha256((model_folder / "model.safetensors").read_bytes()).hexdigest()
    fresh = stancekit.load(model_folder)
    info = fresh.classify(ARTICLE, min_probability=0.9).model
    assert info is not None
    sent = pickle.dumps(info)
    assert len(sent) < 2000
    read = pickle.loads(sent)
    assert read == info
    assert read != replace(info, name="other")
    assert hash(read) == hash(info)
    for one in (info, read, replace(read, heads=())):
        assert one.sha256 == one.to_dict()["sha256"] == expected
    assert pickle.loads(pickle.dumps(fresh)).model.sha256 == expected


def test_i03_threads_and_pickles_change_nothing(classifier: Classifier) -> None:
    expected = classifier.classify(ARTICLE, explain=True)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: classifier.classify(ARTICLE, explain=True), range(16)))
    assert all(one == expected for one in results)
    copy = pickle.loads(pickle.dumps(classifier))
    assert copy.classify(ARTICLE, explain=True) == expected
    assert pickle.loads(pickle.dumps(expected)) == expected


def test_nothing_heavy_is_imported(model_folder: Path) -> None:
    program = f"""
import sys
import stancekit
assert "numpy" not in sys.modules, "import stancekit loads numpy"
report = stancekit.load({str(model_folder)!r}).classify({ARTICLE!r}, explain=True)
report.to_dict(), report._repr_html_()
assert report.utterances
heavy = {{"sklearn", "scipy", "joblib", "pandas", "rich", "charset_normalizer"}} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
