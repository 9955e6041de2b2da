"""The command line: what goes in, what comes out, and how it ends."""

import csv
import io
import json
import shlex
import sys
from pathlib import Path

import click
import pytest

from stancekit import kernel
from stancekit.cli.commands import stancekit as group
from tests.conftest import ARTICLE, Cli, in_process
from tests.labelled import write_rows

OPTIONS = {
    "classify": "--debug --encoding --explain --force --force-text --format --help --max-bytes "
    "--min-attribution --min-probability --model --output --quiet --recursive --strict",
    "segment": "--debug --encoding --force --force-text --format --help --max-bytes "
    "--min-attribution --output --quiet --recursive --strict",
    "score": "--debug --encoding --force --format --help --ignore --max-bytes --min-probability --model "
    "--output --quiet --strict",
    "train": "--debug --force --format --head --help --ignore --learning-curve --n-jobs --name "
    "--no-learning-curve --offsets --on-conflict --output --poles --quiet --rename --report --strict "
    "--target",
    "evaluate": "--debug --force --format --head --help --ignore --model --offsets --on-conflict --output "
    "--quiet --rename --strict",
    "inspect": "--debug --format --help --quiet --strict --top",
}


def test_the_commands_and_their_options() -> None:
    assert set(group.list_commands(click.Context(group))) == set(OPTIONS)


@pytest.mark.parametrize("name", OPTIONS)
def test_help_names_every_option(cli: Cli, name: str) -> None:
    outcome = cli(name, "--help")
    assert (outcome.code, outcome.err) == (0, "")
    found = {word.rstrip(",") for word in outcome.text.split() if word.startswith("--")}
    assert found == set(OPTIONS[name].split())


def test_version(cli: Cli) -> None:
    runs = "compiled kernel" if kernel.COMPILED else "no compiled kernel: scores in Python"
    assert cli("--version").text == f"stancekit 0.1.0 ({runs})\n"


def test_json_is_one_object_and_the_same_bytes_each_time(cli: Cli, article: Path, model_folder: Path) -> None:
    outcome = cli(
        "classify", article, article.parent / "none.txt", "--model", model_folder, "--format", "json"
    )
    assert outcome.code == 1
    first = cli("classify", article, "--model", model_folder, "-f", "json", "--explain")
    again = in_process(
        "classify", article, "--model", model_folder, "-f", "json", "--explain", env={"LANG": "C"}
    )
    assert (first.code, first.err) == (0, "")
    assert first.out == again.out
    answer = json.loads(first.out)
    assert list(answer) == ["schema", "model", "documents"]
    assert answer["schema"] == "stancekit/1"
    assert list(answer["model"]) == ["name", "version", "target", "sha256"]
    assert answer["model"]["name"] == "small"
    [document] = answer["documents"]
    assert document["id"] == str(article)
    assert document["utterances"][0]["speaker"]["name"] == "Rami Haddad"
    assert document["utterances"][0]["evidence"]


def test_jsonl_is_a_line_a_document(cli: Cli, article: Path, model_folder: Path) -> None:
    other = article.with_name("other.txt")
    other.write_text("", encoding="utf-8")
    outcome = cli("classify", article, other, "--model", model_folder, "-f", "jsonl")
    first, second = map(json.loads, outcome.text.splitlines())
    assert outcome.code == 0
    assert first["utterances"]
    assert (second["schema"], second["utterances"], second["warnings"]) == ("stancekit/1", [], ["empty-text"])


