"""What can be asked of the result of a step before it runs, from the type that it will have."""

import inspect
import types
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Union, get_args, get_origin, get_type_hints

from nonetloss.core.method import Method


def unknown_part(method: Method, parts: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
    """The first of `part.part` that the result of a method cannot have, and those that it has.

    None if all of them are there, or if the type does not tell: keys of mappings, members of
    tuples and columns of tables are known only once the step has run.
    """
    kind = _returned(method.resolve())
    for part in parts:
        if not (isinstance(kind, type) and is_dataclass(kind)):
            return None
        known = _known(kind)
        if part not in known:
            return part, tuple(sorted(known))
        kind = _type_of(kind, part)
    return None


def _known(kind: type) -> set[str]:
    declared = {f.name for f in fields(kind)} if is_dataclass(kind) else set()
    return declared | {name for name in dir(kind) if not name.startswith("_")}


def _type_of(kind: type, part: str) -> Any:
    """The type of a field, a property or what a function without arguments returns."""
    hints = _hints(kind)
    if part in hints:
        return _present(hints[part])
    member = inspect.getattr_static(kind, part)
    function = member.fget if isinstance(member, property) else member
    return _returned(function) if callable(function) else None


def _returned(function: Any) -> Any:
    return _present(_hints(function).get("return"))


def _hints(thing: Any) -> dict[str, Any]:
    """Annotations, resolved; none where a name is known to type checkers only."""
    try:
        return get_type_hints(thing)
    except (NameError, TypeError):
        return {}


def _present(kind: Any) -> Any:
    """`X` of `X | None`."""
    if get_origin(kind) in (Union, types.UnionType):
        others = [k for k in get_args(kind) if k is not type(None)]
        return others[0] if len(others) == 1 else None
    return kind
