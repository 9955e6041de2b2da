"""From a corpus to a model file, and from a model to figures."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stancekit import model_file
from stancekit.errors import CorpusError, InputError, OutputError
from stancekit.features import UtteranceFields
from stancekit.target import read_target
from stancekit.train import cross_validate, evaluate, train
from stancekit.train.calibrate import fit_scale
from stancekit.train.metrics import score_head
from stancekit.train.recipe import read_recipe
from stancekit.train.reliability import calibration_error
from tests.labelled import ROWS, small_model, write_rows

SHIPPED = Path(__file__).parent.parent / "models" / "assad-en"

RECIPE = """
name = "small"
version = "3"
corpus = ["rows.jsonl"]
target = "target.toml"
heads = ["stance"]
ignore = ["sentiment"]
[training]
regularization = 2.0
class_weight = "none"
folds = 3
[[blocks]]
name = "words"
field = "content"
unit = "words"
n_min = 1
n_max = 1
min_df = 1
"""
TARGET_FILE = 'name = "the council"\n[names]\ntarget = ["the council", "Mayor"]\n[words]\nharm = ["broke"]\n'


def write_recipe(folder: Path, recipe: str = RECIPE, target: str = TARGET_FILE) -> Path:
    write_rows(folder / "rows.jsonl")
    (folder / "target.toml").write_text(target)
    (folder / "recipe.toml").write_text(recipe)
    return folder / "recipe.toml"


def test_the_same_bytes_twice_and_in_any_order(tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "rows.jsonl")
    shuffled = tmp_path / "shuffled.jsonl"
    lines = rows.read_text(encoding="utf-8").splitlines()
    shuffled.write_text("\n".join(lines[::-1]) + "\n", encoding="utf-8")
    files = [train([rows], out=tmp_path / name, name="m").path for name in "ab"]
    assert files[0].read_bytes() == files[1].read_bytes()
    one, other = model_file.load(files[0]), train([shuffled], out=tmp_path / "c", name="m").model
    assert one.weights.tobytes() == other.weights.tobytes()
    assert one.heads == other.heads


def test_report_of_training(tmp_path: Path) -> None:
    report = train([write_rows(tmp_path / "rows.jsonl")], out=tmp_path / "mine", target="the council")
    loaded = model_file.load(tmp_path / "mine")
    assert (loaded.name, loaded.target, loaded.sha256) == ("mine", "the council", report.model.sha256)
    assert [(head.name, head.poles) for head in loaded.heads] == [
        ("stance", ("support", "oppose")),
        ("sentiment", ("positive", "negative")),
    ]
    values = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert (values["n_utterances"], values["n_articles"], values["converged"]) == (18, 6, True)
    assert values["label_counts"]["stance"] == {"support": 6, "neutral": 6, "oppose": 6}
    assert "trained mine 1 on 18 utterances of 6 articles" in report.to_text()


def test_another_head_with_two_labels_and_no_target(tmp_path: Path) -> None:
    rows = [{"text": row[1], "frame": "war" if row[4] == "oppose" else "other"} for row in ROWS]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    report = train([path], out=tmp_path / "m", heads=["frame"])
    (head,) = report.model.heads
    assert (head.name, head.labels, head.poles) == ("frame", ("other", "war"), None)
    assert [block.name for block in report.model.settings.blocks] == ["words", "chars"]
    assert any(warning.startswith("no-article") for warning in report.warnings)
    fields = [UtteranceFields(row["text"]) for row in rows]
    found = report.model.probabilities(fields)["frame"]
    right = [head.labels[i] == row["frame"] for i, row in zip(found.argmax(axis=1), rows, strict=True)]
    assert sum(right) >= 14
    chosen = train([path], out=tmp_path / "p", heads=["frame"], poles={"frame": ("other", "war")})
    assert chosen.model.heads[0].poles == ("other", "war")


def test_a_head_that_only_some_rows_answer(tmp_path: Path) -> None:
    rows = [{"text": row[1], "article": row[0], "stance": row[4], "sentiment": row[5]} for row in ROWS]
    for row in rows[::3]:
        row["sentiment"] = None  # type: ignore[assignment]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    report = train([path], out=tmp_path / "m")
    assert sum(report.label_counts["stance"].values()) == 18
    assert sum(report.label_counts["sentiment"].values()) == 12
    assert [score.n for score in report.cross_validation] == [18, 12]


def test_one_label_only_is_refused_for_training_but_not_for_evaluation(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,stance\none,support\ntwo,support\n")
    with pytest.raises(CorpusError, match="one label only: 'support', in 2 utterances"):
        train([path], out=tmp_path / "m")
    assert not (tmp_path / "m").exists()
    report = evaluate(small_model(tmp_path), [path])
    assert (report.heads[0].n, report.heads[0].labels[0].n) == (2, 2)


def test_a_rare_label_makes_fewer_folds_or_none(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    rows = [f"a{i},the bridge number {i} is open,neutral" for i in range(8)]
    rare = [f"b{i},the bridge number {i} is a shame,oppose" for i in range(2)]
    path.write_text("\n".join(["article,text,stance", *rows, *rare]) + "\n")
    report = train([path], out=tmp_path / "two")
    assert report.n_folds == 2
    assert "fewer-folds: stance 'oppose' is in 2 articles only" in report.warnings
    path.write_text("\n".join(["article,text,stance", *rows, rare[0]]) + "\n")
    report = train([path], out=tmp_path / "none")
    assert (report.n_folds, report.cross_validation) == (0, ())
    assert any(warning.startswith("uncalibrated") for warning in report.warnings)
    assert "fewer-folds: stance 'oppose' is in 1 article only" in report.warnings
    assert model_file.load(tmp_path / "none").about["calibrated"] is False
    assert "calibrated" not in model_file.load(tmp_path / "two").about


@pytest.mark.parametrize("n_others", [0, 4])
def test_no_fold_has_all_articles_of_a_head(tmp_path: Path, n_others: int) -> None:
    """Each pair of labels is in one article, so that balancing pairs tells nothing of single labels."""
    pairs = [("support", "positive"), ("support", "negative"), ("oppose", "positive"), ("oppose", "negative")]
    rows: list[dict[str, str | None]] = [
        {"article": f"a{i}", "text": f"text {i}", "stance": stance, "sentiment": sentiment}
        for i, (stance, sentiment) in enumerate(pairs)
    ]
    rows += [
        {"article": f"b{i}", "text": f"text {stance} {i}", "stance": stance, "sentiment": None}
        for i in range(n_others)
        for stance in ("support", "oppose")
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert train([path], out=tmp_path / "m").n_folds == 2


def test_a_recipe(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path)
    report = train([recipe])
    assert report.path == tmp_path / "model.safetensors"
    loaded = model_file.load(tmp_path)
    assert (loaded.name, loaded.version, loaded.target) == ("small", "3", "the council")
    assert [head.name for head in loaded.heads] == ["stance"]
    assert loaded.about["class_weight"] is None
    assert loaded.settings.names == (("target", ("the council", "mayor")),)
    elsewhere = train(recipe, out=tmp_path / "elsewhere")
    assert elsewhere.path.read_bytes() == report.path.read_bytes()
    assert cross_validate(recipe).heads == report.cross_validation


RECIPES = {
    "not-toml": ("name = ", "not TOML"),
    "no-name": ("version = '1'", "name"),
    "no-corpus": ("name = 'a'\nversion = '1'", "names no corpus"),
    "unknown": (RECIPE.replace("heads =", "head ="), "unknown key 'head'"),
    "unknown-training": (RECIPE.replace("folds", "fold"), "unknown key 'fold'"),
    "strength": (RECIPE.replace("2.0", "-1.0"), "regularization"),
    "strength-word": (RECIPE.replace("2.0", '"best"'), "or \"auto\", found 'best'"),
    "strength-nan": (RECIPE.replace("2.0", "nan"), "regularization"),
    "folds": (RECIPE.replace("folds = 3", "folds = 1"), "folds"),
    "weight": (RECIPE.replace('"none"', '"most"'), "class_weight"),
    "card": (RECIPE + "[card]\nlicence = 'x'", "unknown key 'licence'"),
    "card-type": (RECIPE + "[card]\nlicense = 3", "license as a string"),
    "poles": (RECIPE + "[poles]\nframe = ['a', 'b']", "poles for 'frame'.*heads: stance"),
    "block": (RECIPE.replace("n_max = 1", "n_max = 99"), "n_max"),
    "block-key": (RECIPE.replace("n_max = 1", "n_maximum = 1"), "blocks"),
    "target": (RECIPE.replace("target.toml", "absent.toml"), "target file"),
}


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_that_are_refused(tmp_path: Path, name: str) -> None:
    text, message = RECIPES[name]
    recipe = write_recipe(tmp_path, text)
    with pytest.raises(InputError, match=message):
        train(recipe)
    assert not (tmp_path / "model.safetensors").exists()


TARGETS = {
    "unknown": ("names = {}\nfriends = 3", "unknown key 'friends'"),
    "list": ("names = ['a']", "table of classes"),
    "phrases": ("names = {target = 'Assad'}", "list of strings"),
    "empty-phrase": ("names = {target = ['...']}", "expected words"),
    "two-classes": ("names = {target = ['the army'], others = ['The Army']}", "in class 'target' and again"),
    "class-twice": ("names = {harm = ['a']}\nwords = {harm = ['b']}", "in \\[names\\] and in"),
    "name": ("name = 3", "as a string"),
}


@pytest.mark.parametrize("name", TARGETS)
def test_target_files_that_are_refused(tmp_path: Path, name: str) -> None:
    text, message = TARGETS[name]
    path = tmp_path / "target.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_target(path)


def test_an_error_leaves_the_old_model(tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "rows.jsonl")
    train([rows], out=tmp_path / "m")
    before = (tmp_path / "m" / "model.safetensors").read_bytes()
    rows.write_text(
        rows.read_text(encoding="utf-8") + '{"text": "x", "stance": "Support"}\n', encoding="utf-8"
    )
    with pytest.raises(CorpusError):
        train([rows], out=tmp_path / "m")
    assert (tmp_path / "m" / "model.safetensors").read_bytes() == before
    with pytest.raises(InputError, match="no place"):
        train([rows])
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        train([write_rows(tmp_path / "rows.jsonl")], out=tmp_path / "file" / "m")


def test_poles_must_be_there(tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "rows.jsonl")
    with pytest.raises(InputError, match="poles for 'frame', which is no head: heads: stance, sentiment"):
        train([rows], out=tmp_path / "m", poles={"frame": ("support", "oppose")})
    with pytest.raises(InputError, match="found support, against: labels: support, neutral, oppose"):
        train([rows], out=tmp_path / "m", poles={"stance": ("support", "against")})
    assert not (tmp_path / "m").exists()


def test_warnings_come_before_the_model_is_written(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,stance\nwe like it,support\nwe hate it,oppose\n")

    def refuse(warnings: Sequence[str]) -> None:
        assert [warning.split(":")[0] for warning in warnings] == [
            "no-article",
            "fewer-folds",
            "uncalibrated",
        ]
        raise CorpusError("warned")

    with pytest.raises(CorpusError, match="warned"):
        train([path], out=tmp_path / "m", on_warnings=refuse)
    assert not (tmp_path / "m").exists()


def test_the_place_is_tried_before_the_corpus_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "m.safetensors").mkdir()
    for place in ("file/m", "file", "m.safetensors"):
        with pytest.raises(OutputError):
            train([tmp_path / "absent"], out=tmp_path / place)


def test_evaluation_on_what_was_trained_on_is_told(tmp_path: Path) -> None:
    model = small_model(tmp_path)
    rows = write_rows(tmp_path / "rows.jsonl")
    report = evaluate(model, rows)
    assert report.n_known == len(ROWS)
    assert any(
        warning.startswith("trained-on: the model was trained on 18 of these 18")
        for warning in report.warnings
    )
    assert [score.macro_f1 for score in report.heads] == [1.0, 1.0]
    assert json.loads(json.dumps(report.to_dict(), allow_nan=False))["heads"][0]["accuracy"] == 1.0
    assert "stance: macro-F1 1.000" in report.to_text()


def test_evaluation_with_labels_and_heads_of_its_own(tmp_path: Path) -> None:
    model = small_model(tmp_path)
    path = tmp_path / "new.csv"
    path.write_text("text,stance,frame\nthe army shelled us,oppose,war\na new bridge,mixed,peace\n")
    report = evaluate(model, path, heads=["stance", "frame"], labels={"stance": ["oppose", "mixed"]})
    assert "head-not-in-model: frame" in report.warnings
    assert "label-not-in-model: stance 'mixed'" in report.warnings
    labels = {score.label: score for score in report.heads[0].labels}
    assert (labels["mixed"].n, labels["mixed"].n_predicted, labels["mixed"].f1) == (1, 0, 0.0)
    path.write_text("text,frame\na,war\nb,peace\n")
    with pytest.raises(CorpusError, match="no head to evaluate"):
        evaluate(model, path, heads=["frame"])


def test_evaluation_takes_the_heads_of_the_model(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,article,position\nwe like it,a,pro\nwe hate it,b,con\n")
    model = train([path], out=tmp_path / "m", heads=["position"]).model
    assert [score.head for score in evaluate(model, path).heads] == ["position"]
    path.write_text("text,article,stance\nwe like it,a,support\n")
    with pytest.raises(CorpusError, match="the model has position, the corpus stance"):
        evaluate(model, path)
    path.write_text("text,article\nwe like it,a\n")
    with pytest.raises(CorpusError, match="expected a column position, found 'text', 'article'"):
        evaluate(model, path)


def test_figures_by_hand() -> None:
    probabilities = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]])
    score = score_head("h", ("a", "b"), ["a", "b", "b", "a"], probabilities, ["x", "x", "y", "y"])
    assert score.confusion == ((2, 0), (1, 1))
    assert [round(label.f1, 4) for label in score.labels] == [0.8, 0.6667]
    assert score.macro_f1 == pytest.approx((0.8 + 2 / 3) / 2)
    assert score.majority_f1 == pytest.approx(1 / 3)
    assert score.accuracy == 0.75
    assert score.interval[0] <= score.macro_f1 <= score.interval[1]
    right = np.array([True, False, True, True])
    assert calibration_error(np.array([0.9, 0.6, 0.8, 0.7]), right) == pytest.approx(
        (0.1 + 0.6 + 0.2 + 0.3) / 4
    )


def test_the_scale_is_found() -> None:
    rng = np.random.default_rng(0)
    log_odds = rng.normal(size=(20_000, 3))
    powers = np.exp(2.5 * log_odds)
    drawn = (rng.random((20_000, 1)) > np.cumsum(powers / powers.sum(axis=1, keepdims=True), axis=1)).sum(
        axis=1
    )
    assert fit_scale(log_odds, drawn) == pytest.approx(2.5, rel=0.05)


@pytest.mark.slow
def test_the_shipped_model_is_built_again_to_the_byte(tmp_path: Path) -> None:
    report = train(SHIPPED / "recipe.toml", out=tmp_path)
    assert report.path.read_bytes() == (SHIPPED / "model.safetensors").read_bytes()
    scores: dict[str, Any] = {score.head: score.macro_f1 for score in report.cross_validation}
    assert scores["stance"] > 0.6
    assert scores["sentiment"] > 0.55


def test_the_shipped_recipe_is_read() -> None:
    recipe = read_recipe(SHIPPED / "recipe.toml")
    assert len(list((recipe.corpus[0] / "articles").glob("*.txt"))) > 100
    assert recipe.target.name == "the Assad government"
