"""Patterns and dataclasses that are made when they are first used.

`regex` is `re.compile`, and `dataclass` is the library's own, to a reader and to the type checker. They differ in when
the work is done: making every pattern and every method at import was half of a cold start (0.15 ms for a pattern and
0.5 ms for a frozen dataclass, with Python 3.11), and one file needs few of them.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass

__all__ = ["dataclass", "regex"]

_PATTERN_METHODS: Final = ("match", "fullmatch", "search", "finditer", "findall", "split", "sub", "subn")


class _Regex:
    """A pattern that is compiled when a method of it is first needed; from then on it has that of the compiled one."""

    def __init__(self, pattern: str, flags: int) -> None:
        self.pattern = pattern
        self.flags = flags

    def __getattr__(self, name: str) -> Any:
        if name not in _PATTERN_METHODS:
            raise AttributeError(name)
        compiled = re.compile(self.pattern, self.flags)
        for each in _PATTERN_METHODS:
            setattr(self, each, getattr(compiled, each))
        return getattr(compiled, name)


def regex(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """The pattern, for a constant of a module. A wrong one raises `re.error` at its first use; a test uses each."""
    return cast("re.Pattern[str]", _Regex(pattern, flags))


if not TYPE_CHECKING:

    def dataclass(*, frozen: bool = False, eq: bool = True, **shape: bool):  # noqa: ANN201 - the library's, for types
        """As `dataclasses.dataclass`; `__init__`, `__repr__`, `__eq__` and `__hash__` are made when first called."""
        return lambda cls: _made_late(cls, frozen=frozen, eq=eq, shape=shape)


def _made_late(cls: type, *, frozen: bool, eq: bool, shape: dict[str, bool]) -> type:
    if any(map(_is_frozen, cls.__bases__)):  # none is; the library checks that what is below is frozen too
        return dataclasses.dataclass(frozen=frozen, eq=eq, **shape)(cls)
    if not cls.__doc__:
        cls.__doc__ = cls.__name__  # else the library works out a signature for it
    methods: dict[str, Any] = {"__repr__": None, "__init__": None}
    if eq:
        methods |= {"__eq__": None, "__hash__": None}
    if frozen:
        methods |= {name: vars(_Frozen)[name] for name in _FROZEN_METHODS}
    for written in vars(cls).keys() & methods:
        del methods[written]
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, **shape)(cls)
    made.__dataclass_params__.frozen = frozen
    for name, method in methods.items():
        if name == "__hash__" and not frozen:
            made.__hash__ = None  # what changes is no key
        else:
            setattr(made, name, method or _first_call(made, name))
    return cast("type", made)


def _is_frozen(base: type) -> bool:
    return dataclasses.is_dataclass(base) and bool(cast("Any", base).__dataclass_params__.frozen)


def _first_call(made: Any, name: str) -> Callable[..., Any]:
    """A method that puts the real one in its place, and calls that."""

    def first(self: object, *values: object, **named: object) -> object:
        setattr(made, name, _initialiser(made) if name == "__init__" else _of_twin(made, name))
        return getattr(made, name)(self, *values, **named)

    return first


def _initialiser(made: Any) -> Callable[..., None]:
    """`__init__` as the library writes it, without the other methods that it makes for a frozen class."""
    known: dict[str, Any] = {
        "__name__": made.__module__,
        "_set": object.__setattr__,
        "_absent": dataclasses.MISSING,
    }
    parameters, named_alone, body = ["self"], ["*"], ["pass"]
    put = "_set(self, '{0}', {1})" if made.__dataclass_params__.frozen else "self.{0} = {1}"
    for field in dataclasses.fields(made):
        name, value, default = field.name, field.name, ""
        if field.default is not dataclasses.MISSING:
            known[default := f"_default_{name}"] = field.default
            value = name if field.init else default
        elif field.default_factory is not dataclasses.MISSING:
            known[f"_new_{name}"] = field.default_factory
            default = "_absent"
            value = f"_new_{name}()" + (f" if {name} is _absent else {name}" if field.init else "")
        elif not field.init:
            continue  # `__post_init__` sees to it
        if field.init:
            (named_alone if field.kw_only else parameters).append(f"{name}={default}" if default else name)
        body.append(put.format(name, value))
    if hasattr(made, "__post_init__"):
        body.append("self.__post_init__()")
    head = ", ".join(parameters + (named_alone if len(named_alone) > 1 else []))
    exec(f"def __init__({head}):\n " + "\n ".join(body), known)  # noqa: S102 - names of our own fields
    made_init: Callable[..., None] = known["__init__"]
    made_init.__qualname__ = f"{made.__qualname__}.__init__"
    return made_init


def _of_twin(made: Any, name: str) -> Callable[..., Any]:
    """`__repr__`, `__eq__` or `__hash__` as the library makes it, for a class that is the same but for its methods."""
    making = dataclasses.dataclass(
        init=False,
        repr=name == "__repr__",
        eq=name != "__repr__",
        frozen=made.__dataclass_params__.frozen,
    )
    twin = making(
        type(made)(made.__name__, (made,), {"__doc__": made.__doc__, "__module__": made.__module__})
    )
    method: Callable[..., Any] = vars(twin)[name]
    return method


class _Frozen:
    """What a frozen dataclass has besides."""

    def __setattr__(self, name: str, _value: object) -> NoReturn:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def __getstate__(self) -> list[Any]:
        return [getattr(self, field.name) for field in dataclasses.fields(cast("Any", self))]

    def __setstate__(self, state: list[Any]) -> None:
        for field, value in zip(dataclasses.fields(cast("Any", self)), state, strict=True):
            object.__setattr__(self, field.name, value)


_FROZEN_METHODS: Final = ("__setattr__", "__delattr__", "__getstate__", "__setstate__")
