"""What a row writes: the tables that its effects name, and the entries of its own case."""

from __future__ import annotations

from functools import cache
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from lifecycle.checking.findings import Checked
    from lifecycle.definition import Transition


def tables_of(checked: Checked, row: Transition) -> frozenset[str]:
    """The register tables that the row's effects may write.

    An effect is Python. What it may write is every table whose name stands in its code, in what
    its code names, or in that of a function it calls by name: more than it does write, not less.
    """
    tables = checked.registry.domain.tables.keys()
    effects = (*row.effects, *([row.creates] if row.creates else []))
    named = (words_of(checked.registry.effects[name].changes) for name in effects)
    return frozenset().union(*named) & tables


@cache
def words_of(function: Callable[..., Any]) -> frozenset[str]:
    """Every text that a function's code, or that of functions it names, holds."""
    found: set[str] = set()
    seen: set[Callable[..., Any]] = set()
    waiting = [function]
    while waiting:
        one = waiting.pop()
        if one in seen or not isinstance(one, FunctionType):
            continue
        seen.add(one)
        for code in _codes(one.__code__):
            found |= set(_texts(code.co_consts))
            named = list(_named(one, code))
            found |= set(_texts(named))
            waiting += [value for value in named if isinstance(value, FunctionType)]
    return frozenset(found)


def _named(function: FunctionType, code: CodeType) -> Iterable[object]:
    """What the names in the code stand for: in its module, in modules named there, around it."""
    for name in code.co_names:
        value = function.__globals__.get(name)
        yield value
        if isinstance(value, ModuleType):
            yield from (getattr(value, one, None) for one in code.co_names)
    yield from (cell.cell_contents for cell in function.__closure__ or ())


def _codes(code: CodeType) -> Iterable[CodeType]:
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _codes(one)


def _texts(values: Iterable[object]) -> Iterable[str]:
    for one in values:
        if isinstance(one, str):
            yield one
        elif isinstance(one, tuple | frozenset):
            yield from _texts(one)
