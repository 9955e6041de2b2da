"""Bytes -> text: what is read how, with which warning, and what is refused."""

import codecs
import io
import random
import tempfile
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stancekit import decode as module
from stancekit.decode import check_encoding, decode, decode_stream, read_bytes
from stancekit.errors import InputError

ENGLISH = "He said “we will not go”. A café, naïve.\r\nDone. " * 3
RUSSIAN = "“Мы готовы”, сказал он. " * 5


def codes(warnings: tuple[str, ...]) -> list[str]:
    return [warning.partition(":")[0] for warning in warnings]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_that_says_what_it_is_needs_no_warning(encoding: str) -> None:
    assert decode(ENGLISH.encode(encoding)) == (ENGLISH, ())


@pytest.mark.parametrize(
    ("text", "encoding", "named"),
    [
        (ENGLISH, "utf-16-le", "utf-16-le"),
        (ENGLISH, "utf-16-be", "utf-16-be"),
        (RUSSIAN, "utf-16-le", "utf-16-le"),
        (ENGLISH, "windows-1252", "windows-1252"),
        ("Le préfet a déclaré: « non », évidemment. ", "latin-1", "windows-1252"),
        (RUSSIAN, "windows-1251", "cp1251"),
    ],
)
def test_other_encodings_are_guessed_with_a_warning(text: str, encoding: str, named: str) -> None:
    assert decode(text.encode(encoding)) == (text, (f"encoding-guessed: read as {named}",))


def test_a_fault_becomes_one_replacement_character_with_its_position() -> None:
    good = ENGLISH.encode()
    text, warnings = decode(good[:20] + b"\xff" + good[20:])
    assert text.replace("\ufffd", "") == ENGLISH
    assert codes(warnings) == ["invalid-bytes"]
    assert "byte 20" in warnings[0]


@pytest.mark.parametrize("cut", [1, 2])
def test_a_character_cut_at_the_end_is_a_fault(cut: int) -> None:
    text, warnings = decode("He paid 20 €".encode()[:-cut])
    assert text == "He paid 20 \ufffd"
    assert codes(warnings) == ["invalid-bytes"]


def test_a_real_replacement_character_is_no_fault() -> None:
    assert decode("\ufffd".encode()) == ("\ufffd", ())


@pytest.mark.parametrize("text", ["a\0b", "".join(map(chr, range(0xA0))), "one\r\ntwo\rthree\u2028four\x85"])
def test_controls_and_line_ends_are_kept(text: str) -> None:
    assert decode(text.encode()) == (text, ())


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n",
        b"PK\x03\x04rest",
        b"\x1f\x8b\x08",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        b"GIF89a",
        b"\x7fELF\x02",
        b"SQLite format 3\0",
        bytes(range(32)) * 20,
        b"\0" * 1000,
    ],
)
def test_what_is_no_text_is_refused_unless_forced(data: bytes) -> None:
    with pytest.raises(InputError, match=r"looks like .*there\.txt.*--force-text"):
        decode(data, where="there.txt")
    decode(data, force_text=True)


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE html>\n<title>x</title>",
        '\n <HTML lang="en"><body>“Yes,” he said.',
        '<?xml version="1.0"?>\n<!-- saved -->\n<html xmlns="x">',
        '<div class="a">\n<h1>Talks</h1>\n<p>“Yes,” he said.</p></div>',
    ],
)
def test_an_html_page_is_refused_unless_forced(text: str) -> None:
    for encoding in ("utf-8", "utf-16"):
        data = text.encode(encoding)
        with pytest.raises(InputError, match=r"an HTML page \(there\.txt\): save .*--force-text"):
            decode(data, where="there.txt")
        assert decode(data, force_text=True)[0] == text
    with pytest.raises(InputError):
        decode(text.encode(), encoding="utf-8")


@pytest.mark.parametrize(
    "text",
    [
        '<p align="center"><img src="a.png"></p>\n\n“Yes,” he said.',
        "<https://example.org/a>\n\n“Yes,” he said.",
        "How to write <html>\n\n<b>“Yes,”</b> <i>he</i> <u>said</u>.",
        "< 5 and > 3",
    ],
)
def test_a_few_tags_make_no_page(text: str) -> None:
    assert decode(text.encode()) == (text, ())


def test_a_named_encoding_decides() -> None:
    assert decode(b"\x93no\x94", encoding="windows-1251") == ("“no”", ())
    assert decode("\ufeffno".encode("utf-16-le"), encoding="utf-16-le") == ("no", ())
    text, warnings = decode(b"caf\xe9 au lait", encoding="utf-8")
    assert text == "caf\ufffd au lait"
    assert codes(warnings) == ["invalid-bytes"]


@pytest.mark.parametrize("name", ["rot13", "zlib", "base64", "hex", "klingon", "", "utf-8\0"])
def test_what_is_no_text_encoding_is_refused(name: str) -> None:
    with pytest.raises(LookupError):
        check_encoding(name)


def test_reading_stops_behind_the_limit() -> None:
    class Endless(io.RawIOBase):
        n_read = 0

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            self.n_read += size
            return b"a" * size

    stream = Endless()
    with pytest.raises(InputError, match="--max-bytes"):
        read_bytes(stream, 5_000_000, "x")  # type: ignore[arg-type]
    assert stream.n_read == 5_000_001
    assert read_bytes(io.BytesIO(b"abc"), 3, "x") == b"abc"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_utf_8_comes_back_as_it_was(text: str) -> None:
    if text[0] != "\ufeff":
        assert decode(text.encode(), force_text=True) == (text, ())


@given(st.binary(max_size=300))
def test_any_bytes_give_text_or_the_named_error(data: bytes) -> None:
    try:
        text, _ = decode(data)
    except InputError:
        return
    text.encode("utf-8")


