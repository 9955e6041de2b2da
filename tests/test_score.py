"""`stancekit score` on streams: what is met in the middle, how it ends, and what it holds in memory."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stancekit import decode
from stancekit.cli import score as module
from tests.conftest import Cli, command, in_process

GOOD = '{"text": "the army shelled our street", "cue": "said"}\n'
MIB = 2**20


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inputs of a few lines are long."""
    monkeypatch.setattr(decode, "_HEAD", 64)
    monkeypatch.setattr(decode, "_PIECE", 32)


def lines(out: bytes | str) -> list[int]:
    """Which lines are answered; a half-written one fails."""
    text = out.decode() if isinstance(out, bytes) else out
    assert not text or text.endswith("\n")
    return [json.loads(line)["line"] for line in text.splitlines()]


def one_error(err: str) -> str:
    assert err.startswith("stancekit: error: ")
    assert err.count("\n") == 1
    return err


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "windows-1252"])
@pytest.mark.parametrize("form", ["jsonl", "csv"])
@pytest.mark.parametrize("as_file", [True, False])
def test_every_encoding_gives_the_same_lines(
    cli: Cli, model_folder: Path, tmp_path: Path, encoding: str, form: str, as_file: bool
) -> None:
    text = "text,cue\r\n" + '"“Ça ira,”\r\nhe said",said\r\n' * 30 if form == "csv" else GOOD * 30
    expected = cli("score", "-", "--model", model_folder, "-f", form, stdin=text.encode())
    assert (expected.code, expected.err) == (0, "")
    data, file = text.encode(encoding), tmp_path / "input"
    file.write_bytes(data)
    unmarked = encoding in ("utf-16-le", "windows-1252")
    options = ["--encoding", encoding] if unmarked else []
    source, stdin = (str(file), b"") if as_file else ("-", data)
    outcome = cli("score", source, "--model", model_folder, "-f", form, *options, stdin=stdin)
    assert (outcome.code, outcome.out, outcome.err) == (0, expected.out, "")
    if unmarked and not (encoding == "windows-1252" and form == "jsonl"):  # the latter is ASCII
        guessed = cli("score", source, "--model", model_folder, "-f", form, stdin=stdin)
        assert (guessed.code, guessed.out) == (0, expected.out)
        assert f"encoding-guessed: read as {encoding}" in guessed.err


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        ('{"text": "a", "text": "b"}', "'text' is there twice"),
        ('{"text": NaN}', "NaN"),
        ('{"text": "a"} {"text": "b"}', "one object a line"),
        ("[1]", "expected an object"),
        ('{"txet": "a"}', "did you mean 'text'?"),
        ('{"text": "", "id": 7}', "expected words"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_bad_line_in_the_second_batch(cli: Cli, model_folder: Path, bad: str, expected: str) -> None:
    data = GOOD * 700 + bad + "\n" + GOOD * 3
    outcome = cli("score", "-", "--model", model_folder, stdin=data.encode())
    assert outcome.code == 1
    assert lines(outcome.out) == list(range(1, 705))
    assert "(-:701)" in one_error(outcome.err)
    assert expected in json.loads(outcome.text.splitlines()[700])["error"]


@pytest.mark.parametrize("depth", [100, *range(940, 1010, 3)])
def test_an_id_of_any_depth_is_answered_or_refused(cli: Cli, model_folder: Path, depth: int) -> None:
    line = f'{{"text": "yes", "id": {"[" * depth + "]" * depth}}}'
    assert cli("score", "-", "--model", model_folder, stdin=line.encode()).code in (0, 1)


@pytest.mark.usefixtures("small_pieces")
def test_a_lone_surrogate_in_the_second_batch(cli: Cli, model_folder: Path) -> None:
    data = (GOOD * 700 + '{"text": "we \\ud800 go"}\n').encode()
    outcome = cli("score", "-", "--model", model_folder, stdin=data)
    assert (outcome.code, outcome.err) == (0, "stancekit: warning: lone-surrogate (-:701)\n")
    strict = cli("score", "-", "--model", model_folder, "--strict", stdin=data)
    assert strict.code == 1
    assert lines(strict.out) == list(range(1, 702))
    assert "(-:701): --strict" in one_error(strict.err)


@pytest.mark.parametrize(
    ("start", "cut"),
    [(GOOD, '{"text": "the ar'), ("text,cue\n" + "yes,said\n" * 3, 'no,"sa')],
)
def test_a_cut_off_last_line(cli: Cli, model_folder: Path, start: str, cut: str) -> None:
    outcome = cli("score", "-", "--model", model_folder, stdin=(start + cut).encode())
    number = start.count("\n") + 1
    assert outcome.code == 1
    assert f"(-:{number})" in one_error(outcome.err)
    assert lines(outcome.out)[-1] == number
    whole = cli("score", "-", "--model", model_folder, stdin=(start * 2).rstrip().encode())
    assert (whole.code, whole.err) == (0, "")


@pytest.mark.usefixtures("small_pieces")
def test_a_fault_far_on_in_a_pipe_ends_it_there(cli: Cli, model_folder: Path, tmp_path: Path) -> None:
    data = (GOOD * 700).encode() + b'{"text": "caf\xe9 au lait"}\n' + GOOD.encode()
    outcome = cli("score", "-", "--model", model_folder, stdin=data)
    assert outcome.code == 1
    assert lines(outcome.out) == list(range(1, 701))
    where = data.index(b"\xe9")
    assert f"not UTF-8 at byte {where} (-): give --encoding" in one_error(outcome.err)
    target = tmp_path / "out.jsonl"
    assert cli("score", "-", "--model", model_folder, "-o", target, stdin=data).code == 1
    assert list(tmp_path.iterdir()) == []
    told = cli("score", "-", "--model", model_folder, "--encoding", "windows-1252", stdin=data)
    assert (told.code, len(lines(told.out)), told.err) == (0, 702, "")
    lost = cli("score", "-", "--model", model_folder, "--encoding", "utf-8", stdin=data)
    assert (lost.code, len(lines(lost.out))) == (0, 702)
    assert lost.err == f"stancekit: warning: invalid-bytes: not utf-8 at byte {where}, read as U+FFFD (-)\n"
    strict = cli("score", "-", "--model", model_folder, "--encoding", "utf-8", "--strict", stdin=data)
    assert (strict.code, lines(strict.out)) == (1, list(range(1, 701)))


@pytest.mark.usefixtures("small_pieces")
def test_a_fault_far_on_in_a_file_is_known_at_the_start(
    cli: Cli, model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "old.jsonl"
    file.write_bytes((GOOD * 700).encode() + b'{"text": "caf\xe9 \x93au lait\x94"}\n')
    outcome = cli("score", file, "--model", model_folder)
    assert (outcome.code, len(lines(outcome.out))) == (0, 701)
    assert outcome.err == f"stancekit: warning: encoding-guessed: read as windows-1252 ({file})\n"
    strict = cli("score", file, "--model", model_folder, "--strict")
    assert (strict.code, strict.out) == (1, b"")
    monkeypatch.setattr(decode, "DEFAULT_MAX_BYTES", 10_000)
    large = cli("score", file, "--model", model_folder)
    assert (large.code, large.out) == (1, b"")
    assert "give --encoding" in one_error(large.err)


@pytest.mark.parametrize("data", [GOOD * 2 + '{"text": "%s"}\n' + GOOD, "text\nyes\n" + '"%s'])
def test_a_record_over_the_limit_is_named(cli: Cli, model_folder: Path, data: str) -> None:
    options = ("--model", model_folder, "--max-bytes", "1000")
    outcome = cli("score", "-", *options, stdin=(data % ("word\\n" * 300)).encode())
    assert outcome.code == 1
    assert "a record is larger than 1000 bytes (-:3): raise --max-bytes" in one_error(outcome.err)
    assert lines(outcome.out) == ([1, 2] if data.startswith("{") else [2])
    assert cli("score", "-", *options, stdin=(GOOD * 100).encode()).code == 0


def test_endless_input_ends(cli: Cli, model_folder: Path) -> None:
    outcome = cli("score", "/dev/zero", "--model", model_folder)
    assert (outcome.code, outcome.out) == (1, b"")
    assert "binary data" in one_error(outcome.err)
    with subprocess.Popen(["/usr/bin/yes", '{"text": "'], stdout=subprocess.PIPE) as endless:
        glued = subprocess.Popen(["tr", "-d", "\\n"], stdin=endless.stdout, stdout=subprocess.PIPE)
        done = subprocess.run(
            command("score", "-", "--model", model_folder),
            stdin=glued.stdout,
            capture_output=True,
            check=False,
            timeout=60,
        )
        for process in (glued, endless):
            process.kill()
            process.wait()
        assert glued.stdout is not None
        glued.stdout.close()
    assert done.returncode == 1
    assert "--max-bytes" in one_error(done.stderr.decode())


def test_an_input_that_is_refused_leaves_no_output(cli: Cli, model_folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    options = ("--model", model_folder, "-f", "csv", "-o", target)
    assert cli("score", "-", *options, stdin=b'[{"text": "x"}]').code == 1
    assert cli("score", tmp_path / "none", *options).code == 1
    assert list(tmp_path.iterdir()) == []
    assert cli("score", "-", *options, stdin=b'{"text": ""}').code == 1  # the one record failed, and says so
    assert target.exists()


def test_batches_are_small_in_bytes_too(model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from stancekit.records import read_records

    monkeypatch.setattr(module, "_BATCH_BYTES", 4 * len(GOOD))
    sizes = [len(batch) for batch in module._batches(read_records([GOOD * 10]))]
    assert sizes == [4, 4, 2]


@pytest.fixture
def long_input(tmp_path: Path) -> Path:
    file = tmp_path / "long.jsonl"
    file.write_text(GOOD * 40_000, encoding="utf-8")
    return file


@pytest.fixture
def running(long_input: Path, model_folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A run that has given its first line."""
    process = subprocess.Popen(
        command("score", long_input, "--model", model_folder),
        bufsize=0,  # what is read here is all that is taken from the pipe
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Where the tests run in the background, SIGINT is ignored, and so it would be here.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    with process:
        assert process.stdout is not None
        assert lines(process.stdout.readline()) == [1]
        yield process


def test_the_reader_goes_away_in_the_middle(running: subprocess.Popen[bytes]) -> None:
    assert running.stdout is not None
    running.stdout.close()
    assert running.wait(60) == 141
    assert running.stderr is not None
    assert running.stderr.read() == b""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_in_the_middle(running: subprocess.Popen[bytes], number: int, code: int) -> None:
    running.send_signal(number)  # it waits for somebody to read on
    out, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (code, b"")
    answered = lines(out)
    assert answered == list(range(2, 2 + len(answered)))
    assert len(answered) < 39_000


def test_a_signal_leaves_no_file(long_input: Path, model_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    process = subprocess.Popen(
        command("score", "-", "--model", model_folder, "--ignore", "note", "-o", folder / "out.jsonl"),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdin is not None
        line = json.dumps({"text": "we saw them go", "note": "x" * 1000}) + "\n"
        process.stdin.write((line * 3000).encode())  # more than a MiB, and no end
        process.stdin.flush()
        while not [part for part in folder.iterdir() if part.stat().st_size]:
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 143
    assert list(folder.iterdir()) == []


MEASURED = """
import re, sys
from stancekit.cli import run
code = run(sys.argv[1:])
assert not {"numpy", "sklearn", "rich", "charset_normalizer"} & set(sys.modules) or not KERNEL
peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())
print(code, int(peak[1]) * 1024, file=sys.stderr)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")
@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_memory_does_not_grow_with_the_input(model_folder: Path, tmp_path: Path, form: str) -> None:
    from stancekit.kernel import COMPILED

    note = "left unread " * 150
    peaks = []
    for n in (1_000, 15_000):
        file, target = tmp_path / f"{n}.{form}", tmp_path / f"{n}.out"
        if form == "csv":
            file.write_text("text,note\n" + f'we saw them go,"{note}"\n' * n, encoding="utf-8")
        else:
            file.write_text(f'{{"text": "we saw them go", "note": "{note}"}}\n' * n, encoding="utf-8")
        arguments = ["score", str(file), "--model", str(model_folder), "--ignore", "note", "-o", str(target)]
        program = MEASURED.replace("KERNEL", str(COMPILED))
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments], capture_output=True, check=True, timeout=120
        )
        code, peak = map(int, done.stderr.split())
        assert code == 0
        assert len(lines(target.read_bytes())) == n
        peaks.append(peak)
    assert file.stat().st_size > 24 * MIB
    assert peaks[1] - peaks[0] < 5 * MIB


def test_a_long_pipe_is_answered_in_order(model_folder: Path) -> None:
    line, n = json.dumps({"text": "we saw them go", "note": "x" * 1000}) + "\n", 3000
    outcome = in_process("score", "-", "--model", model_folder, "--ignore", "note", stdin=(line * n).encode())
    assert (outcome.code, outcome.err) == (0, "")
    assert lines(outcome.out) == list(range(1, n + 1))
