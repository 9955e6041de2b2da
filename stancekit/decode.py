"""Bytes -> text: every article file is decoded here and nowhere else.

The order of the evidence, first match decides:

1. an encoding that the user names;
2. a file signature (PDF, zip, image …): refused, it is no text;
3. a byte order mark;
4. every second byte NUL, or Unicode text in 16-bit units in every other respect: UTF-16 without a mark;
5. valid UTF-8;
6. UTF-8 with a few faults, or cut inside its last character: U+FFFD for each fault;
7. few bytes above ASCII, all of them printable in Windows-1252: Windows-1252, of which Latin-1 is a part;
8. what charset-normalizer finds; nothing found: refused.

A result that rests on 4, 6, 7 or 8 carries a warning. Line ends stay as they are. Text that is an HTML page
is refused: its tags and scripts would be read as prose.

`decode` has all bytes before it. `decode_stream` gives the same text in pieces where 1, 3 or 5 decides; what
needs another rule, it holds whole.
"""

import codecs
import os
import re
import stat
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import BinaryIO

from stancekit.errors import InputError

DEFAULT_MAX_BYTES = 64 * 2**20
"""Largest article that is read by default, in bytes. A long newspaper article has about 50,000."""

_CHUNK = 2**20
_HEAD = 2**20  # bytes that a stream is judged by where it cannot be read twice
_PIECE = 2**18  # bytes of a stream that are decoded together

# Encodings, by how their names begin, of which Python's incremental decoders make something else, or nothing
# where there is a fault.
_ONLY_WHOLE = ("idna", "iso2022", "punycode", "raw", "unicode")

