"""The strength of the penalty that is chosen, and the figures beside it."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stancekit import model_file
from stancekit.model import Head
from stancekit.train import cross_validate, cross_validation, train
from stancekit.train.answers import Answers, fit_head
from stancekit.train.calibrate import fit_scale
from stancekit.train.card import write_card
from stancekit.train.corpus import read_corpus
from stancekit.train.fit import fit_model
from stancekit.train.linear import LabelWeights
from stancekit.train.poles import known_poles
from stancekit.train.recipe import Recipe, read_recipe
from stancekit.train.strength import STRENGTHS, choose_strength, held_out_probabilities
from tests.conftest import Cli
from tests.labelled import write_rows


def noisy(noise: float, gold: NDArray[np.int64], seed: int = 0) -> NDArray[np.float64]:
    values: NDArray[np.float64] = np.random.default_rng(seed).normal(size=(len(gold), 3))
    return np.eye(3)[gold] + noise * values


GOLD = np.arange(300) % 3
FOLDS = np.arange(300) // 3 % 5


def test_the_strength_that_predicts_best() -> None:
    log_odds = {0.25: noisy(2.0, GOLD), 1.0: noisy(0.5, GOLD), 4.0: noisy(1.0, GOLD)}
    assert choose_strength(log_odds, GOLD) == 1.0
    # How sure the log-odds are counts for nothing: they are calibrated first.
    assert choose_strength({**log_odds, 1.0: 7 * log_odds[1.0]}, GOLD) == 1.0


def test_of_equals_the_strongest_penalty() -> None:
    values = noisy(0.5, GOLD)
    assert choose_strength({4.0: values, 1.0: values, 0.25: values}, GOLD) == 0.25


def test_one_strength_alone_is_calibrated_and_no_more() -> None:
    values = noisy(0.5, GOLD)
    expected = Head("h", ("a", "b", "c"), None, scale=fit_scale(values, GOLD)).calibrate(values)
    assert (held_out_probabilities({1.0: values}, GOLD, FOLDS) == expected).all()


def test_a_fold_has_no_say_in_its_own_strength() -> None:
    # In fold 0 the strength 4 is as good as can be; in all others it is the worse one.
    worse = np.where(FOLDS[:, None] == 0, 9.0 * np.eye(3)[GOLD], noisy(1.5, GOLD))
    better = noisy(1.0, GOLD, seed=1)
    found = held_out_probabilities({1.0: better, 4.0: worse}, GOLD, FOLDS)
    calibrated = Head("h", (), None, scale=fit_scale(better, GOLD)).calibrate(better)
    assert (found[FOLDS == 0] == calibrated[FOLDS == 0]).all()


def test_choosing_among_noise_does_not_flatter() -> None:
    """Labels that nothing predicts: the best of many looks good, the figures must not."""
    gold, folds = np.arange(100) % 2, np.arange(100) // 2 % 5
    flattered, honest = [], []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        noise = {float(strength): rng.normal(size=(100, 2)) for strength in range(1, 31)}
        flattered.append(max((values.argmax(axis=1) == gold).mean() for values in noise.values()))
        honest.append((held_out_probabilities(noise, gold, folds).argmax(axis=1) == gold).mean())
    assert np.mean(flattered) > 0.58
    assert np.mean(honest) < 0.54


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(30)))
def test_the_order_of_rows_decides_nothing(order: list[int]) -> None:
    gold, log_odds = GOLD[:30], {s: noisy(1.0, GOLD[:30], seed=int(4 * s)) for s in STRENGTHS}
    shuffled = {s: values[order] for s, values in log_odds.items()}
    assert choose_strength(shuffled, gold[order]) == choose_strength(log_odds, gold)


def test_training_chooses_and_tells(tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "rows.jsonl")
    report = train([rows], out=tmp_path / "m")
    chosen = model_file.load(tmp_path / "m").about["regularization"]
    assert chosen.keys() == {"stance", "sentiment"}
    assert set(chosen.values()) <= set(STRENGTHS)
    assert json.loads(json.dumps(report.to_dict()))["regularization"] == chosen
    shown = (
        f"C = {chosen['stance']:g} for stance, {chosen['sentiment']:g} for sentiment (the best on held-out"
    )
    assert shown in report.to_text()
    assert shown in report.to_html()
    # The model is the one that a recipe with the strength of that head would make.
    corpus = read_corpus([rows])
    fixed = Recipe(name="m", corpus=(rows,), out=tmp_path, regularization=chosen["stance"])
    model = fit_model(corpus, fixed).model
    columns = report.model.columns("stance")
    assert model.weights[:, columns].tobytes() == report.model.weights[:, columns].tobytes()
    assert model.heads[0] == report.model.heads[0]
    assert model.about["regularization"] == chosen["stance"]


@pytest.mark.parametrize("chosen", STRENGTHS)
def test_smaller_shares_are_trained_with_the_chosen_strength(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: float
) -> None:
    used = Counter[float]()

    def counted(rows: Any, answers: Answers, weight: Any, strength: float, tolerance: float) -> LabelWeights:
        used[strength] += 1
        return fit_head(rows, answers, weight, strength, tolerance)

    monkeypatch.setattr(cross_validation, "fit_head", counted)
    monkeypatch.setattr(cross_validation, "choose_strength", lambda log_odds, gold: chosen)
    rows = write_rows(tmp_path / "rows.jsonl")
    recipe = Recipe(name="m", corpus=(rows,), out=tmp_path)
    found = fit_model(read_corpus([rows]), recipe, learning_curve=True)
    n_models = found.n_folds * len(found.model.heads)
    assert len(found.learning_curve) > 1
    assert used == {
        strength: n_models * (len(found.learning_curve) if strength == chosen else 1)
        for strength in STRENGTHS
    }


def test_nothing_held_out_chooses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("article,text,stance\na,we like it,support\nb,we hate it,oppose\n")
    report = train([path], out=tmp_path / "m")
    assert report.model.about["regularization"] == {"stance": 1.0}
    assert report.model.about["calibrated"] is False
    assert "C = 1 for stance (nothing held out to choose it)" in report.to_text()


def test_auto_in_a_recipe_and_on_its_card(tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.jsonl")
    recipe = tmp_path / "recipe.toml"
    text = (
        'name = "m"\nversion = "1"\ncorpus = ["rows.jsonl"]\n[training]\nregularization = "auto"\nfolds = 3\n'
    )
    recipe.write_text(text)
    assert read_recipe(recipe).regularization == "auto"
    report = train(recipe)
    recipe.write_text(text.replace('regularization = "auto"\n', ""))
    assert read_recipe(recipe) == replace(read_recipe(recipe), regularization="auto")
    assert cross_validate(recipe).heads == report.cross_validation
    card = write_card(tmp_path).read_text(encoding="utf-8")
    chosen = report.model.about["regularization"]
    assert f"C = {chosen['sentiment']:g} for sentiment, {chosen['stance']:g} for stance (the best on" in card


def test_inspect_tells_the_strength(tmp_path: Path, cli: Cli) -> None:
    train([write_rows(tmp_path / "rows.jsonl")], out=tmp_path / "m")
    assert 'regularization: {"sentiment": ' in cli("inspect", tmp_path / "m").text


POLES = [
    (("AGAINST", "FAVOR", "NONE"), ("FAVOR", "AGAINST")),
    (("against", "favour"), ("favour", "against")),
    (("Pro", "anti", "neither"), ("Pro", "anti")),
    (("support", "neutral", "oppose"), ("support", "oppose")),
    (("support", "against"), None),
    (("con", "pro"), None),
]


@pytest.mark.parametrize(("labels", "poles"), POLES)
def test_poles_that_are_known(labels: tuple[str, ...], poles: tuple[str, str] | None) -> None:
    assert known_poles(labels) == poles


def test_a_head_with_capital_labels_has_its_poles(tmp_path: Path, cli: Cli) -> None:
    path = tmp_path / "rows.csv"
    rows = [("we are for it", "FAVOR"), ("stop this now", "AGAINST"), ("it is a bridge", "NONE")]
    path.write_text("text,stance\n" + "".join(f"{t} {n},{label}\n" for n in range(4) for t, label in rows))
    assert cli("train", path, "-o", tmp_path / "m").code == 0
    (head,) = model_file.load(tmp_path / "m").heads
    assert (head.labels, head.poles) == (("AGAINST", "FAVOR", "NONE"), ("FAVOR", "AGAINST"))
