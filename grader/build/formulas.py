"""Formulas in an author's texts: {hours / workers:.1f} becomes a number.

A formula is arithmetic over named figures and nothing else, so that a table of questions stays a
table: whoever reads it sees all that it can do.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any

Figures = Mapping[str, float]

LONGEST = 300
MOST_POWER = 64  # 9 ** 9 ** 9 would never end
DIGITS = 10
OPERATIONS: Mapping[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "abs": abs,
    "ceil": math.ceil,
    "floor": math.floor,
    "max": max,
    "min": min,
    "round": round,
}


def value_of(formula: str | float, figures: Figures) -> float:
    """Return what a formula makes of some figures; a plain number is its own value.

    >>> value_of("hours / (workers * efficiency)", {"hours": 9, "workers": 4, "efficiency": 0.9})
    2.5

    Raises:
        ValueError: If it is no formula, names what is no figure, or has no finite value.
    """
    try:
        value = _value(_parsed(str(formula)), figures)
    except (ArithmeticError, TypeError) as error:
        raise ValueError(f"the formula {formula!r} has no value: {error}") from error
    if not math.isfinite(value):
        raise ValueError(f"the formula {formula!r} has no finite value")
    return value


def filled(text: str, figures: Figures) -> str:
    """Return a text with each {formula} or {formula:format} replaced by its value.

    >>> filled("{km:,} km in {hours / 2} hours: {km * 1.1:,.2f}", {"km": 20000, "hours": 5})
    '20,000 km in 2.5 hours: 22,000.00'

    Raises:
        ValueError: If a formula or its format cannot be used.
    """
    parts = []
    for words, formula, form, conversion in Formatter().parse(text):
        parts.append(words)
        if formula is not None:
            if conversion:
                raise ValueError(f"!{conversion} in {{{formula}}} is not for numbers")
            parts.append(_written(value_of(formula, figures), form or ""))
    return "".join(parts)


def names_in(text: str) -> set[str]:
    """Return the figures that the formulas of a text name.

    >>> sorted(names_in("{hours / workers} for {max(hours, 2)}"))
    ['hours', 'workers']
    """
    formulas = [formula for _, formula, _, _ in Formatter().parse(text) if formula is not None]
    nodes = [node for formula in formulas for node in ast.walk(_parsed(formula))]
    return {node.id for node in nodes if isinstance(node, ast.Name)} - FUNCTIONS.keys()


def _written(value: float, form: str) -> str:
    whole: float = int(value) if value == int(value) else value
    if not form:
        return f"{whole}" if isinstance(whole, int) else f"{value:.{DIGITS}g}"
    return format(whole, form)


def _parsed(formula: str) -> ast.AST:
    if len(formula) > LONGEST:
        raise ValueError(f"a formula has at most {LONGEST} letters, not {len(formula)}")
    try:
        return ast.parse(formula.strip(), mode="eval").body
    except (SyntaxError, RecursionError) as error:
        raise ValueError(f"{formula!r} is no formula") from error


def _value(node: Any, figures: Figures) -> float:
    match node:
        case ast.Constant(value=bool() | str() | bytes() | complex() | None):
            raise ValueError(f"{ast.unparse(node)} is no number")
        case ast.Constant(value=int() | float() as number):
            return float(number) if isinstance(number, float) else int(number)
        case ast.Name(id=name) if name in figures:
            return figures[name]
        case ast.Name(id=name):
            raise ValueError(f"{name} is none of the figures {', '.join(figures)}")
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_value(left, figures), _value(right, figures))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATIONS:
            return OPERATIONS[type(op)](_value(left, figures), _value(right, figures))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in OPERATIONS:
            return OPERATIONS[type(op)](_value(operand, figures))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            return FUNCTIONS[name](*(_value(each, figures) for each in args))
    raise ValueError(f"{ast.unparse(node)!r} is more than arithmetic")


def _power(base: float, exponent: float) -> float:
    if abs(exponent) > MOST_POWER:
        raise ValueError(f"a power is at most {MOST_POWER}")
    if base < 0 and exponent != int(exponent):
        raise ValueError(f"{base} to the power of {exponent} is no number")
    return math.pow(base, exponent)
