"""Markdown: headings, lists, tables and paragraphs; marks, comments and front matter left out."""

from __future__ import annotations

import re

from corpus.loaders.builder import BlockKind, clean
from corpus.source import Block, SourceText

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title[ \t]*:[ \t]*[\"']?(.*?)[\"']?[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"[ ]{0,3}(#{1,6})(?:[ \t]+|(?=[^#\s\w]|[\u4e00-\u9fff])|$)")
_HEADING_END = re.compile(r"[ \t]+#+[ \t]*$")
_UNDERLINE = re.compile(r"[ ]{0,3}(=+|-+)[ \t]*$")
_RULE = re.compile(r"[ ]{0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_FENCE = re.compile(r"[ ]{0,3}(?:```|~~~)")
_QUOTE = re.compile(r"[ ]{0,3}(?:>[ ]?)+")
_BULLET = re.compile(r"\s*[-*+][ \t]+(?:\[[ xX]\][ \t]+)?")
_ROW = re.compile(r"[ ]{0,3}\|.*\|[ \t]*$|[^|]*\|[^|]*\|")
_TABLE_RULE = re.compile(r"[ ]{0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_WIDEST_HEADING = 60
_CELL_END = re.compile(r"(?<!\\)\|")

_INLINE = (
    (re.compile(r"!\[[^\[\]\n]*\]\([^()\s]*(?:[ \t]+\"[^\"\n]*\")?\)"), ""),
    (re.compile(r"\[([^\[\]\n]+)\]\([^()\s]*(?:[ \t]+\"[^\"\n]*\")?\)"), r"\1"),
    (
        re.compile(
            r"</?(?:a|b|i|u|em|strong|sub|sup|span|font|center|p|div|small|mark)\b[^<>\n]{0,500}>", re.I
        ),
        "",
    ),
    (re.compile(r"<br[ \t]*/?>", re.I), " "),
    (re.compile(r"(\*\*|__)(?=\S)(.{1,300}?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![*\d])\*(?=[^\s*])([^*\n]+?)(?<=[^\s*])\*(?![*\d])"), r"\1"),
    (re.compile(r"(?<![\w_])_(?=[^\s_])([^_\n]+?)(?<=[^\s_])_(?![\w_])"), r"\1"),
    (re.compile(r"~~(?=\S)(.{1,300}?)(?<=\S)~~"), r"\1"),
    (re.compile(r"(`{1,9})(.{1,300}?)\1"), r"\2"),
    (re.compile(r"\\([!-/:-@\[-`{-~])"), r"\1"),
    (re.compile(r"&(?:nbsp|emsp|ensp);"), " "),
)


def read_markdown(text: str, name: str) -> tuple[SourceText, ...]:
    """Reads a Markdown text.

    Args:
        text: the decoded file.
        name: the file's name.

    Returns:
        One source. Its text is the file's with the marks inside lines (emphasis, links, escapes) taken out
        and the cells of tables parted by tabs; marks at the beginning of lines, comments and front matter
        stand outside the blocks.
    """
    text = clean(text.replace("\r\n", "\n").replace("\r", "\n"))
    hidden = [match.span() for match in (_FRONT_MATTER.match(text), *_COMMENT.finditer(text)) if match]
    reader = _Reader(_blank_out(text, hidden))
    reader.read()
    title = next((reader.words(block) for block in reader.blocks if block.level == 1), "")
    if not title and (front := _FRONT_MATTER.match(text)):
        title = next((match[1] for match in _FRONT_TITLE.finditer(front[0])), "")
    return (SourceText(name, "".join(reader.parts), tuple(reader.blocks), title=" ".join(title.split())),)


def _blank_out(text: str, spans: list[tuple[int, int]]) -> str:
    """Overwrites stretches with spaces, line breaks kept, so that offsets stay those of the file."""
    parts = []
    at = 0
    for start, end in sorted(spans):
        if start >= at:
            parts += [text[at:start], re.sub(r"[^\n]", " ", text[start:end])]
            at = end
    return "".join([*parts, text[at:]])


class _Reader:
    """Walks the lines once; ``parts`` joined is the text that the blocks' offsets refer to."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.parts: list[str] = []
        self.blocks: list[Block] = []
        self._length = 0

    def words(self, block: Block) -> str:
        return "".join(self.parts)[block.start : block.end]

    def read(self) -> None:
        i = 0
        fenced = False
        while i < len(self.lines):
            line = self.lines[i]
            below = self.lines[i + 1] if i + 1 < len(self.lines) else ""
            if _FENCE.match(line):
                fenced = not fenced
                self._skip(line)
            elif fenced:
                self._write("", line, "line")
            elif _ROW.match(line) and "|" in below and _TABLE_RULE.match(below):
                i = self._read_table(i)
                continue
            elif _RULE.match(line) or not line.strip():
                self._skip(line)
            elif _UNDERLINE.match(below) and self._is_single(i):
                self._write("", line, "heading", 1 if "=" in below else 2)
                self._skip(below)
                i += 1
            else:
                self._read_line(line, i)
            i += 1

    def _is_single(self, i: int) -> bool:
        """Whether line ``i`` may be a heading above its underline: short, no sentence, and alone."""
        line = self.lines[i].rstrip()
        sentence = len(line) > _WIDEST_HEADING or line.endswith(tuple("。；！？.;!?"))
        alone = i == 0 or not self.lines[i - 1].strip()
        return alone and not sentence and not (_HEADING.match(line) or _BULLET.match(line))

    def _read_line(self, line: str, i: int) -> None:
        mark = quote[0] if (quote := _QUOTE.match(line)) else ""
        rest = line[len(mark) :]
        if heading := _HEADING.match(rest):
            end = _HEADING_END.search(rest)
            body = rest[heading.end() : end.start() if end else len(rest)]
            self._write(mark + heading[0], body, "heading", len(heading[1]))
            return
        if bullet := _BULLET.match(rest):
            self._write(mark + bullet[0], rest[bullet.end() :], "list")
            return
        neighbours = [self.lines[j] for j in (i - 1, i + 1) if 0 <= j < len(self.lines)]
        wrapped = any(n.strip() and not _HEADING.match(n) for n in neighbours)
        self._write(mark, rest, "line" if wrapped else "paragraph")

    def _read_table(self, i: int) -> int:
        rows = []
        while i < len(self.lines) and "|" in self.lines[i]:
            if not _TABLE_RULE.match(self.lines[i]):
                cells = _CELL_END.split(self.lines[i].strip().removeprefix("|"))
                if not cells[-1].strip():
                    cells.pop()
                rows.append("\t".join(_plain(cell).strip() for cell in cells))
            i += 1
        self._emit("", "\n".join(rows), "table", 0)
        return i

    def _skip(self, line: str) -> None:
        self._emit(line, "", "line", 0)

    def _write(self, mark: str, body: str, kind: BlockKind, level: int = 0) -> None:
        self._emit(mark, _plain(body), kind, level)

    def _emit(self, mark: str, body: str, kind: BlockKind, level: int) -> None:
        words = body.strip()
        if words:
            start = self._length + len(mark) + len(body) - len(body.lstrip())
            self.blocks.append(Block(kind, start, start + len(words), level))
        self.parts.append(f"{mark}{body}\n")
        self._length += len(mark) + len(body) + 1


def _plain(text: str) -> str:
    """A line without the marks inside it."""
    for mark, meaning in _INLINE:
        text = mark.sub(meaning, text)
    return text
