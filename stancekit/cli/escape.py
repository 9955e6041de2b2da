"""Text of strangers -> text that is safe to show on a terminal, in JSON, and in a spreadsheet."""

import re

# What moves the cursor, starts an escape sequence, turns the reading direction or is no character at all;
# `json.dumps` escapes the C0 controls itself, and outside strings JSON holds none of the others.
_OUTSIDE_ASCII = "\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
_UNSAFE_IN_JSON = re.compile(f"[{_OUTSIDE_ASCII}]")
_UNSAFE = re.compile(f"[\x00-\x1f{_OUTSIDE_ASCII}\ud800-\udfff]")
_BLANKS = re.compile("[ \t\r\n\x0b\x0c\x85\u2028\u2029]+")


def visible(text: str) -> str:
    r"""Text for a terminal line: controls, escape sequences and direction marks are spelt out.

    Examples
    --------
    >>> visible("red: \x1b[31m")
    'red: \\x1b[31m'
    """
    return _UNSAFE.sub(_spelt, text)


def visible_line(text: str) -> str:
    """The same on one line: every run of blanks and line ends becomes a space."""
    return visible(_BLANKS.sub(" ", text).strip())


def visible_json(text: str) -> str:
    """JSON with the characters escaped that a terminal would obey; it parses to the same value."""
    if text.isascii() and "\x7f" not in text:  # most lines, and a search takes as long as encoding them
        return text
    return _UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def spreadsheet_cell(text: str) -> str:
    """Text with ``'`` in front if a spreadsheet would take it for a formula.

    Examples
    --------
    >>> spreadsheet_cell("=1+1"), spreadsheet_cell("1+1")
    ("'=1+1", '1+1')
    """
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _spelt(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