_BYTE_ORDER_MARKS = (  # UTF-32 first: its little-endian mark starts with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_SIGNATURES = (
    (b"%PDF-", "a PDF file"),
    (b"PK\x03\x04", "a zip archive or an office document"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a RIFF sound, image or video file"),
    (b"\x7fELF", "a program (ELF file)"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Microsoft Office file"),
    (b"PAR1", "a Parquet file"),
    (b"{\\rtf", "an RTF document"),
)

_HTML_START = re.compile(
    r"(?:<\?xml[^<>]*>\s*)?(?:<!--[^<>]*-->\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE
)
_HTML_TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?>", re.IGNORECASE)

# C0 controls that plain text does not hold. It does hold tab, line ends, form feed and, for terminal
# colours and ISO-2022, escape.
_CONTROLS = bytes(b for b in range(32) if b not in b"\t\n\v\f\r\x1b")
_ASCII = bytes(range(128))
_BELOW_LETTERS = bytes(range(0xC0))  # Windows-1252 has its accented letters from 0xC0, punctuation below
# 0xFE and 0xFF (þ, ÿ) are left out: in news text they come from damage far more often than from Windows-1252.
_NOT_WINDOWS_1252 = b"\x81\x8d\x8f\x90\x9d\xfe\xff"


def read_bytes(stream: BinaryIO, max_bytes: int, where: str) -> bytes:
    """All bytes of a stream, or an error if there are more than `max_bytes`.

    Reads at most one byte over the limit, so that an endless stream ends here.

    Raises
    ------
    InputError
        There is more; the message names ``--max-bytes``.
    """
    chunks: list[bytes] = []
    left = max_bytes + 1
    while left and (chunk := stream.read(min(left, _CHUNK))):
        chunks.append(chunk)
        left -= len(chunk)
    if not left:
        raise InputError(
            f"the input is larger than {max_bytes} bytes", where, "raise --max-bytes if it is one article"
        )
    return b"".join(chunks)


def check_encoding(name: str) -> str:
    """Python's own name for a text encoding.

    Raises
    ------
    LookupError
        No such encoding, or one that does not give text (``rot13``, ``zlib``).

    Examples
    --------
    >>> check_encoding("UTF8")
    'utf-8'
    """
    try:
        b"x".decode(name)  # codecs.lookup alone would let byte-to-byte codecs through
    except UnicodeError:
        pass  # one byte may well be incomplete
    except ValueError as error:  # a NUL in the name
        raise LookupError(str(error)) from None
    return codecs.lookup(name).name


def decode(
    data: bytes, *, encoding: str | None = None, force_text: bool = False, where: str = ""
) -> tuple[str, tuple[str, ...]]:
    r"""Text of a file's bytes, and warnings about what was guessed or lost.

    Parameters
    ----------
    data : the whole file.
    encoding : the one to use; without it the bytes decide, see the top of this module.
    force_text : also decode what looks like an HTML page, a PDF, an archive, an image or other binary data.
    where : the file's name, for messages.

    Returns
    -------
    text : without the byte order mark, otherwise as it is: NULs and line ends are kept.
    warnings : ``encoding-guessed: …`` and ``invalid-bytes: …``, or none.

    Raises
    ------
    InputError
        Not a text, an HTML page, or no telling in which encoding.

    Examples
    --------
    >>> decode("“Naïve”".encode())
    ('“Naïve”', ())
    >>> decode(b"He said \x93no\x94.")
    ('He said “no”.', ('encoding-guessed: read as windows-1252',))
    """
    text, warnings = _decode(data, encoding, force_text, where)
    if not force_text:
        _refuse_html(text, where)
    return text, warnings


def decode_stream(
    stream: BinaryIO,
    warn: Callable[[tuple[str, ...]], None] = lambda warnings: None,
    *,
    encoding: str | None = None,
    where: str = "",
) -> Iterator[str]:
    r"""Text of a stream piece by piece, as `decode` reads it.

    Parameters
    ----------
    warn : is told what was guessed or lost: before the first piece, but for faults in a pipe.
    encoding, where : as in `decode`.

    Raises
    ------
    InputError
        As `decode`. The encoding would have to be guessed, and there is more than `DEFAULT_MAX_BYTES`. What
        began as UTF-8, and cannot be read twice, is something else further on.

    Notes
    -----
    A file is read through before the first piece, so that its encoding is known for all of it. Of a pipe the
    first MiB tells. What is no longer than that, or is not UTF-8 and does not say what it is, is held whole.

    Examples
    --------
    >>> from io import BytesIO
    >>> "".join(decode_stream(BytesIO("“Naïve”".encode())))
    '“Naïve”'
    """
    start = stream.tell() if _is_regular(stream) else None
    head = _head(stream)
    rest = chain([head], _chunks(stream))
    if len(head) < _HEAD or (encoding or "").startswith(_ONLY_WHOLE):
        yield _decode_rest(rest, f"decoded as {encoding} all at once", warn, encoding, where)
        return
    if encoding is None:
        _refuse_signatures(head, where)
    name = encoding or next((name for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark)), None)
    survey = _Survey()
    if start is not None:
        survey.read(rest, _by_pieces(name or "utf-8", head), where)
        stream.seek(start)
        rest = chain(_chunks(stream))
    elif name is None:
        survey.read([head], "utf-8", where, to_the_end=False)
    if name is not None:
        if survey.first_fault >= 0:
            warn((_not(name, survey.first_fault),))
    elif doubt := survey.doubt(head):
        yield _decode_rest(rest, doubt, warn, None, where)
        return

    def faulty(position: int) -> None:
        if name is None:
            hint = "give --encoding, or a file in place of a pipe"
            raise InputError(f"began as UTF-8, but is not UTF-8 at byte {position}", where, hint)
        if position != survey.first_fault:
            warn((_not(name, position),))

    pieces = _pieces(rest, _by_pieces(name or "utf-8", head), where, faulty)
    first = next(filter(None, pieces), "").removeprefix("\ufeff")
    _refuse_html(first, where)
    yield first
    yield from pieces


def _refuse_html(text: str, where: str) -> None:
    if _is_html(text):
        hint = "save the article's text, or give --force-text to read the tags as text"
        raise InputError("looks like an HTML page", where, hint)


def _is_html(text: str) -> bool:
    """Whether a text begins as a page does, or with a tag and many more close behind it."""
    start = text[:1000].lstrip()
    few = 5  # Markdown may well begin with a tag or two
    return start.startswith("<") and bool(
        _HTML_START.match(start) or (_HTML_TAG.match(start) and len(_HTML_TAG.findall(start)) >= few)
    )


def _decode(data: bytes, encoding: str | None, force_text: bool, where: str) -> tuple[str, tuple[str, ...]]:
    if encoding is not None:
        return _decode_as(data, encoding, where)
    if not force_text:
        _refuse_signatures(data, where)
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark) and not (name == "utf-32-le" and len(data) % 4):
            return _decode_as(data, name, where)
    controls = _n_controls(data)
    if controls and (unmarked := _utf16_without_mark(data)):
        return data.decode(unmarked), (_guessed(unmarked),)
    first_fault = -1
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        text, first_fault = data.decode("utf-8", "replace"), error.start
    if _is_binary(controls, len(data), valid=first_fault < 0) and not force_text:
        raise InputError(
            "looks like a binary file", where, "give --encoding if it is text, or --force-text anyway"
        )
    if first_fault < 0:
        return text, ()
    decoded = _decode_damaged_or_legacy(data, text, first_fault)
    if decoded is not None:
        return decoded
    if force_text:
        return text, (_lost(first_fault),)
    raise InputError("no telling in which encoding the text is", where, "give --encoding")


