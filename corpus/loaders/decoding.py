"""Bytes to text: encodings told by the bytes themselves."""

from __future__ import annotations

import codecs
import re

from corpus.errors import SourceError

_MARKS = (  # the UTF-32 marks begin with those of UTF-16
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Both Chinese encodings hold their everyday characters in one range of lead bytes.
_LEGACY = (("gb18030", "gb2312", range(0xB0, 0xD8)), ("big5", "big5", range(0xA4, 0xC7)))
_COMMON_SHARE = 0.7
_HAN = re.compile(r"[\u4e00-\u9fff]")
_READABLE_CONTROLS = "\t\n\r\v\f\x1c\x1d\x1e\x85"
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


def decode(data: bytes, name: str) -> str:
    """Decodes a text file: a byte order mark, UTF-8, UTF-16 without a mark, GB 18030 or Big5.

    Args:
        data: the file's bytes.
        name: the file's name, for messages.

    Returns:
        The text without its byte order mark.

    Raises:
        SourceError: the bytes are no text, or in none of these encodings.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return _checked(data[len(mark) :].decode(encoding), name)
            except UnicodeDecodeError as error:
                raise SourceError(
                    f"{name}: marked as {encoding.upper()} but damaged at byte {error.start}"
                ) from None
    try:
        return _checked(data.decode("utf-8"), name)
    except UnicodeDecodeError:
        pass
    text = _decode_unmarked_utf16(data) if b"\0" in data else _decode_legacy(data)
    if text is None:
        if b"\0" in data:
            raise SourceError(f"{name}: a binary file, not a text")
        raise SourceError(f"{name}: not readable as UTF-8, UTF-16, GB 18030 or Big5; save it as UTF-8")
    return _checked(text, name)


def _decode_unmarked_utf16(data: bytes) -> str | None:
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        readable = sum(1 for c in text if c.isascii() and c.isprintable()) + len(_HAN.findall(text))
        if readable >= _COMMON_SHARE * len(text) and "\0" not in text:
            return text
    return None


def _decode_legacy(data: bytes) -> str | None:
    for encoding, levels, common in _LEGACY:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        han = _HAN.findall(text)
        leads = "".join(han).encode(levels, "ignore")[::2]
        if han and sum(lead in common for lead in leads) >= _COMMON_SHARE * len(han):
            return text
    return None


def _checked(text: str, name: str) -> str:
    controls = sum(c not in _READABLE_CONTROLS for c in _CONTROL.findall(text))
    if "\0" in text or controls > 2 + 0.01 * len(text):
        raise SourceError(f"{name}: a binary file, not a text")
    return text
