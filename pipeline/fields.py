"""The fields of a batch as columns: one is a tuple only where someone asks for it.

Rules read millions of them and few rules look at any: what passes hand on stays as it is.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, Self, overload

import numpy as np

from pipeline.document import Field
from pipeline.edit import Ints


class Part(Protocol):
    """Some fields of a batch, in the order in which they were read."""

    def __len__(self) -> int:
        """How many they are."""

    def rows(self) -> Iterator[Field]:
        """Each of them."""

    def named(self, name: str) -> Iterator[tuple[int, str]]:
        """Page and value of those of a name."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Fields that the rules of a stage read, as columns of one length; each is as in a Field."""

    page: Ints
    name: Sequence[str]
    value: Sequence[str]
    start: Ints
    end: Ints
    rule: Sequence[str]
    stage: Sequence[str]

    @classmethod
    def of(cls, fields: Sequence[Field], rule: str | None = None, stage: str | None = None) -> Self:
        """The columns of fields, as read by a rule of a stage where these are given."""
        page, name, value, start, end, rules, stages = zip(*fields, strict=True) if fields else [()] * 7
        count = len(fields)
        return cls(
            np.array(page, dtype=np.int64), name, value, np.array(start, dtype=np.int64),
            np.array(end, dtype=np.int64), rules if rule is None else (rule,) * count,
            stages if stage is None else (stage,) * count,
        )  # fmt: skip

    @classmethod
    def join(cls, parts: Sequence["Reading"]) -> Self:
        """All fields of several readings, in order."""
        none = np.zeros(0, dtype=np.int64)
        page, start, end = (
            np.concatenate([none, *(getattr(p, column) for p in parts)]) for column in ("page", "start", "end")
        )
        name, value, rule, stage = (
            [*chain.from_iterable(getattr(p, column) for p in parts)] for column in ("name", "value", "rule", "stage")
        )
        return cls(page, name, value, start, end, rule, stage)

    def __len__(self) -> int:
        return len(self.page)

    def rows(self) -> Iterator[Field]:
        """Each field."""
        numbers = self.page.tolist(), self.start.tolist(), self.end.tolist()
        columns = numbers[0], self.name, self.value, *numbers[1:], self.rule, self.stage
        return map(Field._make, zip(*columns, strict=True))

    def named(self, name: str) -> Iterator[tuple[int, str]]:
        """Page and value of the fields of a name."""
        if name in self.name:
            columns = zip(self.page.tolist(), self.name, self.value, strict=True)
            yield from ((page, value) for page, own, value in columns if own == name)


class Fields(Sequence[Field]):
    """Fields in the order in which they were read, in parts: those of earlier passes, if any, then what a stage read.

    >>> fields = Fields([Field(0, "title", "甲", 0, 1, "MET101"), Field(1, "date", "2024-05-01", 2, 12, "MET301")])
    >>> len(fields), fields[1].name, list(fields.named("title"))
    (2, 'date', [(0, '甲')])
    """

    def __init__(self, fields: Iterable[Field] = (), parts: Iterable[Part] = ()) -> None:
        self.parts = [*parts]
        self += fields

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def __iter__(self) -> Iterator[Field]:
        return chain.from_iterable(part.rows() for part in self.parts)

    @overload
    def __getitem__(self, index: int) -> Field: ...
    @overload
    def __getitem__(self, index: slice) -> list[Field]: ...
    def __getitem__(self, index: int | slice) -> Field | list[Field]:
        return [*self][index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and [*self] == [*other]

    __hash__ = None  # type: ignore[assignment]  # it grows

    def __iadd__(self, fields: Iterable[Field]) -> Self:
        rows = [*fields]
        if rows:
            self.parts.append(Reading.of(rows))
        return self

    def named(self, name: str) -> Iterator[tuple[int, str]]:
        """Page and value of the fields of a name, in order."""
        return chain.from_iterable(part.named(name) for part in self.parts)