def test_csv_is_a_line_an_utterance(cli: Cli, article: Path, model_folder: Path) -> None:
    outcome = cli("classify", article, "--model", model_folder, "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(outcome.text, newline="")))
    answer = json.loads(cli("classify", article, "--model", model_folder, "-f", "json").out)
    utterances = answer["documents"][0]["utterances"]
    assert [row["text"] for row in rows] == [u["text"] for u in utterances]
    assert [float(row["stance_score"]) for row in rows] == [u["stance"]["score"] for u in utterances]
    assert [row["stance"] for row in rows] == [u["stance"]["label"] for u in utterances]


def test_the_table_shows_speakers_and_judgements(cli: Cli, article: Path, model_folder: Path) -> None:
    outcome = cli("classify", article, "--model", model_folder, "--explain")
    for expected in ("Ferry talks resume", "Rami Haddad", "oppose", "shelled", "the article", "stance: "):
        assert expected in outcome.text
    assert "\x1b" not in outcome.text
    assert not any(line.endswith(" ") for line in outcome.text.splitlines())


def test_the_table_tells_a_denial_from_an_assertion(cli: Cli, article: Path) -> None:
    article.write_text("The ministry denied that anyone had been arrested. It said that the road was open.")
    outcome = cli("segment", article)
    assert "[denied] anyone had been arrested" in outcome.text
    assert "[said]" not in outcome.text


def test_segment_has_no_model(cli: Cli, article: Path) -> None:
    answer = json.loads(cli("segment", article, "-f", "json").out)
    assert list(answer) == ["schema", "documents"]
    assert "stance" not in answer["documents"][0]["utterances"][0]
    assert "Rami Haddad" in cli("segment", article).text


def test_stdin(cli: Cli, model_folder: Path) -> None:
    for arguments in (["-"], []):
        outcome = cli("classify", *arguments, "--model", model_folder, "-f", "json", stdin=ARTICLE.encode())
        document = json.loads(outcome.out)["documents"][0]
        assert document["id"] == "-"
        assert document["utterances"]


def test_recursive_reads_articles_in_order(cli: Cli, tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.md", "a/b.TXT", ".hidden.txt", ".git/x.txt", "notes.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("“Yes,” he said.", encoding="utf-8")
    outcome = cli("segment", tmp_path, "--recursive", "-f", "jsonl")
    found = [json.loads(line)["id"] for line in outcome.text.splitlines()]
    assert found == [str(tmp_path / name) for name in ("b.txt", "a/b.TXT", "a/z.md")]


def test_quiet_and_strict(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "old.txt"
    file.write_bytes(b"\x93We will not go,\x94 he said.")
    loud = cli("segment", file, "-f", "json")
    assert loud.code == 0
    assert loud.err == f"stancekit: warning: encoding-guessed: read as windows-1252 ({file})\n"
    assert json.loads(loud.out)["documents"][0]["warnings"] == ["encoding-guessed: read as windows-1252"]
    assert cli("segment", file, "-f", "json", "--quiet").err == ""
    strict = cli("segment", file, "-f", "json", "--strict")
    assert strict.code == 1
    assert strict.err.startswith("stancekit: error: warning encoding-guessed")
    assert json.loads(strict.out)["documents"] == []


def test_score_answers_line_by_line(cli: Cli, tmp_path: Path, model_folder: Path) -> None:
    records = [
        {"text": "the army shelled our street", "cue": "said", "source": "residents", "id": "x"},
        {"text": "talks resume next week"},
        {"text": None},
    ]
    lines = "\n\n".join(json.dumps(record) for record in records)
    outcome = cli("score", "-", "--model", model_folder, stdin=lines.encode())
    answers = [json.loads(line) for line in outcome.text.splitlines()]
    assert outcome.code == 1
    assert [answer["line"] for answer in answers] == [1, 3, 5]
    assert answers[0]["id"] == "x"
    assert list(answers[0]["stance"]) == ["label", "score", "probabilities"]
    assert answers[2] == {"line": 5, "error": "expected 'text' as a string, found null"}
    assert outcome.err == "stancekit: error: expected 'text' as a string, found null (-:5)\n"


def test_score_of_csv_and_jsonl_agree(cli: Cli, tmp_path: Path, model_folder: Path) -> None:
    as_csv = b'text,cue\r\n"the army, again,\nshelled us",said\r\n'
    as_json = json.dumps({"text": "the army, again,\nshelled us", "cue": "said"}).encode()
    one = cli("score", "-", "--model", model_folder, "-f", "csv", stdin=as_csv).text
    other = cli("score", "-", "--model", model_folder, "-f", "csv", stdin=as_json).text
    assert one.splitlines()[0] == other.splitlines()[0]
    assert one.splitlines()[1].split(",")[1:] == other.splitlines()[1].split(",")[1:]


def test_train_evaluate_inspect_classify(cli: Cli, tmp_path: Path, article: Path) -> None:
    rows, folder = write_rows(tmp_path / "rows.jsonl"), tmp_path / "model"
    options = ("--target", "the government", "--head", "stance", "--ignore", "sentiment")
    train = ("train", rows, "-o", folder, *options)
    outcome = cli(*train)
    assert outcome.code == 0, outcome.err
    assert "stance" in outcome.text
    again = cli(*train)
    assert (again.code, again.out) == (2, b"")
    assert "--force" in again.err
    before = (folder / "model.safetensors").read_bytes()
    assert cli(*train, "--force").code == 0
    assert (folder / "model.safetensors").read_bytes() == before

    report = cli(
        "evaluate", rows, "--model", folder, "--head", "stance", "--ignore", "sentiment", "-f", "json"
    )
    assert report.code == 0, report.err
    assert json.loads(report.out)["heads"]
    facts = json.loads(cli("inspect", folder, "-f", "json", "--top", "3").out)
    assert facts["target"] == "the government"
    assert [len(found) for found in facts["heads"][0]["telling"].values()] == [3, 3, 3]
    assert "the government" in cli("inspect", folder).text
    document = json.loads(cli("classify", article, "--model", folder, "-f", "json").out)["documents"][0]
    assert "sentiment" not in document
    found = [utterance["stance"]["label"] for utterance in document["utterances"]]
    assert len(found) == 4
    for label in ("support", "neutral", "oppose"):
        assert document["stance"][f"n_{label}"] == found.count(label)


def test_a_model_with_other_heads_and_labels(cli: Cli, tmp_path: Path, article: Path) -> None:
    rows = [("we like trains", "pro"), ("we hate trains", "con"), ("trains run", "off")] * 4
    corpus = tmp_path / "debate.csv"
    lines = [f"{text} {n},{label},{n}" for n, (text, label) in enumerate(rows)]
    corpus.write_text("text,position,article\n" + "\n".join(lines) + "\n", encoding="utf-8")
    folder = tmp_path / "model"
    outcome = cli("train", corpus, "-o", folder, "--head", "position", "--poles", "position=pro,con")
    assert outcome.code == 0, outcome.err
    document = json.loads(cli("classify", article, "--model", folder, "-f", "json").out)["documents"][0]
    judgement = document["utterances"][0]["position"]
    expected = judgement["probabilities"]["pro"] - judgement["probabilities"]["con"]
    assert judgement["score"] == pytest.approx(expected, abs=2e-6)
    assert {"n_pro", "n_con", "n_off"} <= set(document["position"])
    assert "position" in cli("classify", article, "--model", folder).text


def test_the_retraining_that_the_readme_shows(
    cli: Cli, tmp_path: Path, article: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    shown = readme.split("## Retraining")[1].split("```sh\n")[1].split("```")[0]
    lines = [shlex.split(line, comments=True)[1:] for line in shown.splitlines()]
    lines = [line for line in lines if line and not any(word.endswith(".toml") for word in line)]
    assert [line[0] for line in lines] == ["train", "train", "evaluate", "classify"]
    monkeypatch.chdir(tmp_path)
    write_rows(tmp_path / "labelled.csv")
    debates = [("we like trains", "pro"), ("we hate trains", "con"), ("trains run", "off")] * 4
    rows = [
        {"text": f"{text} {n}", "position": label, "article": n} for n, (text, label) in enumerate(debates)
    ]
    for name, part in (("debates.jsonl", rows), ("held-out.csv", rows[:6])):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in part), encoding="utf-8")
    for line in lines:
        outcome = cli(*line)
        assert outcome.code == 0, outcome.err
    assert "position" in outcome.text
    assert "position: con, off, pro, from con to pro" in cli("inspect", "debates").text


def small_corpus(folder: Path, n: int = 12) -> Path:
    rows = [("we like trains", "pro"), ("we hate trains", "con")] * (n // 2)
    lines = [f"{text} {n},{label},{n}" for n, (text, label) in enumerate(rows)]
    file = folder / "debate.csv"
    file.write_text("text,position,article\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_poles_that_are_not_there(cli: Cli, tmp_path: Path) -> None:
    train = ("train", small_corpus(tmp_path), "-o", tmp_path / "m", "--head", "position", "--poles")
    for poles, message in (("positon=pro,con", "heads: position"), ("position=pro,anti", "labels: con, pro")):
        outcome = cli(*train, poles)
        assert (outcome.code, outcome.out) == (2, b"")
        assert message in outcome.err
    assert not (tmp_path / "m").exists()


def test_strict_training_writes_no_model(cli: Cli, tmp_path: Path) -> None:
    train = ("train", small_corpus(tmp_path, 4), "-o", tmp_path / "m", "--head", "position")
    outcome = cli(*train, "--strict")
    assert (outcome.code, outcome.out) == (5, b"")
    assert not (tmp_path / "m").exists()
    outcome = cli(*train)
    assert outcome.code == 0
    assert outcome.err.startswith("stancekit: warning: fewer-folds")
    assert "warning" not in outcome.text
    assert cli(*train, "--force", "--quiet").err == ""


def test_places_for_a_model_that_are_refused_before_training(cli: Cli, tmp_path: Path) -> None:
    corpus = small_corpus(tmp_path)
    other = tmp_path / "other"
    other.write_text("x")
    before = corpus.read_bytes()
    for place, code in ((corpus, 2), (tmp_path, 2), (other, 2), (other / "m", 4)):
        source = tmp_path if place == tmp_path else corpus
        outcome = cli("train", source, "-o", place, "--head", "absent", "--force")
        assert (outcome.code, outcome.out) == (code, b""), outcome.err
    assert corpus.read_bytes() == before
    assert other.read_text() == "x"


def test_a_source_given_twice(cli: Cli, tmp_path: Path, model_folder: Path) -> None:
    corpus = small_corpus(tmp_path)
    for command in (("train", "-o", tmp_path / "m"), ("evaluate", "--model", model_folder)):
        outcome = cli(*command, corpus, corpus.parent / "." / corpus.name)
        assert (outcome.code, outcome.out) == (2, b"")
        assert "given more than once" in outcome.err


def test_warnings_of_evaluation_are_no_part_of_the_report(
    cli: Cli, tmp_path: Path, model_folder: Path
) -> None:
    corpus = tmp_path / "rows.csv"
    corpus.write_text("text,stance\nthe army shelled us,oppose\n", encoding="utf-8")
    evaluate = ("evaluate", corpus, "--model", model_folder)
    outcome = cli(*evaluate)
    assert (outcome.code, outcome.err.count("\n")) == (0, 1)
    assert outcome.err.startswith("stancekit: warning: no-article: 1 text without an article, each taken")
    assert "warning" not in outcome.text
    assert "1 utterance of 1 article\n" in outcome.text
    assert cli(*evaluate, "--quiet").err == ""


def test_inspect_is_for_people(cli: Cli, tmp_path: Path, model_folder: Path) -> None:
    text = cli("inspect", model_folder).text
    assert " KiB, " in text
    assert "probabilities: not calibrated" not in text
    lines = text.splitlines()
    words = [line for line in lines if line.startswith("  oppose: ")]
    assert words
    assert "classes:" in words[0]
    assert not any("chars:" in line for line in words)
    assert sum(line.startswith("    in pieces of words: chars:") for line in lines) == 6

    train = ("train", small_corpus(tmp_path, 2), "-o", tmp_path / "m", "--head", "position", "-q")
    assert cli(*train).code == 0
    assert "probabilities: not calibrated" in cli("inspect", tmp_path / "m").text
    assert json.loads(cli("inspect", tmp_path / "m", "-f", "json").out)["calibrated"] is False


def test_a_bug_asks_for_a_report(cli: Cli, article: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str, id: str = "", **_: float) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("stancekit.cli.articles.segment_article", broken)
    outcome = cli("segment", article)
    assert outcome.code == 70
    assert outcome.err.count("\n") == 1
    assert "ZeroDivisionError: by zero" in outcome.err
    assert str(article) in outcome.err
    assert "report" in outcome.err
    assert "Traceback" in cli("segment", article, "--debug").err


def test_progress_waits_and_is_for_people(cli: Cli, article: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 3))
    monkeypatch.setattr("stancekit.cli.talk.time.monotonic", lambda: next(clock))
    copies = [article.with_name(f"{n}.txt") for n in range(3)]
    for copy in copies:
        copy.write_text(ARTICLE, encoding="utf-8")
    assert cli("segment", *copies, "-f", "csv").err == ""
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda self: True, raising=False)
    assert "of 3 done" in cli("segment", *copies, "-f", "csv").err
    assert cli("segment", *copies, "-f", "csv", "--quiet").err == ""
