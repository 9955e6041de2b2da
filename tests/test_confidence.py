"""How sure an attribution is: signs, probabilities, and what `min_attribution` takes away."""

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stancekit
from stancekit import model_file
from stancekit.classifier import Classifier, segment_article
from stancekit.confidence import AttributionModel, read_signs
from stancekit.document import read_document
from stancekit.errors import DamagedModelError, InputError, ModelError, ModelVersionError
from stancekit.model import Model
from stancekit.model_file import SHIPPED, load_attribution, read_model, save, shipped_attribution, write_model
from stancekit.report import Report, Utterance
from stancekit.speakers import UNKNOWN, resolve_speakers, trace_speakers
from stancekit.train import train
from stancekit.train.attribution import fit_attribution, pair_contents, read_examples, same_speaker
from stancekit.train.corpus import Corpus, read_corpus
from stancekit.train.metrics import score_attribution
from stancekit.utterances import find_utterances
from tests.conftest import ARTICLE, Cli
from tests.labelled import small_model
from tests.test_model_file import forge, forge_array, set_value

CORPUS = Path(__file__).parent.parent / "models" / SHIPPED / "corpus"
TEXTS = [
    path.read_bytes().decode("utf-8") for path in sorted((CORPUS / "articles").glob("w[1-3]-0[1-4].txt"))
]
LEAST = (0.0, 0.2, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0)


def signs_of(text: str, *, wide: bool = False) -> list[list[str]]:
    document = read_document(text)
    found = find_utterances(document, wide=wide)
    *_, traces = trace_speakers(document, found)
    return read_signs(document, found, traces)


SIGNS = [
    # text, which utterance, signs that it has, signs that it has not
    (
        '"The road is open," said Ada Lindqvist, a farmer.',
        0,
        "direct|cue|lemma say|inverted|person|names 2|role|new|before quotation mark|form past",
        "that|in parts",
    ),
    (
        "Ada Lindqvist said that the road was open.",
        0,
        "indirect|clause|that|content 3|sentence 4|source 2|before nothing|behind word|ends .",
        "inverted|shared",
    ),
    ("The union welcomed the offer and urged the owner to pay.", 1, "shared|last|body|definite", "new"),
    ("According to residents, the bridge fell.", 0, "according|people|plural", "clause"),
    ('Ada Lindqvist left. "The road is open to all," she said.', 0, "pronoun|she|away 0|new", "person"),
    ("The road, the mayor said, was open again.", 0, "in parts|described", "that"),
    ("Mayor: the road is open\n\nThe snow has gone.", 0, "headline|title|source 1", "cue"),
    ('Ferry talks\n\nIt snowed.\n\nThe union issued this:\n\n"We will not go."', 0, "announced|body", "cue"),
    ('Ada Lindqvist was blunt: "No one will sail from here today."', 0, "introduced|person", "cue"),
    ("Ferry talks\n\n“We will not sail in it.” — Ada Lindqvist", 0, "signed|direct|person", "alone"),
    ('"It leaks," Ada Lindqvist said. "We will not sail in it."', 0, "goes on|direct", "alone"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "which", "there", "absent"), SIGNS, ids=range(len(SIGNS)))
def test_signs(text: str, which: int, there: str, absent: str) -> None:
    found = signs_of(text)[which]
    assert set(there.split("|")) <= set(found)
    assert not set(absent.split("|")) & set(found)


def test_the_wide_notion_has_a_sign() -> None:
    text = "The union supports the ban on fishing."
    assert signs_of(text) == []
    assert "wide" in signs_of(text, wide=True)[0]


def test_signs_are_there_once_and_on_one_line() -> None:
    for text in TEXTS:
        for signs in signs_of(text, wide=True):
            assert len(set(signs)) == len(signs)
            assert all(sign and "\n" not in sign for sign in signs)


def test_a_speaker_is_the_same_with_and_without_its_trace() -> None:
    document = read_document(TEXTS[0])
    found = find_utterances(document)
    speakers, owners, traces = trace_speakers(document, found)
    assert resolve_speakers(document, found) == (speakers, owners)
    for who, trace in zip(owners, traces, strict=True):
        assert bool(trace) == (speakers[who].name != UNKNOWN)


