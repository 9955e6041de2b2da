"""Judgements, summaries, and the shapes in which a report leaves."""

import json
import math
import re
import sys
from dataclasses import replace

import pytest

from stancekit.classifier import Classifier, segment_article
from stancekit.errors import ModelError
from stancekit.judgement import UNCLEAR, HeadInfo, Judgement, ModelInfo, row_columns
from stancekit.report import Report, Summary
from tests.conftest import ARTICLE

STANCE = HeadInfo("stance", ("support", "neutral", "oppose"), ("support", "oppose"))
TOPIC = HeadInfo("topic", ("war", "trade"), None)

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)></title><!-- ]]> {{7*7}} \u202e\x1b[31m\0'


def test_a_judgement_has_the_most_probable_label_and_a_score_between_the_poles() -> None:
    judgement = Judgement.of(STANCE, [0.2, 0.3, 0.5])
    assert judgement.label == "oppose"
    assert judgement.score == pytest.approx(-0.3)
    assert list(judgement.probabilities) == list(STANCE.labels)
    assert Judgement.of(STANCE, [0.4, 0.2, 0.4]).label == "support"  # of equals the first
    assert Judgement.of(TOPIC, [0.1, 0.9]).score is None


def test_the_interval_is_that_of_independent_labels() -> None:
    rows = [[0.1, 0.2, 0.7], [0.3, 0.5, 0.2], [0.6, 0.4, 0.0], [0.25, 0.5, 0.25]]
    summary = Summary.of(STANCE, [Judgement.of(STANCE, row) for row in rows])
    # The mean of independent values 1, 0, -1, counted out.
    mean = sum(p - q for p, _, q in rows) / 4
    variance = sum(p + q - (p - q) ** 2 for p, _, q in rows) / 16
    assert summary.score == pytest.approx(mean)
    assert summary.interval == pytest.approx(
        (mean - 1.95996 * math.sqrt(variance), mean + 1.95996 * math.sqrt(variance)), abs=1e-4
    )
    assert summary.counts == {"support": 1, "neutral": 2, "oppose": 1}


@pytest.mark.parametrize("name", ["text", "speaker", "warnings", "line"])
def test_a_head_hides_no_field(name: str) -> None:
    with pytest.raises(ModelError, match=name):
        HeadInfo(name, ("yes", "no"), None)


def test_few_utterances_have_no_interval_and_none_have_no_label() -> None:
    one = Summary.of(STANCE, [Judgement.of(STANCE, [0.0, 0.1, 0.9])])
    assert (one.label, one.interval) == ("oppose", None)
    none = Summary.of(STANCE, [])
    assert (none.label, none.score, none.interval, sum(none.counts.values())) == (None, None, None, 0)


@pytest.mark.parametrize(
    ("rows", "label"),
    [
        ([[0.3, 0.1, 0.6], [0.55, 0.1, 0.35]], UNCLEAR),  # the interval holds 0
        ([[0.0, 0.1, 0.9], [0.1, 0.0, 0.9]], "oppose"),
        ([[0.3, 0.6, 0.1], [0.2, 0.6, 0.2]], "neutral"),  # no side, so none is doubtful
        ([[0.3, 0.26, 0.44]], UNCLEAR),
        ([[0.4, 0.1, 0.5]], "oppose"),
        ([[0.3, 0.4, 0.3]], "neutral"),
    ],
)
def test_a_summary_names_no_side_that_is_in_doubt(rows: list[list[float]], label: str) -> None:
    summary = Summary.of(STANCE, [Judgement.of(STANCE, row) for row in rows])
    assert summary.label == label
    assert summary.score == pytest.approx(sum(row[0] - row[2] for row in rows) / len(rows))
    assert (summary.interval is None) == (len(rows) == 1)
    assert UNCLEAR not in summary.counts


def test_certain_labels_have_an_interval_of_no_width() -> None:
    sure = [Judgement.of(STANCE, [1.0, 0.0, 0.0])] * 3
    assert Summary.of(STANCE, sure).interval == (1.0, 1.0)


def test_a_head_without_poles_has_counts_only() -> None:
    summary = Summary.of(TOPIC, [Judgement.of(TOPIC, [0.9, 0.1])] * 2)
    assert summary.to_dict() == {
        "label": "war",
        "score": None,
        "interval": None,
        "n_war": 2,
        "n_trade": 0,
    }


@pytest.fixture
def report(classifier: Classifier) -> Report:
    return classifier.classify(ARTICLE, "talks.txt", explain=True)


def test_to_dict_keeps_the_contract(report: Report) -> None:
    document = report.to_dict()
    assert list(document) == [
        "id",
        "title",
        "byline",
        "date",
        "n_characters",
        "warnings",
        "reliable",
        "utterances",
        "speakers",
        "stance",
        "sentiment",
    ]
    utterance = document["utterances"][0]
    assert list(utterance) == [
        "id",
        "text",
        "kind",
        "content",
        "source",
        "cue",
        "speaker",
        "attribution",
        "stance",
        "sentiment",
        "evidence",
    ]
    assert list(utterance["speaker"]) == ["id", "name", "role"]
    assert list(utterance["stance"]) == ["label", "score", "probabilities"]
    assert list(utterance["evidence"][0]) == ["head", "feature", "field", "weight", "spans"]
    speaker = document["speakers"][0]
    assert list(speaker) == ["id", "name", "role", "mentions", "n_utterances", "stance", "sentiment"]
    assert list(speaker["stance"]) == ["label", "score", "interval", "n_support", "n_neutral", "n_oppose"]
    assert document["n_characters"] == len(ARTICLE)
    assert json.loads(json.dumps(document)) == document


def test_every_span_lies_in_the_text(report: Report) -> None:
    for utterance in report.utterances:
        assert " ".join(report.text[start:end] for start, end in utterance.content) == utterance.text
        for span in (utterance.source, utterance.cue):
            assert span is None or 0 <= span.start < span.end <= len(report.text)
        places = {"content": utterance.content, "cue": (utterance.cue,), "source": (utterance.source,)}
        for one in utterance.evidence:
            for start, end in one.spans:
                assert any(
                    place is not None and place.start <= start < end <= place.end
                    for place in places[one.field]
                ), one


def test_evidence_of_a_single_word_is_that_word(report: Report) -> None:
    words = [one for u in report.utterances for one in u.evidence if one.feature.isalpha()]
    assert words
    for one in words:
        assert {report.text[start:end].lower() for start, end in one.spans} == {one.feature}


def test_speakers_add_up(report: Report) -> None:
    assert sum(speaker.n_utterances for speaker in report.speakers) == len(report.utterances)
    for utterance in report.utterances:
        assert report.speakers[utterance.speaker.id].speaker == utterance.speaker
    assert report.stance is not None
    assert sum(report.stance.counts.values()) == len(report.utterances)


def test_a_data_frame_has_a_row_an_utterance_and_always_the_same_columns(
    report: Report, classifier: Classifier
) -> None:
    frame = report.to_pandas()
    assert len(frame) == len(report.utterances)
    assert list(frame.columns) == row_columns(classifier.model.heads)
    assert list(classifier.classify("").to_pandas().columns) == list(frame.columns)
    assert list(segment_article(ARTICLE).to_pandas().columns) == row_columns(())


def test_rows_say_whether_they_are_reliable(classifier: Classifier) -> None:
    assert set(classifier.classify(ARTICLE).to_pandas()["reliable"]) == {True}
    foreign = classifier.classify("“Мы никуда не уйдём отсюда”, said the minister.")
    assert [row["reliable"] for row in foreign.to_rows()] == [False]


@pytest.mark.parametrize(
    "heads",
    [
        (
            HeadInfo("position", ("pro", "con"), ("pro", "con")),
            HeadInfo("position_score", ("low", "high"), None),
        ),
        (HeadInfo("stance", ("for", "score"), ("for", "score")),),
        (HeadInfo("a", ("b_c",), None), HeadInfo("a_b", ("c",), None)),
    ],
)
def test_no_two_columns_have_one_name(heads: tuple[HeadInfo, ...]) -> None:
    with pytest.raises(ModelError, match=r"two columns named '(position_score|stance_score|a_b_c)'"):
        row_columns(heads)


@pytest.mark.parametrize(
    ("sentence", "cue"),
    [
        ("The ministry denied that anyone had been arrested.", "denied"),
        ("The mayor said that the road was open.", ""),
        ("The mayor told reporters that the road was open.", ""),
        ("According to the mayor, the road was open.", ""),
        ('"The road is open," the mayor added.', ""),
        ("The road was open, the mayor had also said.", ""),
        ("The mayor did not say that the road was open.", "did not say"),
        ('The mayor accused "gangs of thieves" of closing the road.', "accused"),
    ],
)
def test_a_cue_is_told_where_it_is_more_than_saying(sentence: str, cue: str) -> None:
    report = segment_article(sentence)
    assert [report.telling_cue(utterance) for utterance in report.utterances] == [cue]


def test_without_pandas_the_extra_is_named(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"stancekit\[pandas\]"):
        report.to_pandas()


def test_html_is_escaped_and_stands_alone(report: Report) -> None:
    speaker = replace(report.utterances[0].speaker, name=HOSTILE)
    utterance = replace(report.utterances[0], text=HOSTILE, speaker=speaker)
    hostile = replace(
        report,
        title=HOSTILE,
        warnings=(HOSTILE,),
        utterances=(utterance,),
        model=ModelInfo(HOSTILE, "1", HOSTILE, str, classifier_heads(report)),
    )
    shown = hostile._repr_html_()
    for forbidden in ("<script", "<img", "</title", "<!--", "http", "\x1b", "\0", "onerror=alert(1)>"):
        assert forbidden not in shown
    assert "&lt;script&gt;" in shown
    assert shown.count("<bdi>") == shown.count("</bdi>")


def test_html_has_cues_roles_and_the_article(classifier: Classifier) -> None:
    text = "The ministry denied that anyone had been arrested.\n\n" + ARTICLE.partition("2013")[2]
    report = classifier.classify(text)
    words = re.sub("<[^>]*>", "", report._repr_html_())
    assert "[denied] anyone had been arrested" in words
    assert "[said]" not in words
    assert "nurse" in words
    assert f"the article{len(report.utterances)}" in words


def classifier_heads(report: Report) -> tuple[HeadInfo, ...]:
    assert report.model is not None
    return report.model.heads


def test_html_of_much_and_of_nothing(report: Report, classifier: Classifier) -> None:
    many = replace(report, utterances=report.utterances * 1000)
    assert "more are not shown" in many._repr_html_()
    assert "0 utterances" in classifier.classify("")._repr_html_()
    assert "utterance" in segment_article(ARTICLE)._repr_html_()
