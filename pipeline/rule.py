"""Rules: each finds one thing, under a code, its docstring its manual page; stages: rules that see the same text."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from pipeline.document import Field, Page
from pipeline.edit import Edits, Ints, strings
from pipeline.fields import Fields
from pipeline.lines import Lines, Mask

_CODE = re.compile(r"[A-Z]{3}\d{3}")
_NONE = Edits.empty()


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found in a batch.

    `rows`: lines to take out whole, blank lines between two of them included; `edits`: spans to change, in positions of
    the batch; `fields`: values read; `breaks`: rows at which another document begins; `aside`: page index to the reason
    why the page is no text. `note` says of all `rows` why, in a few words.
    """

    rows: Mask | None = None
    edits: Edits | None = None
    fields: Sequence[Field] = ()
    breaks: Ints | None = None
    aside: Mapping[int, str] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may look at besides the lines: the pages, the options of its stage, fields found so far, a
    summary, what earlier rules have taken from the same text, and where further documents begin in it.
    """

    pages: Sequence[Page]
    options: Any
    fields: Fields = field(default_factory=Fields)
    summary: Any = None
    taken: Sequence[Edits] = ()
    breaks: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def documents(self, lines: Lines) -> "Documents":
        """The documents of all pages, as far as they have been told apart."""
        return documents(lines, self.breaks)

    def touched(self, lines: Lines) -> Mask:
        """Lines of which an earlier rule has taken something."""
        start, end = (np.concatenate([getattr(e, side) for e in (_NONE, *self.taken)]) for side in ("start", "end"))
        # From the first line that ends behind an edit's start to the last one that begins before its end.
        first, beyond = np.searchsorted(lines.end, start, side="right"), np.searchsorted(lines.start, end)
        step = np.bincount(first, minlength=len(lines) + 1) - np.bincount(beyond, minlength=len(lines) + 1)
        found: Mask = np.cumsum(step[:-1]) > 0
        return found


class Documents(NamedTuple):
    """Documents of a batch, in order: their page and their span; the line feed between two belongs to neither."""

    page: Ints
    start: Ints
    end: Ints


def documents(lines: Lines, breaks: Ints) -> Documents:
    """The documents of a batch; `breaks` are the positions, in order, at which further ones begin on their page."""
    page = np.searchsorted(lines.page_start, breaks, side="right") - 1
    pages = np.concatenate((np.arange(lines.pages), page))
    order = np.argsort(pages, kind="stable")
    start = np.concatenate((lines.page_start[:-1], breaks))[order]
    following = np.append(start[1:], lines.page_start[-1])[: len(start)]
    return Documents(pages[order], start, following - 1)


Find: TypeAlias = Callable[[Lines, Context], Found]


@dataclass(frozen=True, slots=True)
class Rule:
    """A named finder of edits; an `optional` one runs only where its code, or the beginning of it, is selected."""

    code: str
    find: Find
    optional: bool = False

    @property
    def name(self) -> str:
        """What the rule finds, in words: `menu block`."""
        return self.find.__name__.replace("_", " ")

    @property
    def manual(self) -> str:
        """Its manual page, in Markdown."""
        return re.sub(r"^ {4}", "", self.find.__doc__ or "", flags=re.MULTILINE).strip()


def rule(code: str, optional: bool = False) -> Callable[[Find], Rule]:
    """Make a rule of a function; its name says what it finds and its docstring is the manual page."""
    if not _CODE.fullmatch(code):
        raise ValueError(f"{code!r} is no rule code: three capitals and three digits, as NAV101.")
    return lambda find: Rule(code, find, optional)


@dataclass(frozen=True, slots=True)
class NoOptions:
    """A stage without options."""


@dataclass(frozen=True, slots=True)
class Stage:
    """An ordered tuple of rules that see the same text; where two overlap the earlier wins.

    `corpus` marks a stage that needs a summary of the whole corpus. Stages of one `group` that follow each other see
    the same text too: what one takes is no evidence lost to the next. Rules of such a stage may only delete.
    """

    name: str
    rules: tuple[Rule, ...]
    options: type = NoOptions
    corpus: bool = False
    group: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rules run: the longest prefix that names a code decides, `ignore` before `select` where equally long.

    `ALL` names every code but those of optional rules.

    >>> s = Selection(select=("ALL",), ignore=("NAV", "WRP2"))
    >>> s("NAV101"), s("WRP101"), s("WRP201")
    (False, True, False)
    >>> s("NRM201", optional=True), Selection(("ALL", "NRM2"))("NRM201", optional=True)
    (False, True)
    """

    select: tuple[str, ...] = ("ALL",)
    ignore: tuple[str, ...] = ()

    def __call__(self, code: str, optional: bool = False) -> bool:
        """Whether the rule of that code runs."""
        selected = self._longest(code, self.select)
        return selected > self._longest(code, self.ignore) and (selected > 0 or not optional)

    @staticmethod
    def _longest(code: str, prefixes: Iterable[str]) -> int:
        return max((0 if p == "ALL" else len(p) for p in prefixes if p == "ALL" or code.startswith(p)), default=-1)


def line_edits(lines: Lines, rows: Ints, code: str, replacement: str = "", note: str = "") -> Edits:
    """Edits that take out whole lines, one for each run of rows that only blank lines separate.

    Where the run ends its page the line feed before it goes too, so that no empty line stays behind.
    """
    if not len(rows):
        return Edits.empty()
    joined = lines.neighbour(1)[rows[:-1]] == rows[1:]
    first = rows[np.concatenate(([True], ~joined))]
    last = rows[np.concatenate((~joined, [True]))]
    is_final = last + 1 == lines.end_row[lines.page[last]]
    start = lines.start[first]
    end = np.where(is_final, lines.end[last], lines.end[last] + 1)
    return span_edits(start, end, code, replacement, note)


def span_edits(
    start: Ints, end: Ints, code: str, replacement: str | Sequence[str] = "", note: str | Sequence[str] = ""
) -> Edits:
    """Edits of given spans by one rule."""
    n = len(start)
    return Edits(
        np.asarray(start, dtype=np.int64), np.asarray(end, dtype=np.int64), strings(replacement, n), strings(code, n),
        strings(note, n), np.full(n, -1, dtype=np.int64),
    ).sorted()  # fmt: skip