@given(st.lists(st.sampled_from(["a", "b", "c"]), unique=True), st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_a_probability_is_logistic(signs: list[str], one: float, other: float) -> None:
    model = AttributionModel(("a", "b"), (0.5, one, other))
    log_odds = 0.5 + sum({"a": one, "b": other}.get(s, 0.0) for s in signs)
    found = model.probability(signs)
    assert 0 <= found <= 1
    if abs(log_odds) < 30:
        assert found == pytest.approx(1 / (1 + math.exp(-log_odds)), abs=1e-12)


# What is reported


def reports(text: str) -> list[Report]:
    return [segment_article(text, min_attribution=least) for least in LEAST]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_greater_least_probability_takes_more_names_away(text: str) -> None:
    plain = segment_article(text)
    assert reports(text)[0] == plain
    before = plain
    for least, report in zip(LEAST, reports(text), strict=True):
        for one, other, first in zip(before.utterances, report.utterances, plain.utterances, strict=True):
            assert replace(other, speaker=first.speaker) == first  # but for the speaker nothing changes
            assert other.speaker.name in (one.speaker.name, UNKNOWN)
            assert (first.attribution is None) == (first.speaker.name == UNKNOWN)
            doubted = first.attribution is not None and first.attribution < least
            assert (other.speaker.name == UNKNOWN) == (first.speaker.name == UNKNOWN or doubted)
            assert first.attribution is None or 0 <= first.attribution <= 1
        assert [one.id for one in report.speakers] == list(range(len(report.speakers)))
        assert sum(one.n_utterances for one in report.speakers) == len(report.utterances)
        named = dict.fromkeys(u.speaker.name for u in report.utterances)
        assert [one.name for one in report.speakers] == list(named)
        for utterance in report.utterances:
            assert report.speakers[utterance.speaker.id].speaker == utterance.speaker
            sourced = utterance.source is not None and utterance.speaker.name != UNKNOWN
            assert not sourced or utterance.source in utterance.speaker.mentions
        before = report


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(TEXTS[0].split()), max_size=60), st.booleans())
def test_any_words_have_probabilities(words: list[str], wide: bool) -> None:
    for utterance in stancekit.segment(" ".join(words), wide=wide):
        assert utterance.attribution is None or 0 <= utterance.attribution <= 1


def test_a_source_in_doubt_no_longer_names_its_speaker() -> None:
    model = AttributionModel(("pronoun",), (3.0, -6.0))
    text = '"The road is open," Ada Lindqvist said. The snow has gone. She said that the bridge was safe.'
    plain, sure = (segment_article(text, attribution=model, min_attribution=p) for p in (0.0, 0.5))
    assert [u.speaker.name for u in plain.utterances] == ["Ada Lindqvist"] * 2
    assert [u.speaker.name for u in sure.utterances] == ["Ada Lindqvist", UNKNOWN]
    assert [[sure.text[slice(*m)] for m in one.mentions] for one in sure.speakers] == [["Ada Lindqvist"], []]
    assert [(one.name, one.n_utterances) for one in sure.speakers] == [("Ada Lindqvist", 1), (UNKNOWN, 1)]


def test_summaries_follow(classifier: Classifier) -> None:
    report = classifier.classify(ARTICLE, min_attribution=1.0)
    assert [(one.name, one.n_utterances) for one in report.speakers] == [(UNKNOWN, len(report.utterances))]
    assert report.speakers[0].stance == report.stance == classifier.classify(ARTICLE).stance
    assert report.to_dict()["utterances"][0]["attribution"] == round(report.utterances[0].attribution or 0, 6)
    assert {row["speaker"] for row in report.to_rows()} == {UNKNOWN}


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan, math.inf, 2])
def test_out_of_range(classifier: Classifier, value: float) -> None:
    for call in (stancekit.segment, classifier.classify):
        with pytest.raises(InputError, match="min_attribution from 0 to 1"):
            call(ARTICLE, min_attribution=value)


@pytest.mark.parametrize("value", [None, "0.5", True])
def test_no_number(value: object) -> None:
    with pytest.raises(TypeError, match="min_attribution as a number"):
        stancekit.segment(ARTICLE, min_attribution=value)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["classify", "segment"])
