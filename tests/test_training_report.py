"""The reports of training and evaluation: learning curve, telling features, text, JSON, the page of HTML."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stancekit.errors import CorpusError
from stancekit.features import Block, FeatureSettings, UtteranceFields
from stancekit.model import Arrays, Head, Model
from stancekit.telling import UNITS, TellingFeature, telling_features
from stancekit.train import EvaluationReport, TrainingReport, evaluate, train
from stancekit.train.charts import LONGEST, learning_curve_chart, reliability_diagram, risk_coverage_chart
from stancekit.train.learning_curve import SHARES, LearningPoint
from stancekit.train.parallel import Runner
from stancekit.train.reliability import ReliabilityBin, risk_coverage
from stancekit.train.split import fold_parts, smaller_part
from stancekit.train.strength import STRENGTHS
from tests.conftest import Cli
from tests.labelled import small_model, write_rows

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)></title><!-- ]]> {{7*7}} \u202ejavascript:'


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainingReport:
    folder = tmp_path_factory.mktemp("trained")
    return train([write_rows(folder / "rows.jsonl")], out=folder / "mine", target="the council")


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> EvaluationReport:
    folder = tmp_path_factory.mktemp("evaluated")
    return evaluate(small_model(folder), write_rows(folder / "rows.jsonl"))


# Folds and their parts


def test_e19_processes_change_no_byte(tmp_path: Path, trained: TrainingReport) -> None:
    rows, told = write_rows(tmp_path / "rows.jsonl"), list[tuple[int, int]]()
    report = train(
        [rows],
        out=tmp_path / "mine",
        target="the council",
        n_jobs=2,
        on_progress=lambda n_done, n: told.append((n_done, n)),
    )
    assert report.path.read_bytes() == trained.path.read_bytes()
    assert {**report.to_dict(), "path": ""} == {**trained.to_dict(), "path": ""}
    # Every fold has a model a penalty that is tried, one a smaller share; the whole corpus is one more.
    n = report.n_folds * (len(STRENGTHS) + len(report.learning_curve) - 1) + 1
    assert len(set(told)) == n + 1
    assert told[0] == (0, n)
    assert told[-1] == (n, n)
    assert told == sorted(told)


@pytest.mark.parametrize("n_jobs", [0, -2])
def test_no_number_of_processes(tmp_path: Path, n_jobs: int) -> None:
    with pytest.raises(ValueError, match=f"n_jobs of 1 or more, or -1, found {n_jobs}"):
        train([write_rows(tmp_path / "rows.jsonl")], out=tmp_path / "m", n_jobs=n_jobs)
    assert not (tmp_path / "m").exists()


def refuse(item: int) -> int:
    raise CorpusError(f"item {item}", "file:3", "label more")


def test_an_error_in_another_process_is_the_same() -> None:
    for n_jobs in (1, 2):
        with pytest.raises(CorpusError, match=r"item [123] \(file:3\): label more"):
            Runner(n_jobs).run(refuse, [1, 2, 3])


@given(st.data(), st.lists(st.sampled_from("abcdefghij"), min_size=4, max_size=40))
def test_smaller_parts_are_nested_whatever_the_order(data: st.DataObject, groups: list[str]) -> None:
    folds = np.array([ord(group) % 2 for group in groups])
    if len(set(folds.tolist())) < 2:
        return
    order = data.draw(st.permutations(range(len(groups))))
    for part, same in zip(fold_parts(folds), fold_parts(folds[order]), strict=True):
        names = {g for g, there in zip(groups, part.training, strict=True) if there}
        before: set[str] = set()
        for share in (*SHARES, 1.0):
            smaller = smaller_part(part, groups, share)
            chosen = {g for g, there in zip(groups, smaller.training, strict=True) if there}
            assert before <= chosen <= names
            assert len(chosen) == math.ceil(share * len(names))
            # Whole groups, and nothing of what is held out.
            assert not (smaller.training & smaller.left_out).any()
            assert [g in chosen for g in groups] == smaller.training.tolist()
            shuffled = smaller_part(same, [groups[i] for i in order], share)
            assert shuffled.training.tolist() == smaller.training[order].tolist()
            before = chosen
        assert chosen == names


def test_the_learning_curve_ends_in_the_cross_validation(trained: TrainingReport) -> None:
    points = trained.learning_curve
    # A fold trains on four articles: an eighth and a quarter of them are one and the same.
    assert [(point.share, point.n_articles) for point in points] == [(0.125, 1), (0.5, 2), (1.0, 4)]
    last = points[-1]
    assert last.macro_f1 == {score.head: score.macro_f1 for score in trained.cross_validation}
    assert last.intervals == {score.head: score.interval for score in trained.cross_validation}
    assert last.n_utterances == 12
    values = trained.to_dict()["learning_curve"]
    assert values[-1]["heads"]["stance"]["macro_f1"] == last.macro_f1["stance"]
    assert f"{last.macro_f1['stance']:.3f} [" in trained.to_text().split("learning curve")[1]


def test_the_learning_curve_only_where_it_is_asked_for_and_can_be(tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "rows.jsonl")
    report = train([rows], out=tmp_path / "m", learning_curve=False)
    assert report.learning_curve == ()
    assert "learning curve" not in report.to_text() + report.to_html().lower()
    # One article an eighth: no word is in two of its utterances.
    path = tmp_path / "rows.csv"
    lines = [f"{i},the {'good' if i % 2 else 'bad'} bridge,{'pro' if i % 2 else 'anti'}" for i in range(8)]
    path.write_text("\n".join(["article,text,stance", *lines]) + "\n", encoding="utf-8")
    recipe = tmp_path / "recipe.toml"
    block = '[[blocks]]\nname = "words"\nfield = "content"\nunit = "words"\nmin_df = 2\n'
    recipe.write_text(f'name = "few"\nversion = "1"\ncorpus = ["rows.csv"]\n{block}', encoding="utf-8")
    report = train(recipe)
    assert [point.share for point in report.learning_curve] == [0.25, 0.5, 1.0]
    path.write_text("\n".join(["article,text,stance", *lines[:2]]) + "\n", encoding="utf-8")
    report = train([path], out=tmp_path / "none")
    assert report.learning_curve == ()
    assert "nothing held out" in report.to_html()


# Telling features


def one_word_model(weights: Sequence[Sequence[float]], frequencies: Sequence[int]) -> Model:
    words = tuple("abcdefgh"[: len(frequencies)])
    return Model(
        name="m",
        version="1",
        target="",
        heads=(Head("h", ("x", "y"), None),),
        settings=FeatureSettings(
            blocks=(Block(name="words", field="content", unit="words", n_min=1, n_max=1),)
        ),
        n_documents=sum(frequencies),
        arrays=Arrays.of(
            (words,),
            np.array(frequencies, dtype=np.uint32),
            np.array(weights, dtype=np.float32),
            np.zeros(2, dtype=np.float32),
            np.zeros(0, dtype=np.uint64),
        ),
        about={},
    )


def test_the_spread_is_the_deviation_of_what_is_added() -> None:
    # One word an utterance, all as frequent: then the estimate is exact.
    model = one_word_model([[1.0, -1.0], [0.5, -0.5], [-2.0, 2.0], [0.0, 0.0]], [3, 3, 3, 3])
    utterances = [UtteranceFields(word) for word in "abcd" * 3]
    added = model.log_odds(utterances)["h"]
    found = telling_features(model, model.heads[0])
    assert [one.feature for one in found["x"]] == ["a", "b"]
    assert [one.feature for one in found["y"]] == ["c"]
    for label, column in (("x", 0), ("y", 1)):
        for one in found[label]:
            here = np.array([u.content == one.feature for u in utterances])
            assert one.weight == pytest.approx(added[here, column][0])
            assert one.spread == pytest.approx(np.where(here, added[:, column], 0.0).std())


def test_a_frequent_feature_and_a_rare_one_tell_less() -> None:
    # In nearly all utterances, in a third, in one: of the same weight.
    model = replace(one_word_model([[1.0, -1.0]] * 3, [300, 100, 1]), n_documents=300)
    found = telling_features(model, model.heads[0])["x"]
    assert [one.feature for one in found] == ["b", "c", "a"]
    assert found[-1].spread == 0.0
    assert len(telling_features(model, model.heads[0], 1)["x"]) == 1
    assert telling_features(model, model.heads[0], units=UNITS - {"words"}) == {"x": (), "y": ()}


def test_inspect_and_the_report_agree(cli: Cli, trained: TrainingReport) -> None:
    facts = json.loads(cli("inspect", trained.path, "-f", "json", "--top", "40").out)
    values = trained.to_dict()["telling"]
    for head in facts["heads"]:
        for label, found in head["telling"].items():
            words = [one for one in found if one["block"] != "chars"]
            assert words[: len(values[head["name"]][label])] == values[head["name"]][label][: len(words)]
    assert set(values) == {"stance", "sentiment"}
    assert evaluate(trained.model, trained.path.parent.parent / "rows.jsonl").telling == trained.telling


# The page


class Page(HTMLParser):
    """Reads a page, and fails where elements do not close one another in order."""

    VOID = frozenset({"meta", "line", "circle", "polyline", "rect"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID or tag in ("circle", "rect"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_the_page_of_training(trained: TrainingReport) -> None:
    page = Page(trained.to_html())
    words = " ".join(page.words)
    for text in (
        "Training of mine 1",
        "the council",
        "18 utterances of 6 articles",
        "Learning curve",
        trained.model.sha256,
        *(f"{score.macro_f1:.3f} [" for score in trained.cross_validation),
        *trained.warnings,
    ):
        assert text in words
    n_heads, n_labels = 2, 6
    assert len(page.all("svg")) == 2 * n_heads + 1 + n_labels
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(one["role"] == "img" for one in page.all("svg"))
    assert trained.to_html() == trained.to_html()


def test_the_page_of_an_evaluation(evaluated: EvaluationReport) -> None:
    page = Page(evaluated.to_html())
    words = " ".join(page.words)
    for text in ("Evaluation of small 1", "18 of them the model was trained on", "trained-on:", "1.000 ["):
        assert text in words
    assert "Learning curve" not in words


def test_e23_h01_nothing_of_others_is_markup(trained: TrainingReport, evaluated: EvaluationReport) -> None:
    scores = [
        replace(
            score,
            head=HOSTILE,
            labels=tuple(replace(one, label=f"{HOSTILE}{i}" * 20) for i, one in enumerate(score.labels)),
        )
        for score in trained.cross_validation
    ]
    point = trained.learning_curve[-1]
    points = [
        replace(
            point,
            share=share,
            n_articles=share * 8,
            macro_f1={HOSTILE: point.macro_f1["stance"]},
            intervals={HOSTILE: point.intervals["stance"]},
        )
        for share in (0.5, 1.0)
    ]
    model = replace(trained.model, name=HOSTILE, target=HOSTILE, version=HOSTILE)
    training = replace(
        trained,
        model=model,
        path=Path(HOSTILE),
        label_counts={HOSTILE: {HOSTILE: 1}},
        cross_validation=tuple(scores),
        learning_curve=tuple(points),
        warnings=(HOSTILE,),
    )
    telling = {HOSTILE: {HOSTILE: (TellingFeature(HOSTILE, HOSTILE, 1.0, 0.5),)}}
    evaluation = replace(
        evaluated, model=HOSTILE, method=HOSTILE, sha256=HOSTILE, heads=tuple(scores), telling=telling
    )
    for text in (training.to_html(), evaluation.to_html()):
        page = Page(text)
        known = {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "ul", "li"}
        known |= {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "bdi", "figure"}
        known |= {"figcaption", "svg", "line", "text", "polyline", "circle", "rect"}
        assert {tag for tag, _ in page.elements} <= known
        for _, attributes in page.elements:
            assert not any(key.startswith("on") or key in ("src", "href", "id") for key in attributes)
        assert "//" not in text
        assert "url(" not in text
        assert "<!--" not in text
        drawn = "".join(re.findall("<svg.*?</svg>", text, re.DOTALL))
        assert "\u202e" not in drawn
        assert all(len(one) <= 6 * LONGEST for one in re.findall("<text[^>]*>(.*?)</text>", drawn))


def test_a_page_of_many_labels_of_one_and_of_nothing(evaluated: EvaluationReport) -> None:
    (score, _) = evaluated.heads
    labels = tuple(replace(score.labels[0], label=f"label {i}") for i in range(40))
    many = replace(score, labels=labels, confusion=((0,) * 40,) * 40)
    telling = {"stance": {f"label {i}": evaluated.telling["stance"]["oppose"] for i in range(70)}}
    text = " ".join(Page(replace(evaluated, heads=(many,), telling=telling).to_html()).words)
    assert "The confusion of 40 labels is in the JSON report" in text
    assert "10 more labels are in the JSON report" in text
    nothing = replace(evaluated, heads=(), telling={"stance": {"oppose": ()}})
    assert "none" in " ".join(Page(nothing.to_html()).words)


# The charts


def circles(svg: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r'cx="([-\d.]+)" cy="([-\d.]+)"', svg)]


def test_marks_are_where_their_figures_are() -> None:
    bins = [ReliabilityBin(0.0, 0.1, 1, 0.0, 0.0), ReliabilityBin(0.9, 1.0, 4, 1.0, 0.5)]
    (x0, y0), (x1, y1) = circles(reliability_diagram("h", bins))
    frame = [46.0, 276.0, 200.0, 10.0]  # left, right, bottom, top
    assert [x0, x1, y0] == frame[:3]
    assert y1 == (frame[2] + frame[3]) / 2

    right = np.array([True, True, False, True])
    curve = risk_coverage(np.array([0.9, 0.8, 0.5, 0.3]), right)
    marks = circles(risk_coverage_chart("h", curve))
    kept = [one for one in curve.thresholds if one.coverage]
    assert len(marks) == len(kept)
    for (x, y), one in zip(marks, kept, strict=True):
        assert x == pytest.approx(46 + 230 * one.coverage, abs=0.06)
        assert y == pytest.approx(200 - 190 * one.risk / 0.5, abs=0.06)

    points = [
        LearningPoint(2**n / 8, 2.0**n, 10.0, {"a": n / 10, "b": 0.3}, {"a": (0.0, 0.4), "b": (0.2, 0.38)})
        for n in range(4)
    ]
    marks = circles(learning_curve_chart(points))
    steps = np.diff([x for x, _ in marks[:4]])
    assert steps == pytest.approx(steps[0], abs=0.11)  # every doubling is as wide
    assert [y for _, y in marks[:4]] == pytest.approx([200 - 190 * n / 4 for n in range(4)], abs=0.06)


@pytest.mark.parametrize(("figure", "place"), [(1.0, 10.0), (0.5, 200.0), (0.0, 200.0)])
def test_a_learning_curve_without_height(figure: float, place: float) -> None:
    points = [LearningPoint(n / 2, n, n, {"a": figure}, {"a": (figure, figure)}) for n in (1.0, 2.0)]
    assert [y for _, y in circles(learning_curve_chart(points))] == [place, place]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_marks_stay_in_the_frame(pairs: list[tuple[float, bool]]) -> None:
    curve = risk_coverage(np.array([p for p, _ in pairs]), np.array([r for _, r in pairs], dtype=np.bool_))
    for x, y in circles(risk_coverage_chart("h", curve)):
        assert 46 <= x <= 276
        assert 10 <= y <= 200


# The command line


def test_the_report_in_every_format(cli: Cli, tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "rows.jsonl")
    start = ("train", rows, "-o", tmp_path / "m", "--no-learning-curve", "-q")
    text = cli(*start)
    assert text.code == 0, text.err
    for form, ending in (("text", ".txt"), ("json", ".json"), ("html", ".html")):
        report = tmp_path / f"report{ending}"
        report.write_text("old")
        refused = cli(*start, "--report", report, "-f", form)
        assert (refused.code, report.read_text()) == (2, "old")
        outcome = cli(*start, "--report", report, "-f", form, "--force")
        assert outcome.code == 0, outcome.err
        assert report.read_bytes() == outcome.out
        # The page beside the text for people is the same page.
        assert cli(*start, "--report", report, "--force").out == text.out
        assert report.read_bytes() == outcome.out
        evaluation = cli("evaluate", rows, "--model", tmp_path / "m", "-f", form, "-q")
        assert evaluation.code == 0
        written = tmp_path / f"evaluation{ending}"
        assert cli("evaluate", rows, "--model", tmp_path / "m", "-f", form, "-o", written, "-q").code == 0
        assert written.read_bytes() == evaluation.out
    Page(evaluation.text)
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["telling"]["stance"]["oppose"]


def test_reports_that_are_refused_before_training(cli: Cli, tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "rows.jsonl")
    start = ("train", rows, "-o", tmp_path / "m")
    source = write_rows(tmp_path / "rows.json")
    for report, code, told in (
        (tmp_path / "report.pdf", 2, "one of .txt, .json, .html for --report"),
        (tmp_path / "report", 2, "one of .txt"),
        (tmp_path / "absent" / "report.html", 4, "cannot be written"),
    ):
        outcome = cli(*start, "--report", report)
        assert (outcome.code, outcome.out) == (code, b"")
        assert told in outcome.err
        assert not report.exists()
    outcome = cli("train", source, "-o", tmp_path / "m", "--report", source, "--force")
    assert (outcome.code, "one of the sources" in outcome.err) == (2, True)
    # What goes wrong in training leaves no report.
    rows.write_text('{"text": "x"}\n', encoding="utf-8")
    assert cli(*start, "--report", tmp_path / "report.html").code == 5
    assert sorted(one.name for one in tmp_path.iterdir()) == ["rows.json", "rows.jsonl"]


@pytest.mark.parametrize("wrong", ["0", "-2", "two"])
def test_no_such_number_of_processes(cli: Cli, tmp_path: Path, wrong: str) -> None:
    outcome = cli("train", write_rows(tmp_path / "rows.jsonl"), "-o", tmp_path / "m", "--n-jobs", wrong)
    assert (outcome.code, outcome.out) == (2, b"")
    assert "--n-jobs" in outcome.err


def test_a_bar_for_those_who_watch(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,stance\nwe like it,support\nwe hate it,oppose\n", encoding="utf-8")
    train = ("train", path, "-o", tmp_path / "m", "--force")
    assert "training" not in cli(*train).err
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda self: True, raising=False)
    watched = cli(*train)
    assert watched.code == 0
    bar, _, warnings = watched.err.partition("100%")
    assert "training" in bar
    # Warnings come when the bar has ended, each on its own line.
    assert "\nstancekit: warning: no-article" in warnings
    assert cli(*train, "--quiet").err == ""
    path.write_text("text,stance\nwe like it,support\nwe hate it,support\n", encoding="utf-8")
    assert cli(*train).err.startswith("stancekit: error: ")