def _decode_as(data: bytes, encoding: str, where: str) -> tuple[str, tuple[str, ...]]:
    warnings: tuple[str, ...] = ()
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        try:
            text = data.decode(encoding, "replace")
        except UnicodeError:
            raise InputError(f"not readable as {encoding}", where, "give another --encoding") from None
        warnings = (_not(encoding, error.start),)
    except UnicodeError:
        raise InputError(f"not readable as {encoding}", where, "give another --encoding") from None
    return text.removeprefix("\ufeff"), warnings


def _refuse_signatures(data: bytes, where: str) -> None:
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            raise InputError(
                f"looks like {what}, not like text", where, "convert it to plain text, or give --force-text"
            )


def _n_controls(data: bytes) -> int:
    return len(data) - len(data.translate(None, _CONTROLS))


def _is_binary(n_controls: int, n_bytes: int, *, valid: bool) -> bool:
    # A valid text may quote a few controls; bytes that are no UTF-8 either need less to be taken for binary.
    few, share = (64, 10) if valid else (4, 20)
    return n_controls >= few and n_controls * share >= n_bytes


def _not(encoding: str, position: int) -> str:
    return f"invalid-bytes: not {encoding} at byte {position}, read as U+FFFD"


def _guessed(name: str) -> str:
    return f"encoding-guessed: read as {name}"


def _utf16_without_mark(data: bytes) -> str | None:
    """``utf-16-le``, ``utf-16-be`` or None.

    Unmistakable is what decodes without a fault into printable text with spaces, half of it from one
    block of 256 characters: bytes that mean something else make letters of many scripts instead.
    """
    if len(data) % 2 or len(data) < 8:
        return None
    for name in _of_one_block(data[: 2**16]):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        spaces = sum(map(text.count, " \n\r\t"))
        blank = text.translate(_NO_BLANKS)
        if spaces * 30 >= len(text) and blank.isprintable():
            return name
    return None


def _of_one_block(sample: bytes) -> list[str]:
    """The kinds of UTF-16 as which half of the characters are from one block of 256."""
    highs = (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2]))
    return [name for name, high in highs if Counter(high).most_common(1)[0][1] * 4 >= len(sample)]


_NO_BLANKS = dict.fromkeys(map(ord, "\n\r\t\u2028\u2029\ufeff\xa0\u200b\u200e\u200f\xad"))


