"""Metadata of a simulation, worked out when it is first looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["Metadata"]


class Metadata(dict[str, Any]):
    """A dict whose entries are made at the first look.

    A simulation of one trial takes microseconds; its boundary and trajectory on a time grid
    take longer, and most callers never read them.  Copies and pickles are plain dicts.

    Parameters
    ----------
    model : str
        The model's name, which is there from the start: the json module takes a dict for empty
        that has no entry yet.
    make : callable
        Returns the entries; called once, at most.
    *arguments
        What it is called with.
    """

    __slots__ = ("_arguments", "_make")

    def __init__(self, model: str, make: Callable[..., dict[str, Any]], *arguments: Any) -> None:
        super().__init__(model=model)
        self._make: Callable[..., dict[str, Any]] | None = make
        self._arguments = arguments

    def _fill(self) -> None:
        make, self._make = self._make, None
        if make is not None:
            arguments, self._arguments = self._arguments, ()
            super().update(make(*arguments))

    def __getitem__(self, key: str) -> Any:
        self._fill()
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._fill()
        return super().__contains__(key)

    def __iter__(self) -> Iterator[str]:
        self._fill()
        return super().__iter__()

    def __reversed__(self) -> Iterator[str]:
        self._fill()
        return super().__reversed__()

    def __len__(self) -> int:
        self._fill()
        return super().__len__()

    def __setitem__(self, key: str, value: Any) -> None:
        self._fill()
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        self._fill()
        super().__delitem__(key)

    def __eq__(self, other: object) -> bool:
        self._fill()
        return super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None

    def __repr__(self) -> str:
        self._fill()
        return super().__repr__()

    def __or__(self, other: Any) -> Any:
        return self.copy() | other

    def __ror__(self, other: Any) -> Any:
        return other | self.copy()

    def __ior__(self, other: Any) -> Any:
        self.update(other)
        return self

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return dict, (self.copy(),)

    def __copy__(self) -> dict[str, Any]:
        return self.copy()

    def copy(self) -> dict[str, Any]:
        """Return the entries as a plain dict."""
        self._fill()
        return dict(super().items())

    def keys(self) -> Any:
        """Return the names of the entries."""
        self._fill()
        return super().keys()

    def values(self) -> Any:
        """Return the entries."""
        self._fill()
        return super().values()

    def items(self) -> Any:
        """Return the pairs of name and entry."""
        self._fill()
        return super().items()

    def get(self, key: str, default: Any = None) -> Any:
        """Return an entry, or `default` if there is none of that name."""
        self._fill()
        return super().get(key, default)

    def pop(self, *args: Any) -> Any:
        """Remove an entry and return it."""
        self._fill()
        return super().pop(*args)

    def popitem(self) -> tuple[str, Any]:
        """Remove the last entry and return its name and itself."""
        self._fill()
        return super().popitem()

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Return an entry, which is set to `default` if there is none."""
        self._fill()
        return super().setdefault(key, default)

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set entries."""
        self._fill()
        super().update(*args, **kwargs)

    def clear(self) -> None:
        """Remove all entries."""
        self._fill()
        super().clear()