def test_random_bytes_are_refused() -> None:
    with pytest.raises(InputError):
        decode(random.Random(0).randbytes(5000))


# Streams: the same text in pieces


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_HEAD", 16)
    monkeypatch.setattr(module, "_PIECE", 3)


def streamed(stream: BinaryIO, encoding: str | None = None) -> tuple[str, tuple[str, ...]]:
    warnings: list[str] = []
    pieces = list(decode_stream(stream, warnings.extend, encoding=encoding, where="there.txt"))
    return "".join(pieces), tuple(warnings)


def from_file(data: bytes, encoding: str | None = None) -> tuple[str, tuple[str, ...]]:
    with tempfile.TemporaryFile() as stream:
        stream.write(data)
        stream.seek(0)
        return streamed(stream, encoding)


def outcome(read: Callable[[], tuple[str, tuple[str, ...]]]) -> object:
    try:
        return read()
    except InputError as error:
        return str(error)


TEXTS = st.text(st.sampled_from("ab ,\n\r“”é€日😀к\0\x01\u2028\ufeff"), max_size=60)
ENCODINGS = [
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "windows-1252",
    "windows-1251",
]


@pytest.mark.usefixtures("small_pieces")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS, st.sampled_from(ENCODINGS), st.binary(max_size=2), st.integers(0, 100))
def test_a_file_in_pieces_is_the_same_text(text: str, encoding: str, fault: bytes, place: int) -> None:
    data = text.encode(encoding, "ignore")
    data = data[:place] + fault + data[place + len(fault) :]
    if data.startswith(codecs.BOM_UTF32_LE) and len(data) % 4:
        return  # a whole that is no UTF-32 is read as UTF-16; in pieces, the mark decides
    assert outcome(lambda: from_file(data)) == outcome(lambda: decode(data, where="there.txt"))


@pytest.mark.usefixtures("small_pieces")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    TEXTS,
    st.sampled_from([*ENCODINGS, "shift_jis", "gb18030", "utf-7", "iso2022_jp", "unicode-escape"]),
    st.binary(max_size=2),
    st.integers(0, 100),
)
def test_a_named_encoding_in_pieces_is_the_same_text(
    text: str, encoding: str, fault: bytes, place: int
) -> None:
    data = text.removeprefix("\ufeff").replace("\\", "").encode(encoding, "ignore")
    if encoding == "unicode-escape":
        fault = b""  # in the middle of an escape, Python warns of it
    data = data[:place] + fault + data[place + len(fault) :]
    for read in (from_file, lambda data, encoding: streamed(io.BytesIO(data), encoding)):
        found = outcome(partial(read, data, encoding))
        expected = outcome(partial(decode, data, encoding=encoding, where="there.txt"))
        if encoding != "utf-8-sig":
            assert found == expected
        else:  # Python counts the byte behind the mark, a stream from its beginning
            assert found[0] == expected[0]  # type: ignore[index]


@pytest.mark.usefixtures("small_pieces")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=40), st.integers(0, 40))
def test_a_pipe_gives_the_same_text_or_names_the_byte(data: bytes, n_sound: int) -> None:
    data = b"a" * n_sound + data
    found = outcome(lambda: streamed(io.BytesIO(data)))
    if not (isinstance(found, str) and found.startswith("began as UTF-8")):
        expected = outcome(lambda: decode(data, where="there.txt"))
        controls = {*range(32)} - {*b"\t\n\v\f\r\x1b"}
        assert found == expected or controls & set(data)  # of these, the head alone is counted
        return
    with pytest.raises(UnicodeDecodeError) as fault:
        data.decode()
    assert f"at byte {fault.value.start} (there.txt): give --encoding" in found


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("place", range(16, 24))
def test_text_before_a_fault_in_a_pipe_is_given(place: int) -> None:
    pieces = decode_stream(io.BytesIO(b"a" * place + b"\xe2\x80 and more"))
    found: list[str] = []
    with pytest.raises(InputError, match=f"not UTF-8 at byte {place}"):
        found.extend(pieces)
    assert "".join(found) == "a" * place


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize(
    ("data", "encoding", "expected"),
    [
        (b"a" * 30 + b"\x93no\x94", None, "not UTF-8 at byte 30, and larger than 32 bytes"),
        (
            b"a\0" * 30,
            None,
            "perhaps UTF-16, perhaps binary data, and larger than 32 bytes (there.txt): give --encoding",
        ),
        (bytes(range(1, 9)) * 30, None, "perhaps binary data, and larger than 32 bytes"),
        (b"a" * 40, "iso2022_jp", "all at once, and larger than 32 bytes (there.txt): convert it to UTF-8"),
    ],
)
def test_what_is_held_whole_has_a_limit(
    monkeypatch: pytest.MonkeyPatch, data: bytes, encoding: str | None, expected: str
) -> None:
    monkeypatch.setattr(module, "DEFAULT_MAX_BYTES", 32)
    assert expected in str(outcome(lambda: from_file(data, encoding)))
    assert from_file(data, "windows-1252") == (data.decode("windows-1252"), ())


def test_an_html_page_and_a_signature_are_refused_in_a_stream() -> None:
    for data, kind in ((b"<!DOCTYPE html>\n", "HTML"), (b"%PDF-1.7\n", "PDF")):
        for read in (from_file, lambda data: streamed(io.BytesIO(data))):
            assert f"looks like a{'n' * (kind == 'HTML')} {kind}" in str(outcome(partial(read, data * 2**17)))


def test_a_file_is_read_from_where_it_stands() -> None:
    with tempfile.TemporaryFile() as stream:
        stream.write(b"skipped " + "“yes” ".encode() * 2**17)
        stream.seek(8)
        assert streamed(stream) == ("“yes” " * 2**17, ())