def _decode_damaged_or_legacy(data: bytes, text: str, first_fault: int) -> tuple[str, tuple[str, ...]] | None:
    """Decide between damaged UTF-8, as which `data` is `text`, and an encoding of another kind."""
    faults = text.count("\ufffd") - data.count("\ufffd".encode())
    high = len(data.translate(None, _ASCII))
    # In a legacy encoding a byte above ASCII hardly ever starts a valid UTF-8 character.
    sound = sum(1 for character in text if character > "\x7f" and character != "\ufffd")
    cut = faults == 1 and _is_incomplete(data[first_fault:])
    damaged = text, (_lost(first_fault),)
    if cut or sound >= faults:
        return damaged
    # French, the most accented of the western languages, has about 4 % accented letters, and short texts
    # have more quotation marks and dashes than long ones; Russian or Greek in 8 bits has 80 % high bytes.
    letters = len(data.translate(None, _BELOW_LETTERS))
    western = letters <= max(len(data) // 12, 4) and high <= max(len(data) // 5, 8)
    if western and not any(byte in data for byte in _NOT_WINDOWS_1252):
        return data.decode("windows-1252"), (_guessed("windows-1252"),)
    if faults <= 3 or faults * 200 < len(data):
        return damaged
    # The only need for it is here, and importing it takes as long as classifying an article.
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    if best is None:
        return None
    name = codecs.lookup(best.encoding).name
    return _decode_as(data, name, "")[0], (_guessed(name),)


def _lost(first_fault: int) -> str:
    return f"invalid-bytes: not UTF-8, first at byte {first_fault}, read as U+FFFD"


def _is_incomplete(tail: bytes) -> bool:
    """Whether these bytes are the beginning of a UTF-8 character and nothing else."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        return decoder.decode(tail) == ""
    except UnicodeDecodeError:
        return False


# Streams


class _Survey:
    """What the bytes of a stream tell as they go by."""

    def __init__(self) -> None:
        self.n_bytes = self.n_controls = 0
        self.first_fault = -1

    def read(self, chunks: Iterable[bytes], encoding: str, where: str, *, to_the_end: bool = True) -> None:
        """Read up to the first fault; without an end, a character that is cut there is none."""
        pieces = _pieces(self._counted(chunks), encoding, where, self._found, to_the_end)
        while self.first_fault < 0 and next(pieces, None) is not None:
            pass

    def doubt(self, head: bytes) -> str:
        """Why bytes that do not say what they are may be something else than text in UTF-8."""
        if self.first_fault >= 0:
            return f"not UTF-8 at byte {self.first_fault}"
        binary = _is_binary(self.n_controls, self.n_bytes, valid=True)
        if binary or (self.n_controls and _of_one_block(head[: 2**16])):
            return "perhaps UTF-16, perhaps binary data"
        return ""

    def _counted(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.n_bytes += len(chunk)
            self.n_controls += _n_controls(chunk)
            yield chunk

    def _found(self, position: int) -> None:
        self.first_fault = position


def _pieces(
    chunks: Iterable[bytes],
    encoding: str,
    where: str,
    faulty: Callable[[int], None],
    to_the_end: bool = True,
) -> Iterator[str]:
    """Text of bytes in chunks; faults are U+FFFD.

    `faulty` is told the byte of the first, once all text before it is given, and may raise an error.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    n_bytes = 0
    try:
        for chunk in chain(chunks, [b""] if to_the_end else []):
            n_bytes += len(chunk)
            state = decoder.getstate()
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                sound = max(len(chunk) - len(error.object) + error.start, 0)
                decoder.setstate(state)
                yield decoder.decode(chunk[:sound])
                faulty(n_bytes - len(error.object) + error.start)
                decoder.errors = "replace"
                text = decoder.decode(chunk[sound:], final=not chunk)
            yield text
    except UnicodeError:
        raise InputError(f"not readable as {encoding}", where, "give another --encoding") from None


def _by_pieces(encoding: str, head: bytes) -> str:
    """The encoding for an incremental decoder; those of UTF-16 and UTF-32 insist on a mark."""
    if encoding not in ("utf-16", "utf-32"):
        return encoding
    of_mark = [name for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark) and encoding in name]
    return of_mark[0] if of_mark else f"{encoding}-{'le' if sys.byteorder == 'little' else 'be'}"


def _head(stream: BinaryIO) -> bytes:
    """The first `_HEAD` bytes, or all there are; not one more, however they come."""
    head = bytearray()
    while len(head) < _HEAD and (chunk := _read(stream, _HEAD - len(head))):
        head += chunk
    return bytes(head)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    return iter(partial(_read, stream, _PIECE), b"")


def _read(stream: BinaryIO, size: int) -> bytes:
    # One system call: `read` makes several, and a signal between two of them is not seen before the last.
    chunk: bytes = getattr(stream, "read1", stream.read)(size)
    return chunk


def _decode_rest(
    chunks: Iterable[bytes],
    why: str,
    warn: Callable[[tuple[str, ...]], None],
    encoding: str | None,
    where: str,
) -> str:
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > DEFAULT_MAX_BYTES:
            hint = "give --encoding" if encoding is None else "convert it to UTF-8"
            raise InputError(f"{why}, and larger than {DEFAULT_MAX_BYTES} bytes", where, hint)
    text, warnings = decode(bytes(data), encoding=encoding, where=where)
    warn(warnings)
    return text


def _is_regular(stream: BinaryIO) -> bool:
    """Whether it is a file that gives the same bytes when it is read again."""
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except OSError:  # nothing that the system knows of
        return False
