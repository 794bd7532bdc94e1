"""Definitions of benchmarks: one TOML file each, checked key by key, so that no slip of the pen goes unmeasured."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Literal, TypeVar, get_type_hints

from pipeline.errors import UsageError, meant

FOLDER = Path(__file__).parent / "definitions"
Size = Literal["full", "small"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Input:
    """What is read: the generator of `benchmarks/inputs` that makes it, and the seed that it begins from."""

    make: str
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Sized:
    """How much of it and how often: pages, and turns of A B A B."""

    pages: int
    turns: int


@dataclass(frozen=True, slots=True)
class Command:
    """One of the commands that take turns.

    `run`: its words; the first is `jingwen`, `python` (of its environment), `ours` (our Python) or a
    program; `{input}` and `{out}` are folders. `env`: the
    environment of a rival, ours where it is empty; `package`: whose versions the record tells. `says`: a pattern over
    what is printed, whose named groups are counts; without it the last line is JSON as `benchmarks.told` prints it.
    `prepare` runs before each turn in the same folder, `check` after the first one; neither is measured, and what check
    prints are further counts. `pages`: only so many of the input, by size. `cores`: pinned to so many. `turns`: fewer
    than the others take. `status`: the exit status of a run that went well.
    """

    name: str
    run: tuple[str, ...]
    env: str = ""
    package: tuple[str, ...] = ("jingwen",)
    says: str = ""
    prepare: tuple[str, ...] = ()
    check: tuple[str, ...] = ()
    pages: Mapping[str, int] | None = None
    cores: int = 0
    turns: int = 0
    status: int = 0


@dataclass(frozen=True, slots=True)
class Expect:
    """What a count must be, in every size: `is` a number or a count of the input, or between `least` and `most`, as a
    share of another count where `share_of` names one. `of` is a command; all of ours where it is empty.
    """

    count: str
    of: str = ""
    equals: int | float | str | None = None
    share_of: str = ""
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """What a figure of a command must reach at full size; small ones prove only that the figure is told."""

    of: str
    figure: str
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure of one command over that of another, turn by turn; `less` names a command that is taken off `of` first.

    A ratio with the same command on both sides divides two of its figures, `figure` by `by`.
    """

    name: str
    of: str
    to: str
    figure: str
    by: str = ""
    less: str = ""
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """A benchmark. `rows`: the figures that the table shows, all counts where it is empty; `same`: counts in which all
    commands agree; `needs`: what must be there (`benchmarks.needs`), else it is skipped with the reason.
    """

    name: str
    title: str
    what: str
    input: Input
    sizes: Mapping[str, Sized]
    commands: tuple[Command, ...]
    expect: tuple[Expect, ...] = ()
    limits: tuple[Limit, ...] = ()
    ratios: tuple[Ratio, ...] = ()
    rows: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    timeout_s: int = 900

    @property
    def has_rivals(self) -> bool:
        """Whether a command runs in another environment than ours."""
        return any(command.env for command in self.commands)


def load(path: Path) -> Definition:
    """The definition in a file; raises UsageError for a table, key or command that is not known."""
    where = path.name
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        near = meant(path.stem, names(path.parent))
        raise UsageError(f"There is no benchmark {path.stem}. Known: {', '.join(names(path.parent))}.{near}") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{where}: not TOML: {error}.") from None
    sizes = {size: _made(Sized, data.pop(size, {}), f"{where}: [{size}]") for size in ("full", "small")}
    data["input"] = _made(Input, data.get("input", {}), f"{where}: [input]")
    for key, table, kind in (
        ("commands", "command", Command),
        ("expect", "expect", Expect),
        ("limits", "limit", Limit),
        ("ratios", "ratio", Ratio),
    ):
        rows = data.pop(table, [])
        data[key] = tuple(_made(kind, row, f"{where}: [[{table}]]") for row in rows)
    made = _made(Definition, {"name": path.stem, "sizes": sizes, **data}, where)
    _check_commands(made, where)
    return made


def names(folder: Path = FOLDER) -> list[str]:
    """The names of all benchmarks."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def _made(kind: type[T], data: Mapping[str, Any], where: str) -> T:
    # `is` reads well in TOML and is no name in Python.
    values = {("equals" if key == "is" else key): value for key, value in data.items()}
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]  # all kinds are dataclasses
    types = get_type_hints(kind)
    for key, value in values.items():
        if key not in known:
            raise UsageError(f'{where} has no key "{key}". Known keys: {", ".join(known)}.{meant(key, known)}')
        if types[key] == tuple[str, ...]:
            values[key] = _words(value, f"{where} {key}")
    for name, f in known.items():
        if name not in values and f.default is MISSING and f.default_factory is MISSING:
            raise UsageError(f'{where} lacks the key "{name}".')
    return kind(**values)


def _words(value: Any, where: str) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(value.split())
    if isinstance(value, Sequence) and all(isinstance(word, str) for word in value):
        return tuple(value)
    raise UsageError(f"{where} is {value!r}; it takes a string or a list of strings.")


def _check_commands(definition: Definition, where: str) -> None:
    known = [command.name for command in definition.commands]
    if len(set(known)) < len(known) or not known:
        raise UsageError(f"{where}: each [[command]] needs a name of its own, and there must be one; found {known}.")
    used = [e.of for e in definition.expect if e.of] + [limit.of for limit in definition.limits]
    used += [name for r in definition.ratios for name in (r.of, r.to, r.less) if name]
    for name in used:
        if name not in known:
            raise UsageError(
                f'{where}: there is no command "{name}". Commands: {", ".join(known)}.{meant(name, known)}'
            )
