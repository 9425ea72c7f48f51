"""What a language model writes, read as statements that end in the ids of clauses, while it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass

_GROUP = r"[\[［【]\s*\d{1,2}(?:\s*[,，、;；]\s*\d{1,2})*\s*[\]］】]"
_STOP = "[。！？；!?;.．]"
_CLOSERS = "[”’」』》）)\"']*"
_END = re.compile(
    rf"(?:{_STOP}{_CLOSERS}(?:\s*{_GROUP})+|(?:\s*{_GROUP})+\s*{_STOP}+{_CLOSERS})(?:\s*{_GROUP})*{_STOP}*"
)
_MAY_GO_ON = re.compile(rf"\s*(?:[\[［【][\d\s,，、;；]*|{_STOP}*)$")
"""What may still become a part of the statement before it."""

_IDS = re.compile(_GROUP)
_NUMBER = re.compile(r"\d+")
_LIST_MARK = re.compile(r"^\s*(?:[-*•·]+|\d{1,2}[.、)）](?!\d))\s*")
_EMPHASIS = re.compile(r"\*\*|`|^#+\s*")


@dataclass(frozen=True, slots=True)
class Written:
    """One statement as a model wrote it.

    Attributes:
        text: its words without the ids.
        ids: the ids that it gives, each once; empty where it gives none.
    """

    text: str
    ids: tuple[int, ...]


class StatementParser:
    """Takes a text in pieces of any length and gives each statement as soon as it is complete."""

    def __init__(self) -> None:
        self._rest = ""
        self._held: Written | None = None

    def feed(self, piece: str) -> list[Written]:
        """Takes the next piece.

        Returns:
            The statements that are complete by it.
        """
        self._rest += piece
        return self._read(final=False)

    def close(self) -> list[Written]:
        """Takes what is left where the text ends."""
        found = self._read(final=True)
        held, self._held = self._held, None
        return [*found, *([held] if held else [])]

    def _read(self, final: bool) -> list[Written]:
        found: list[Written] = []
        while (end := self._statement_end(final)) is not None:
            statement = _statement(self._rest[:end])
            self._rest = self._rest[end:]
            found += self._in_order(statement)
        return found

    def _statement_end(self, final: bool) -> int | None:
        """Where the first statement ends; None where that is not known yet."""
        line, broken, _ = self._rest.partition("\n")
        match = _END.search(line)
        if match and (broken or final or not _MAY_GO_ON.match(line, match.end())):
            return match.end()
        if broken:
            return len(line) + 1
        return len(line) if final and line else None

    def _in_order(self, statement: Written) -> list[Written]:
        """Statements that are known to have no more ids; some models write these on a line of their own."""
        if not statement.text:
            if self._held and statement.ids:
                held, self._held = self._held, None
                return [Written(held.text, statement.ids)]
            return []
        before = [self._held] if self._held else []
        self._held = None if statement.ids else statement
        return [*before, *([statement] if statement.ids else [])]


def _statement(words: str) -> Written:
    ids = (int(number) for group in _IDS.findall(words) for number in _NUMBER.findall(group))
    bare = _EMPHASIS.sub("", _LIST_MARK.sub("", _IDS.sub("", words)))
    return Written(" ".join(bare.split()), tuple(dict.fromkeys(ids)))