def test_the_option(cli: Cli, article: Path, name: str) -> None:
    def speakers(*options: str) -> list[str]:
        outcome = cli(name, article, "-f", "json", *options)
        assert outcome.code == 0
        return [u["speaker"]["name"] for u in json.loads(outcome.out)["documents"][0]["utterances"]]

    assert speakers("--min-attribution", "0") == speakers()
    assert set(speakers("--min-attribution", "1")) == {UNKNOWN}
    for wrong in ("1.5", "-1", "nan", "much"):
        outcome = cli(name, article, "--min-attribution", wrong)
        assert outcome.code == 2
        assert "--min-attribution" in outcome.err


@pytest.fixture
def no_shipped_model(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(model_file, "SHIPPED", "absent")
    shipped_attribution.cache_clear()
    yield
    shipped_attribution.cache_clear()


@pytest.mark.usefixtures("no_shipped_model")
def test_without_any_model_nothing_is_told(classifier: Classifier, cli: Cli, article: Path) -> None:
    calls: list[Callable[..., object]] = [stancekit.segment, classifier.classify]
    found: list[Utterance] = [*stancekit.segment(ARTICLE), *classifier.classify(ARTICLE).utterances]
    assert {utterance.attribution for utterance in found} == {None}
    for call in calls:
        with pytest.raises(ModelError, match="how sure attributions are"):
            call(ARTICLE, min_attribution=0.5)
    assert cli("segment", article).code == 0
    outcome = cli("segment", article, "--min-attribution", "0.5")
    assert (outcome.code, outcome.err.count("\n")) == (3, 1)


def test_a_model_of_its_own_comes_before_the_shipped_one(classifier: Classifier) -> None:
    assert classifier._model.attribution is None
    own = replace(classifier._model, attribution=AttributionModel((), (0.0,)))
    found = {u.attribution for u in Classifier(own).classify(ARTICLE).utterances}
    assert found <= {0.5, None}
    shipped = {u.attribution for u in classifier.classify(ARTICLE).utterances}
    assert shipped == {u.attribution for u in stancekit.segment(ARTICLE)} != found


# The file


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    attribution = AttributionModel(("ends ,", "pronoun"), (1.0, -0.5, 0.25))
    return replace(small_model(tmp_path_factory.mktemp("model")), attribution=attribution)


def test_round_trip(model: Model, tmp_path: Path) -> None:
    data = write_model(model)
    found = read_model(data)
    assert found.attribution is not None
    assert model.attribution is not None
    assert found.attribution.signs == model.attribution.signs
    assert found.attribution.weights == model.attribution.weights
    assert write_model(found) == data
    alone = load_attribution(save(model, tmp_path))
    assert alone is not None
    assert alone.probability(["pronoun"]) == model.attribution.probability(["pronoun"])


def test_a_model_without_it(model: Model, tmp_path: Path) -> None:
    data = write_model(replace(model, attribution=None))
    assert b'\\"attribution\\":null' in data
    assert b"attribution_" not in data
    assert read_model(data).attribution is None
    assert load_attribution(save(replace(model, attribution=None), tmp_path)) is None


def test_forged(model: Model, tmp_path: Path) -> None:
    data = write_model(model)
    forged = [
        (forge(data, set_value("attribution", "version", to="signs-0")), ModelVersionError, "signs-0"),
        (forge(data, set_value("attribution", "n_signs", to=3)), DamagedModelError, "3 features"),
        (forge(data, set_value("attribution", "n_signs", to=True)), DamagedModelError, "sizes"),
        (forge(data, set_value("attribution", to=None)), DamagedModelError, "unknown: attribution_signs"),
        (forge(data, set_value("attribution", to={"version": 1})), DamagedModelError, "version and n_signs"),
        (forge(data, lambda values: values.pop("attribution")), DamagedModelError, "lack"),
        (forge_array(data, "attribution_weights", lambda a: a[:-1]), DamagedModelError, "3 finite weights"),
        (forge_array(data, "attribution_weights", lambda a: a * np.nan), DamagedModelError, "3 finite"),
        (forge_array(data, "attribution_weights", lambda a: a.astype(np.float64)), DamagedModelError, "type"),
        (forge_array(data, "attribution_signs", lambda a: a[:-1]), DamagedModelError, "vocabulary"),
    ]
    for wrong, error, message in forged:
        (tmp_path / "model.safetensors").write_bytes(wrong)
        for read in (model_file.load, load_attribution):
            with pytest.raises(error, match=message):
                read(tmp_path)


def test_the_shipped_model_tells() -> None:
    attribution = model_file.load().attribution
    assert attribution is not None
    assert {"pronoun", "person", "that", "wide"} <= set(attribution.signs)
    alone = shipped_attribution()
    assert alone is not None
    assert alone.weights == attribution.weights


# Training

NAMES = [
    ("the Minister", "minister", True),
    ("Keil", "Marta Keil", True),
    ("Marta Keil", "Keil", True),
    ("Some residents", "residents", True),
    ("Marta Keil", "Keilmann", False),
    ("unknown", "Keil", False),
    ("the", "minister", False),
    ("Finance Ministry", "Ministry of Finance", False),
]


@pytest.mark.parametrize(("name", "other", "same"), NAMES)
def test_names(name: str, other: str, same: bool) -> None:
    assert same_speaker(name, other) is same_speaker(other, name) is same


def test_contents_are_paired_one_to_one() -> None:
    marked = [frozenset({1, 2, 3, 4}), frozenset({10, 11})]
    found = [frozenset({1, 2}), frozenset({1, 2, 3}), frozenset({10, 12, 13}), frozenset[int]()]
    assert pair_contents(marked, found) == {0: 1}


def test_figures_by_hand() -> None:
    probabilities = np.array([0.9, 0.6, 0.6, 0.2])
    score = score_attribution(probabilities, np.array([True, True, False, False]), ["a", "a", "b", "b"], 1.0)
    assert (score.n, score.n_articles, score.n_right) == (4, 2, 2)
    assert score.auc == pytest.approx(3.5 / 4)
    assert score.brier == pytest.approx((0.01 + 0.16 + 0.36 + 0.04) / 4)
    assert score.constant_brier == 0.25
    kept = [(0.0, 1.0, 0.5), (0.5, 0.75, 1 / 3), *((least, 0.25, 0.0) for least in (0.7, 0.8, 0.9))]
    assert np.array(score.kept) == pytest.approx(np.array(kept))
    assert json.loads(json.dumps(score.to_dict()))["kept"][1]["min_attribution"] == 0.5


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return read_corpus(CORPUS)


def test_examples_are_there_once(corpus: Corpus) -> None:
    assert len(corpus.whole) == 305
    examples = list(read_examples(corpus.whole[0]))
    assert len(examples) > 5
    assert any(example.right for example in examples)
    assert sum(not e.wide for e in examples) == sum(
        u.speaker.name != UNKNOWN for u in stancekit.segment(corpus.whole[0].text)
    )


@pytest.mark.slow
def test_it_is_calibrated_on_articles_that_it_did_not_see(corpus: Corpus) -> None:
    noted: list[str] = []
    attribution, score = fit_attribution(corpus, 5, noted)
    assert (attribution is not None, noted) == (True, [])
    assert score is not None
    assert score.calibration_error <= 0.05
    assert score.auc >= 0.75
    assert score.brier <= 0.8 * score.constant_brier
    wrong = [share for _, _, share in score.kept]
    assert wrong == sorted(wrong, reverse=True)


def test_too_few_articles_have_none(corpus: Corpus, tmp_path: Path) -> None:
    noted: list[str] = []
    assert fit_attribution(replace(corpus, whole=corpus.whole[:1]), 5, noted) == (None, None)
    assert noted[0].startswith("no-attribution")
    assert fit_attribution(replace(corpus, whole=()), 5, noted) == (None, None)
    assert len(noted) == 1
    rows = tmp_path / "rows.csv"
    rows.write_text("text,article,stance\nwe like it,a,support\nwe hate it,b,oppose\n")
    report = train([rows], out=tmp_path / "m")
    assert (report.model.attribution, report.attribution) == (None, None)
    assert report.to_dict()["attribution"] is None
