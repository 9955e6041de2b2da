"""Bad inputs and faults, a test a row, as far as they concern reading, reporting and the command line.

The ids are those of the project's list of bad inputs. What is not there yet fails by a strict xfail.
"""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stancekit.classifier import Classifier, segment, segment_article
from stancekit.report import Report
from tests.conftest import ARTICLE, Cli, command, in_process

ESC = "\x1b[31m"
as_root = os.geteuid() == 0


def documents(out: bytes) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(out.decode("utf-8"))["documents"]
    return found


def one_line(err: str) -> str:
    """The only line on stderr."""
    assert err.startswith("stancekit: error: ")
    assert err.endswith("\n")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


# A: the text itself


@pytest.mark.parametrize("text", ["", " \t\r\n\n", "\u200b\u200b \ufeff\n"])
def test_a01_a02_empty_text(cli: Cli, tmp_path: Path, classifier: Classifier, text: str) -> None:
    report = classifier.classify(text)
    assert report.utterances == ()
    assert report.warnings[0].startswith("empty-text")
    assert report.stance is not None
    assert report.stance.label is None
    file = tmp_path / "empty.txt"
    file.write_bytes(text.encode())
    outcome = cli("segment", file)
    assert outcome.code == 0
    assert "no utterances" in outcome.text


