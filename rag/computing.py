"""Shown computations: "400万 × 30% = 120万", and whether one is right."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from rag.figures import Figure, figures, plain, same_figure
from rag.types import Language

_ALLOWED = re.compile(r"[\d.+\-*/() ]+")
_TOLERANCE = 0.005


def show_money(value: float, language: Language = "zh") -> str:
    """An amount as texts write it: 120万, 1.2亿, 9500; or 1.2 million.

    Args:
        value: the amount in 元.
        language: the language of the unit.

    Returns:
        The amount in the largest unit that keeps it exact to two decimals.
    """
    english = ((1e9, " billion"), (1e6, " million"))
    for scale, name in ((1e8, "亿"), (1e4, "万")) if language == "zh" else english:
        if value >= scale and abs(value / scale * 100 - round(value / scale * 100)) < 1e-6:
            return f"{_trim(value / scale)}{name}"
    return _trim(value)


def _trim(value: float) -> str:
    return format(Decimal(str(round(value, 2))).normalize(), "f")


def recompute(note: str, known: Iterable[Figure]) -> tuple[Figure, ...]:
    """The results of a shown computation, where it is right and all its inputs are known.

    Args:
        note: a text that ends in ``expression = result``.
        known: the figures of the question and of the cited texts.

    Returns:
        The figures on the right of the equals sign; empty where an input is unknown or the sum is wrong.
    """
    left, sign, right = plain(note).rpartition("=")
    known = tuple(known)
    inputs = figures(left)
    if not sign or not inputs or any(not any(_same_input(i, k) for k in known) for i in inputs):
        return ()
    value = _evaluate(left, inputs)
    results = figures(right)
    if value is None or not results:
        return ()
    close = [abs(_plain_value(r) - value) <= _TOLERANCE * max(1.0, abs(value)) for r in results]
    return results if all(close) else ()


def _same_input(figure: Figure, known: Figure) -> bool:
    """An input is written without its unit, so only % and ‰ must agree."""
    share = {"%", "‰"}
    if (figure.unit in share or known.unit in share) and figure.unit != known.unit:
        return False
    return figure.value == known.value or same_figure(figure, known)


def _plain_value(figure: Figure) -> float:
    return figure.value * {"%": 0.01, "‰": 0.001}.get(figure.unit, 1.0)


def _evaluate(left: str, inputs: tuple[Figure, ...]) -> float | None:
    """The value of a sum of products over the figures, or None where it is anything else."""
    spelt, position = "", 0
    for figure in inputs:
        spelt += left[position : figure.start] + f"{_plain_value(figure):.6f}"
        position = figure.end
    spelt += left[position:]
    spelt = spelt.translate(str.maketrans("×x÷−（）", "**/-()"))
    spelt = re.sub(r"[^\d.+\-*/() ]", "", spelt)
    if not _ALLOWED.fullmatch(spelt):
        return None
    return _sum(spelt.replace(" ", ""))


def _sum(expression: str) -> float | None:
    """Evaluate + - * / and brackets without handing text to the interpreter."""
    tokens = re.findall(r"\d+(?:\.\d+)?|[+\-*/()]", expression)
    position = 0

    def peek() -> str:
        return tokens[position] if position < len(tokens) else ""

    def factor() -> float:
        nonlocal position
        token = peek()
        position += 1
        if token == "(":
            value = total()
            if peek() != ")":
                raise ValueError
            position += 1
            return value
        return float(token)

    def product() -> float:
        nonlocal position
        value = factor()
        while peek() and peek() in "*/":
            sign = peek()
            position += 1
            value = value * factor() if sign == "*" else value / factor()
        return value

    def total() -> float:
        nonlocal position
        value = product()
        while peek() and peek() in "+-":
            sign = peek()
            position += 1
            value = value + product() if sign == "+" else value - product()
        return value

    try:
        value = total()
    except (ValueError, ZeroDivisionError, RecursionError):
        return None
    return value if position == len(tokens) else None
