"""Judgements that are not probable enough: what `min_probability` makes "unclear", and what it leaves."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from stancekit.classifier import Classifier
from stancekit.errors import InputError, ModelError
from stancekit.judgement import UNCLEAR, HeadInfo, Judgement
from stancekit.report import Summary
from tests.conftest import ARTICLE, Cli

LABELS, POLES = ("support", "neutral", "oppose"), ("support", "oppose")
HEAD = HeadInfo("stance", LABELS, POLES, min_probability=0.6)
PLAIN = HeadInfo("stance", LABELS, POLES)

JUDGEMENTS = [
    # probabilities, label with 0.6 at least
    ([0.2, 0.2, 0.6], "oppose"),  # at least: 0.6 is enough
    ([0.2, 0.21, 0.59], UNCLEAR),
    ([0.3, 0.4, 0.3], UNCLEAR),  # also where no pole leads
    ([0.1, 0.8, 0.1], "neutral"),
    ([1.0, 0.0, 0.0], "support"),
]


@pytest.mark.parametrize(("row", "label"), JUDGEMENTS)
def test_a_judgement_below_is_unclear_and_its_figures_stay(row: list[float], label: str) -> None:
    plain, judgement = Judgement.of(PLAIN, row), Judgement.of(HEAD, row)
    assert judgement.label == label
    assert (judgement.score, judgement.probabilities) == (plain.score, plain.probabilities)
    assert judgement.probability == max(row)


def test_summaries_count_it_and_stay() -> None:
    rows = [row for row, _ in JUDGEMENTS]
    plain = Summary.of(PLAIN, [Judgement.of(PLAIN, row) for row in rows])
    summary = Summary.of(HEAD, [Judgement.of(HEAD, row) for row in rows])
    assert (summary.label, summary.score, summary.interval) == (plain.label, plain.score, plain.interval)
    assert summary.to_dict()["n_unclear"] == 2
    assert sum(summary.counts.values()) == len(rows)
    assert Summary.of(HEAD, []).to_dict()["n_unclear"] == 0
    assert "n_unclear" not in plain.to_dict()


def test_a_head_with_such_a_label_cannot_have_it() -> None:
    labels = ("clear", UNCLEAR)
    assert HeadInfo("view", labels, None).answers == labels
    with pytest.raises(ModelError, match=r"'view' has a label 'unclear'.*leave min_probability out"):
        HeadInfo("view", labels, None, min_probability=0.1)


def test_out_of_range(classifier: Classifier) -> None:
    for wrong in (-0.1, 1.1, float("nan")):
        for call in (
            lambda p: classifier.classify(ARTICLE, min_probability=p),
            lambda p: classifier.score(["yes"], min_probability=p),
        ):
            with pytest.raises(InputError, match="min_probability from 0 to 1"):
                call(wrong)
    with pytest.raises(TypeError, match="min_probability as a number"):
        classifier.classify(ARTICLE, min_probability="0.5")  # type: ignore[arg-type]


def test_a_greater_least_probability_makes_more_unclear(classifier: Classifier) -> None:
    counts = []
    for least in (0.0, 0.4, 0.5, 0.6, 0.8, 1.0):
        report = classifier.classify(ARTICLE, min_probability=least)
        found = [u.judgements[h].label for u in report.utterances for h in u.judgements]
        expected = [
            UNCLEAR if u.judgements[h].probability < least else max(p, key=p.__getitem__)
            for u in report.utterances
            for h in u.judgements
            for p in [u.judgements[h].probabilities]
        ]
        assert found == expected
        counts.append(found.count(UNCLEAR))
    assert counts[0] == 0
    assert counts == sorted(counts)
    assert counts[-1] == len(found)


def test_scores_and_reports_agree(classifier: Classifier) -> None:
    scores = classifier.score(["we hope so", "the army shelled us"], min_probability=0.7)
    plain = classifier.score(["we hope so", "the army shelled us"])
    for head, judgements in scores.judgements.items():
        assert (scores[head] == plain[head]).all()
        for judgement, row in zip(judgements, plain[head], strict=True):
            assert (judgement.label == UNCLEAR) == (row.max() < 0.7)


def test_every_format_shows_it(cli: Cli, article: Path, model_folder: Path) -> None:
    def classified(form: str) -> str:
        outcome = cli("classify", article, "--model", model_folder, "-f", form, "--min-probability", "1")
        assert outcome.code == 0, outcome.err
        return outcome.text

    document = json.loads(classified("json"))["documents"][0]
    utterances = document["utterances"]
    assert {u["stance"]["label"] for u in utterances} == {UNCLEAR}
    assert document["stance"]["n_unclear"] == len(utterances)
    rows = list(csv.DictReader(io.StringIO(classified("csv"))))
    assert {row["stance"] for row in rows} == {row["sentiment"] for row in rows} == {UNCLEAR}
    best = max(utterances[0]["stance"]["probabilities"].values())
    assert f"unclear {best:.2f}" in classified("table")


def test_html_shows_it(classifier: Classifier) -> None:
    report = classifier.classify(ARTICLE, min_probability=1.0)
    utterances, _, _ = report._repr_html_().partition("</table>")
    assert utterances.count("<bdi>unclear</bdi>") == len(report.utterances) * len(classifier.model.heads)


def test_score_shows_it(cli: Cli, model_folder: Path) -> None:
    data = json.dumps({"text": "the army shelled us"}).encode()
    for form in ("jsonl", "csv"):
        outcome = cli("score", "-", "--model", model_folder, "-f", form, "--min-probability", "1", stdin=data)
        assert outcome.text.count(UNCLEAR) == 2


@pytest.mark.parametrize("wrong", ["1.5", "-1", "nan", "much"])
def test_the_option_out_of_range(cli: Cli, article: Path, wrong: str) -> None:
    outcome = cli("classify", article, "--min-probability", wrong)
    assert outcome.code == 2
    assert "--min-probability" in outcome.err


def test_a_model_with_a_label_of_that_name(cli: Cli, article: Path, tmp_path: Path) -> None:
    corpus = tmp_path / "rows.csv"
    lines = [f"{text} {n},{label},{n}" for n in range(4) for text, label in (("yes", "for"), ("hm", UNCLEAR))]
    corpus.write_text("text,view,article\n" + "\n".join(lines) + "\n", encoding="utf-8")
    assert cli("train", corpus, "-o", tmp_path / "m", "--head", "view", "-q").code == 0
    classify = ("classify", article, "--model", tmp_path / "m", "-f", "json")
    assert cli(*classify).code == 0
    outcome = cli(*classify, "--min-probability", "0.5")
    assert (outcome.code, outcome.out) == (3, b"")
    assert "'view' has a label 'unclear'" in outcome.err
    outcome = cli("score", "-", "--model", tmp_path / "m", "--min-probability", "0.5", stdin=b"")
    assert outcome.code == 3