def test_a17_too_large(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "large.txt"
    file.write_bytes(b"word " * 30)
    outcome = cli("segment", file, "--max-bytes", "149")
    assert outcome.code == 1
    assert "--max-bytes" in one_line(outcome.err)
    assert cli("segment", file, "--max-bytes", "150").code == 0


def test_a22_controls_are_kept_and_escaped(cli: Cli, tmp_path: Path) -> None:
    controls = "".join(
        chr(c)
        for c in (*range(32), *range(0x7F, 0xA0), 0xFFFE, 0xFFFF)
        if chr(c) not in "\n\r\x0b\x0c\x1c\x1d\x1e\x85"
    )
    text = f'"We will not go{controls}," he said.'
    file = tmp_path / "controls.txt"
    file.write_bytes(text.encode())
    outcome = cli("segment", file, "-f", "json")
    assert documents(outcome.out)[0]["n_characters"] == len(text)
    found = set(outcome.text) & set(controls)
    assert not found
    [utterance] = segment(text)
    assert utterance.text == text[slice(*utterance.content[0])]
    assert "\0" not in segment_article(text)._repr_html_()
    table = cli("segment", file).text
    assert not set(table) & set(controls)


def test_a23_lone_surrogates(cli: Cli, classifier: Classifier, model_folder: Path) -> None:
    report = classifier.classify('"We \ud800 will not go," he said.')
    assert report.warnings[0].startswith("lone-surrogate")
    json.dumps(report.to_dict(), ensure_ascii=False).encode("utf-8")
    report._repr_html_().encode("utf-8")
    line = b'{"text": "We \\ud800 will \\ud83d\\ude00", "id": "\\udc00"}'
    outcome = cli("score", "-", "--model", model_folder, stdin=line)
    assert outcome.code == 0
    assert json.loads(outcome.text)["warnings"] == ["lone-surrogate"]


def test_a24_offsets_count_code_points(classifier: Classifier) -> None:
    text = 'The 👩‍👩‍👧 of the 🇸🇾 came. "We will not go," he said.'
    [utterance] = classifier.classify(text).utterances
    assert text[slice(*utterance.content[0])] == '"We will not go,"'


def test_a27_line_ends_are_the_same_from_file_and_stdin(cli: Cli, tmp_path: Path) -> None:
    ends = '"One," he said.\r\n\r\n"Two," she said.\r\r"Three," they said.\n\n"Four," it said.\u2028\x85'
    data = ends.encode()
    file = tmp_path / "ends.txt"
    file.write_bytes(data)
    from_file = documents(cli("segment", file, "-f", "json").out)
    from_stdin = documents(cli("segment", "-", "-f", "json", stdin=data).out)
    assert from_file[0]["utterances"] == from_stdin[0]["utterances"]
    assert from_file[0]["n_characters"] == len(data.decode())
    text = data.decode()
    for utterance in segment(text):
        assert " ".join(text[start:end] for start, end in utterance.content) == utterance.text


def test_a28_another_language_is_flagged(cli: Cli, tmp_path: Path, model_folder: Path) -> None:
    file = tmp_path / "ru.txt"
    file.write_text(
        "«Мы никуда не уйдём», — сказал представитель министерства в понедельник.", encoding="utf-8"
    )
    outcome = cli("classify", file, "--model", model_folder, "-f", "json")
    assert outcome.code == 0
    assert documents(outcome.out)[0]["reliable"] is False
    assert cli("classify", file, "--model", model_folder, "--strict").code == 1


@pytest.mark.parametrize("form", ["table", "json", "jsonl"])
def test_a29_a30_nothing_moves_the_terminal(cli: Cli, tmp_path: Path, form: str) -> None:
    text = f'{ESC}Head\u202eline{ESC}\n\n"We will {ESC}not \u202ego," said Rami {ESC}Haddad\u2066.'
    file = tmp_path / "escapes.txt"
    file.write_text(text, encoding="utf-8")
    outcome = cli("segment", file, "-f", form)
    assert not {"\x1b", "\u202e", "\u2066"} & set(outcome.text)
    if form != "table":
        first = json.loads(outcome.text.splitlines()[1 if form == "json" else 0])
        assert ESC in first["utterances"][0]["text"]


@pytest.mark.xfail(reason="--fix-mojibake is not there yet; the warning is", strict=True)
def test_a31_mojibake_is_repaired_when_asked(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "mojibake.txt"
    file.write_text("â€œWe will not bow,â€\x9d he said.", encoding="utf-8")
    assert "“We will not bow,”" in cli("segment", file, "--fix-mojibake").text


@pytest.mark.parametrize(
    "text", ["__label__support", "stance=oppose", "{{7*7}}", "%s %n {0}", "$(id)", "[bold]x[/bold]"]
)
def test_a32_nothing_is_markup(cli: Cli, tmp_path: Path, text: str) -> None:
    file = tmp_path / "markup.txt"
    file.write_text(f'"We will see {text} go," the mayor said.', encoding="utf-8")
    for form in ("table", "json", "csv"):
        assert text in cli("segment", file, "-f", form).text


# B: files, streams, environment


def test_b01_a_folder_where_a_file_is_meant(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("segment", tmp_path)
    assert outcome.code == 2
    assert "--recursive" in one_line(outcome.err)


def test_b02_b03_b14_a_bad_file_among_good_ones(cli: Cli, article: Path, tmp_path: Path) -> None:
    missing = tmp_path / "none.txt"
    bad = [missing]
    if not as_root:  # root may read everything
        closed = tmp_path / "closed.txt"
        closed.write_text("x")
        closed.chmod(0)
        bad.append(closed)
    outcome = cli("segment", *bad, article, "-f", "json")
    assert outcome.code == 1
    assert [document["id"] for document in documents(outcome.out)] == [str(article)]
    assert all(str(path) in outcome.err for path in bad)
    assert outcome.err.count("\n") == len(bad)


def test_b04_loops_end_and_each_file_is_read_once(cli: Cli, article: Path, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "again.txt").symlink_to(article)
    (tmp_path / "self.txt").symlink_to("self.txt")
    outcome = cli("segment", article, tmp_path, "--recursive", "-f", "json")
    assert [document["id"] for document in documents(outcome.out)] == [str(article)]
    assert "self.txt" in one_line(outcome.err)


def test_b05_devices_and_pipes(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("segment", "/dev/zero", "--max-bytes", "100000")
    assert outcome.code == 1
    assert "--max-bytes" in one_line(outcome.err)
    assert cli("segment", "/dev/null").code == 0
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with subprocess.Popen(command("segment", fifo, "-f", "json"), stdout=subprocess.PIPE) as process:
        fifo.write_text('"Yes," he said.')
        out, _ = process.communicate(timeout=60)
    assert documents(out)[0]["utterances"]


def test_b06_stdin_closed_or_a_terminal() -> None:
    closed = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" <&-', "sh", *command("segment", "-", "-f", "json")],
        capture_output=True,
        check=False,
    )
    assert closed.returncode == 0
    assert documents(closed.stdout)[0]["warnings"] == ["empty-text"]
    reader, terminal = pty.openpty()
    asked = subprocess.run(command("segment"), stdin=terminal, capture_output=True, check=False)
    os.close(reader)
    os.close(terminal)
    assert asked.returncode == 2
    assert asked.stdout == b""
    assert "or - for stdin" in one_line(asked.stderr.decode())


@pytest.mark.parametrize(
    "name",
    [
        b"new\nline.txt",
        b"esc\x1b[31m.txt",
        "🚢.txt".encode(),
        b"-leading.txt",
        b"not-utf-8-\xff.txt",
        b"n" * 251 + b".txt",
    ],
)
def test_b07_odd_file_names(tmp_path: Path, name: bytes) -> None:
    path = os.fsencode(tmp_path) + b"/" + name
    with open(path, "wb") as stream:
        stream.write(ARTICLE.encode())
    for form in ("json", "csv", "table"):
        done = subprocess.run(
            command("segment", "-f", form, b"--", name), cwd=tmp_path, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        text = done.stdout.decode("utf-8")
        assert "\x1b" not in text or form == "csv"
        assert "Rami Haddad" in text
    missing = in_process("segment", b"-f", "csv", b"--", path + b".none")
    assert "\x1b" not in one_line(missing.err)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_b08_b09_byte_order_marks(cli: Cli, tmp_path: Path, article: Path, encoding: str) -> None:
    file = tmp_path / "marked.txt"
    file.write_bytes(ARTICLE.encode(encoding))
    [marked], [plain] = (documents(cli("segment", one, "-f", "json").out) for one in (file, article))
    assert marked["utterances"] == plain["utterances"]
    assert marked["warnings"] == []


def test_b10_utf_16_without_mark(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "bare.txt"
    file.write_bytes(ARTICLE.encode("utf-16-le"))
    [document] = documents(cli("segment", file, "-f", "json").out)
    assert document["warnings"] == ["encoding-guessed: read as utf-16-le"]
    assert document["title"] == "Ferry talks resume"
    file.write_bytes(b"\1\0\2\xd8" * 500)  # lone surrogates: not unmistakable
    outcome = cli("segment", file)
    assert outcome.code == 1
    assert "--encoding" in one_line(outcome.err)


def test_b11_windows_1252(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "old.txt"
    file.write_bytes(b"\x93We will not bow,\x94 the mayor\x92s wife said \x97 twice.")
    [document] = documents(cli("segment", file, "-f", "json").out)
    assert document["warnings"] == ["encoding-guessed: read as windows-1252"]
    utterances = document["utterances"]
    assert isinstance(utterances, list)
    assert utterances[0]["text"] == "“We will not bow,”"


@pytest.mark.parametrize(
    "data", [b"\xe2\x80\x9cYes,\xe2\x80\x9d he \xff said.", "“Yes,” he said, €".encode()[:-1]]
)
def test_b12_faults_in_utf_8(cli: Cli, tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "faulty.txt"
    file.write_bytes(data)
    [document] = documents(cli("segment", file, "-f", "json").out)
    assert "byte" in str(document["warnings"])
    assert cli("segment", file, "--strict").code == 1


@pytest.mark.parametrize("name", ["klingon", "rot13", "zlib"])
def test_b13_no_encoding(cli: Cli, article: Path, name: str) -> None:
    outcome = cli("segment", article, "--encoding", name)
    assert outcome.code == 2
    assert name in one_line(outcome.err)


def test_b15_the_reader_goes_away(tmp_path: Path) -> None:
    for n in range(50):
        (tmp_path / f"{n:02}.txt").write_text(ARTICLE * 20, encoding="utf-8")
    process = subprocess.Popen(
        command("segment", tmp_path, "--recursive", "-f", "jsonl"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    line = process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == 141
    assert process.stderr.read() == b""
    process.stderr.close()
    json.loads(line)


@pytest.mark.parametrize("arguments", [("segment",), ("segment", "-f", "json"), ("--help",)])
def test_b16_a_full_device(article: Path, arguments: tuple[str, ...]) -> None:
    if arguments != ("--help",):
        arguments = (*arguments, str(article))
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command(*arguments), stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 4
    one_line(done.stderr.decode())


def test_b17_output_past_a_limit_leaves_the_old_file(article: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    target.write_text("old")
    before = sorted(tmp_path.iterdir())
    done = subprocess.run(
        command("segment", article, "-f", "json", "-o", target, "--force"),
        capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)),
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 4
    one_line(done.stderr.decode())
    assert target.read_text() == "old"
    assert sorted(tmp_path.iterdir()) == before


def test_b17_output_where_no_file_can_be(cli: Cli, article: Path, tmp_path: Path) -> None:
    outcome = cli("segment", article, "-o", tmp_path / "none" / "out.json")
    assert outcome.code == 4
    one_line(outcome.err)


def test_b18_output_is_a_folder_or_the_input(cli: Cli, article: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.txt"
    link.symlink_to(article)
    for target in (tmp_path, article, link):
        outcome = cli("segment", article, "-o", target, "--force")
        assert outcome.code == 2
        one_line(outcome.err)
    assert article.read_text(encoding="utf-8") == ARTICLE


def test_b19_output_exists(cli: Cli, article: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    assert cli("segment", article, "-f", "json", "-o", target).code == 0
    written = target.read_bytes()
    outcome = cli("segment", article, "-f", "csv", "-o", target)
    assert outcome.code == 2
    assert "--force" in one_line(outcome.err)
    assert target.read_bytes() == written
    assert cli("segment", article, "-f", "csv", "-o", target, "--force").code == 0
    assert target.read_bytes() != written
    assert cli("segment", article, "-o", "/dev/null").code == 0


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_b20_signals(tmp_path: Path, number: signal.Signals, code: int) -> None:
    fifo, target = tmp_path / "fifo", tmp_path / "out.json"
    os.mkfifo(fifo)
    process = subprocess.Popen(
        command("segment", fifo, "-o", target),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    with open(fifo, "wb"):  # opens when the command does; then it waits for bytes
        time.sleep(0.2)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert (out, err) == (b"", b"")
    assert sorted(tmp_path.iterdir()) == [fifo]


@pytest.mark.parametrize(
    "environment",
    [{"LANG": "C", "LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONUTF8": "0", "LC_ALL": "POSIX"}],
)
def test_b21_utf_8_whatever_the_locale(tmp_path: Path, environment: dict[str, str]) -> None:
    file = tmp_path / "curly.txt"
    file.write_text("“Ça ira,” said Zoë.", encoding="utf-8")
    for form in ("table", "json", "csv"):
        outcome = in_process("segment", file, "-f", form, env=environment)
        assert outcome.code == 0, outcome.err
        assert "“Ça ira,”" in outcome.text


@pytest.mark.parametrize(
    "environment",
    [
        {"NO_COLOR": "1"},
        {"TERM": "dumb"},
        {"COLUMNS": "0"},
        {"COLUMNS": "1"},
        {"COLUMNS": "100000"},
        {"FORCE_COLOR": "1"},
    ],
)
def test_b22_odd_terminals(article: Path, model_folder: Path, environment: dict[str, str]) -> None:
    outcome = in_process("classify", article, "--model", model_folder, env=environment)
    assert outcome.code == 0, outcome.err
    assert "\x1b" not in outcome.text
    assert "Haddad" in outcome.text


def test_b22_colours_on_a_terminal_only(article: Path, model_folder: Path) -> None:
    def seen(**environment: str) -> str:
        reader, terminal = pty.openpty()
        done = subprocess.run(
            command("classify", article, "--model", model_folder),
            stdout=terminal,
            check=True,
            env={**os.environ, "TERM": "xterm-256color", **environment},
        )
        os.close(terminal)
        assert done.returncode == 0
        chunks = []
        try:
            while chunk := os.read(reader, 4096):
                chunks.append(chunk)
        except OSError:  # how Linux says that a terminal is at its end
            pass
        os.close(reader)
        return b"".join(chunks).decode()

    plain = {"NO_COLOR": "1", "COLUMNS": "120"}
    assert "\x1b[" in seen(COLUMNS="120")
    assert "\x1b[3" not in seen(**plain)


def test_b23_nowhere_to_write(article: Path, model_folder: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    done = subprocess.run(
        command("classify", article, "--model", model_folder, "-f", "json"),
        cwd=closed,
        capture_output=True,
        env={"PATH": os.environ["PATH"], "TMPDIR": "/none", "PYTHONPATH": os.getcwd()},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not list(closed.iterdir())


def test_b24_few_descriptors_and_little_memory(article: Path, model_folder: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
        resource.setrlimit(resource.RLIMIT_DATA, (512 << 20, 512 << 20))

    done = subprocess.run(
        command("classify", article, "--model", model_folder),
        capture_output=True,
        preexec_fn=limit,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_b25_no_network(article: Path, model_folder: Path) -> None:
    program = """
import socket, sys
def refuse(*_, **__): raise AssertionError("a socket was opened")
socket.socket.__init__ = refuse
from stancekit.cli import run
sys.exit(run(sys.argv[1:]))
"""
    arguments = ["classify", str(article), "--model", str(model_folder), "-f", "json"]
    blocked = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, check=False)
    assert blocked.returncode == 0, blocked.stderr
    assert blocked.stdout == in_process(*arguments).out


@pytest.mark.parametrize("options", [["-O"], ["-OO"], ["-W", "error"], ["-X", "dev", "-W", "error"]])
def test_b26_modes_of_the_interpreter(article: Path, model_folder: Path, options: list[str]) -> None:
    arguments = ["classify", str(article), "--model", str(model_folder)]
    outcome = in_process(*arguments, options=options)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome == in_process(*arguments)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["segment", "x", "--fromat", "csv"], "--format"),
        (["segment", "x", "--format", "csv", "--format", "json"], "more than once"),
        (["segment", "x", "--format", "jason"], "jsonl"),
        (["segmnet", "x"], "'segment'"),
        (["segment", "x", "--max-bytes", "0"], "--max-bytes"),
        (["segment", "x", "--max-bytes", "many"], "--max-bytes"),
        (["segment", "x", "--max-bytes"], "--max-bytes"),
        (["train", "x"], "-o"),
        (["train", "x", "-o", "y", "--head", "speaker"], "'speaker'"),
        (["train", "x", "-o", "y", "--poles", "stance"], "HEAD=POSITIVE,NEGATIVE"),
        (["score", "x", "y"], "y"),
        (["inspect", "--top", "-1"], "--top"),
        ([], "classify"),
    ],
)
def test_b27_odd_options(cli: Cli, arguments: list[str], expected: str) -> None:
    outcome = cli(*arguments)
    assert (outcome.code, outcome.out) == (2, b"")
    assert expected in one_line(outcome.err)


def test_b28_locale_and_time_zone(article: Path, model_folder: Path) -> None:
    arguments = ["classify", str(article), "--model", str(model_folder), "-f", "json"]
    assert (
        in_process(*arguments, env={"LC_ALL": "tr_TR.UTF-8", "TZ": "nonsense"}).out
        == in_process(*arguments).out
    )


# C: containers and formats


def test_c01_a_page_without_article(cli: Cli, article: Path, tmp_path: Path) -> None:
    file = tmp_path / "page.txt"
    file.write_text("<!DOCTYPE html><html><body><p>Please accept our cookies</p></body></html>")
    outcome = cli("segment", file, article, "-f", "json")
    assert outcome.code == 1
    assert f"looks like an HTML page ({file}): save the article's text" in one_line(outcome.err)
    assert [document["id"] for document in documents(outcome.out)] == [str(article)]
    assert cli("segment", file, "--force-text").code == 0


def score(cli: Cli, model_folder: Path, data: bytes | str, *options: str) -> tuple[int, list[str], list[str]]:
    stdin = data if isinstance(data, bytes) else data.encode()
    outcome = cli("score", "-", "--model", model_folder, *options, stdin=stdin)
    return outcome.code, outcome.text.splitlines(), outcome.err.splitlines()


def test_c08_c09_bad_lines_among_good_ones(cli: Cli, model_folder: Path) -> None:
    good = '{"text": "yes"}'
    bad = ['{"text": ', "{}", '{"text": null}', '{"text": 3}', '{"text": ["x"]}', '{"txet": "x"}']
    bad += ['{"text": "x", "verb": "denied"}', '{"text": ""}', '{"text": " … "}', '{"text": "x", "cue": 4}']
    code, out, err = score(cli, model_folder, "\n".join([good, *bad, good]))
    assert code == 1
    assert ["error" in json.loads(line) for line in out] == [False, *[True] * len(bad), False]
    assert [line.rpartition("(-:")[2] for line in err] == [f"{n})" for n in range(2, len(bad) + 2)]
    assert "column" in err[0]
    assert "'text'" in err[1]
    assert "unknown column 'txet'; did you mean 'text'?" in err[5]
    assert "unknown column 'verb'; --ignore" in err[6]
    assert "expected words in 'text', found none" in err[7]
    assert "'cue'" in err[-1]


@pytest.mark.parametrize(
    "line",
    [
        '{"text": NaN}',
        '{"text": "x", "text": "y"}',
        '{"text": ' + "[" * 100_000,
        '{"text": "x", "n": ' + "9" * 5000 + "}",
        '{"text": "x", "n": 1e999}',
        '[{"text": "x"}]',
        '{"text": "x"} {"text": "y"}',
        '"x"',
    ],
)
def test_c10_c11_refused_lines(cli: Cli, model_folder: Path, line: str) -> None:
    code, out, err = score(cli, model_folder, f'{{"text": "yes"}}\n{line}\n')
    assert code == 1
    assert ["error" in json.loads(one) for one in out] == [False, True]
    assert len(err) == 1
    assert "(-:2)" in err[0]


@pytest.mark.parametrize(
    "data", ['\ufeff{"text": "x"}\r\n\r\n\n{"text": "y"}', '{"text": "x\u2028"}\n{"text": "y"}\n']
)
def test_c10_accepted_lines(cli: Cli, model_folder: Path, data: str) -> None:
    code, out, err = score(cli, model_folder, data)
    assert (code, len(out), err) == (0, 2, [])


def test_c11_an_array_is_refused_with_a_hint(cli: Cli, model_folder: Path) -> None:
    code, out, [err] = score(cli, model_folder, '[{"text": "x"}]')
    assert (code, out) == (1, [])
    assert "one object a line" in err


def test_c12_odd_tables(cli: Cli, model_folder: Path) -> None:
    long = "word " * 40_000
    good = f'text,cue\r\n"two\nlines",said\r\na\0b,said\r\n"{long}",said\r\n'
    data = good + 'ragged\r\nx,said,y\r\n"swallows,said\r\nz,said\r\n'
    code, out, err = score(cli, model_folder, data)
    assert code == 1
    answers = [json.loads(line) for line in out]
    assert [(answer["line"], "error" in answer) for answer in answers] == [
        (2, False),
        (4, False),
        (5, False),
        (6, True),
        (7, True),
        (8, True),
    ]
    assert len(err) == 3


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("text,text\nx,y\n", "twice"),
        ("text;cue\nx;said\n", "semicolons"),
        ("cue\tx\na\tb\n", "tabs"),
        ("txet,cue\nx,said\n", "unknown column 'txet'; did you mean 'text'? (-, line 1)"),
        ("cue,source\nsaid,x\nsaid,y\n", "expected 'text', found none (-, line 1)"),
        (
            "text,verb,at\nx,said,1\n",
            "unknown columns 'at', 'verb'; --ignore leaves a column unread (-, line 1)",
        ),
        ("\n\nverb,text\nsaid,x\n", "column 'verb'; --ignore leaves a column unread (-, line 3)"),
    ],
)
def test_c12_odd_headers(cli: Cli, model_folder: Path, data: str, expected: str) -> None:
    code, out, [err] = score(cli, model_folder, data)
    assert (code, out) == (1, [])
    assert expected in err


def test_c12_only_a_header(cli: Cli, model_folder: Path) -> None:
    code, out, [err] = score(cli, model_folder, "text,cue\n")
    assert (code, out) == (0, [])
    assert "empty-text" in err


def test_c12_other_columns(cli: Cli, article: Path, model_folder: Path) -> None:
    table = cli("segment", article, "-f", "csv").out
    code, out, err = score(cli, model_folder, table)
    assert (code, len(out), err) == (0, len(segment(ARTICLE)), [])
    for data in ("text,verb\nx,said\n", '{"text": "x", "verb": "said"}'):
        code, out, err = score(cli, model_folder, data, "--ignore", "verb")
        assert (code, len(out), err) == (0, 1, [])
    unread = score(cli, model_folder, '{"text": "x", "cue": 4}', "--ignore", "cue")
    assert unread == score(cli, model_folder, '{"text": "x"}')


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_c13_formulas_are_disarmed_in_csv_only(
    cli: Cli, tmp_path: Path, classifier: Classifier, start: str
) -> None:
    from stancekit.cli.escape import spreadsheet_cell
    from stancekit.cli.lines import csv_line

    assert spreadsheet_cell(f"{start}1") == f"'{start}1"
    [row] = csv.reader(io.StringIO(csv_line([f"{start}1", -0.5, None]), newline=""))
    assert row == [f"'{start}1", "-0.5", ""]


def test_c13_standard_input_is_no_formula(cli: Cli) -> None:
    [_, row] = csv.reader(cli("segment", "-", "-f", "csv", stdin=b'"Yes," he said.').text.splitlines())
    assert row[0] == "-"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.4\n", "PDF"),
        (b"PK\x03\x04", "zip"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"BZh9", "bzip2"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"PAR1", "Parquet"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\x7fELF", "ELF"),
        (b"SQLite format 3\0", "SQLite"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office"),
    ],
)
def test_c14_c17_c18_c19_no_text_under_a_text_name(cli: Cli, tmp_path: Path, data: bytes, kind: str) -> None:
    file = tmp_path / "article.txt"
    file.write_bytes(data + bytes(range(256)) * 4)
    outcome = cli("segment", file)
    assert outcome.code == 1
    assert f"looks like a{'n' if kind in ('SQLite',) else ''}" in one_line(outcome.err)
    assert kind in outcome.err
    assert cli("segment", file, "--force-text").code == 0


def test_c20_many_small_files(cli: Cli, tmp_path: Path) -> None:
    for n in range(300):
        (tmp_path / f"{n:03}.txt").write_text("x" if n % 2 else "", encoding="utf-8")
    (tmp_path / ".hidden.txt").write_text("x")
    outcome = cli("segment", tmp_path, "-r", "-f", "jsonl", "--quiet")
    assert [json.loads(line)["id"][-7:-4] for line in outcome.text.splitlines()] == [
        f"{n:03}" for n in range(300)
    ]
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "nothing to do" in one_line(cli("segment", empty, "-r").err)


# H: reports and output files


@pytest.fixture
def hostile(classifier: Classifier) -> Report:
    head, quote = "Head <script>alert(1)</script>", '"Go \u2028 </script> \\ now, \r\n\r\n=1+1 \x07 é,"'
    text = f"{head}\n\n{quote} said Rami <img> Haddad."
    return classifier.classify(text, '"><img onerror=x>.txt')


def test_h05_json_reads_back_equal(cli: Cli, hostile: Report) -> None:
    from stancekit.cli.lines import dumps

    line = dumps(hostile.to_dict())
    line.encode("utf-8")
    assert json.loads(line) == hostile.to_dict()
    with pytest.raises(ValueError, match="JSON"):
        dumps({"score": float("nan")})


def test_h06_csv_reads_back_equal(hostile: Report) -> None:
    from stancekit.cli.lines import csv_line

    for row in hostile.to_rows():
        cells = ["" if cell is None else cell for cell in row.values()]
        [read] = csv.reader(io.StringIO(csv_line(cells), newline=""))
        assert read == [str(cell) for cell in cells]


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_h09_tables_of_every_width(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    from rich.cells import cell_len

    file = tmp_path / "wide.txt"
    quote = '"我们不会离开这里 e\u0301e\u0301 مرحبا 👩‍👩‍👧 and so we stay in our houses,"'
    text = f'{quote} said Rami Haddad.\n\n"We stay," he said.'
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("COLUMNS", str(columns))
    outcome = cli("segment", file)
    assert outcome.code == 0
    assert "Rami" in outcome.text
    body = [line for line in outcome.text.splitlines() if str(tmp_path) not in line]
    assert max(cell_len(line) for line in body) <= columns


def test_h10_the_same_bytes_each_time(article: Path, model_folder: Path) -> None:
    for form in ("table", "json", "jsonl", "csv"):
        arguments = ("classify", article, "--model", model_folder, "-f", form, "--explain")
        first, second = (in_process(*arguments, env={"PYTHONHASHSEED": seed}) for seed in ("1", "2"))
        assert first == second
        assert first.code == 0


# I: Python and installation; the other rows are in test_classifier.py and test_report.py


def test_i06_without_pandas_the_rest_works(article: Path, model_folder: Path) -> None:
    program = """
import sys
sys.modules["pandas"] = None
from stancekit.cli import run
sys.exit(run(sys.argv[1:]))
"""
    arguments = ["classify", str(article), "--model", str(model_folder), "-f", "csv"]
    subprocess.run([sys.executable, "-c", program, *arguments], check=True, capture_output=True)
