"""The configuration of a build: a TOML file, checked key by key, or defaults for a call without one.

What a file may hold is what the dataclasses here and the options of the stages have as fields; nothing else is listed.
"""

import dataclasses
import hashlib
import json
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from pipeline.errors import InputError, UsageError, meant
from pipeline.rule import Selection

T = TypeVar("T")
FORMATS = ("text", "html", "jsonl", "csv", "parquet", "arrow", "warc")
EXTRACTORS = ("trafilatura",)
# The file of a tokenizer in a folder; the first that is there is taken.
TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "spiece.model")

# The name is a folder of the release and of the dataset's loader, which trips over brackets, stars and colons.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_VERSION = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}")
_PLACE = re.compile(r"^(.*?) \(at line (\d+), column (\d+)\)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class CorpusConfig:
    """What is published: its name, licence (an SPDX identifier) and a sentence for the card."""

    name: str
    licence: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"name is {self.name!r}; a name has up to 96 letters, digits, dots, dashes and underscores of ASCII."
            )


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """Where the pages are: a file, folder or address, its format (by suffix when empty), and the fields of records.

    A record is a line of JSONL, a row of CSV, Parquet or Arrow. Its page is the field `text`, or `html` where that has
    none. Without the field `id` it is named by file and line; the host of `url` is its site. `title`, `date`, `source`
    and `authors` go before what is found on the page. `config` and `split` choose from a Hugging Face dataset.
    `extractor` says by what the text of an HTML page is told from the rest of it: one of EXTRACTORS, or our own rules.
    """

    path: str
    format: str = ""
    text: str = "text"
    html: str = "html"
    id: str = "id"
    url: str = "url"
    title: str = "title"
    date: str = "date"
    source: str = "source"
    authors: str = "authors"
    config: str = ""
    split: str = ""
    extractor: str = ""

    def __post_init__(self) -> None:
        if not self.path:
            raise ValueError("path is empty; it names the file or folder to read.")
        if self.format and self.format not in FORMATS:
            raise ValueError(
                f"format is {self.format!r}; known formats: {', '.join(FORMATS)}.{meant(self.format, FORMATS)}"
            )
        if self.extractor and self.extractor not in EXTRACTORS:
            raise ValueError(
                f"extractor is {self.extractor!r}; known extractors: {', '.join(EXTRACTORS)}; without one the "
                "rules of this program tell text from the rest."
            )
        if not self.text and not self.html:
            raise ValueError("text and html are empty; one of them names the field that holds a page.")


@dataclass(frozen=True, slots=True)
class BuildConfig:
    """How and where a build is made; of all this only the share of pages that may be set aside can stop it."""

    out: str = "RELEASES"
    store: str = ".jingwen"
    # 0 takes every core: tasks do not wait for each other.
    workers: int = 0
    # In millions of bytes; 0 cuts the input into some 128 parts of 4 to 64 MB, so that a changed page costs little.
    part_mb: float = 0.0
    # Half of the pages: beyond it the input is more likely misread than bad.
    max_set_aside: float = 0.5
    # Where tasks run: processes of this machine, or the Ray cluster at `address` (empty: the one that it is part of).
    engine: Literal["local", "ray"] = "local"
    address: str = ""
    # Empty: proposed from what changed against the release before.
    version: str = ""
    # Empty: the newest release. What changed, and so the next version, is reckoned from the parent.
    parent: str = ""

    def __post_init__(self) -> None:
        for key in ("out", "store"):
            if not getattr(self, key):
                raise ValueError(f"{key} is empty; it names a folder.")
        if self.address and self.engine != "ray":
            raise ValueError(f'address is {self.address!r}, which only engine = "ray" takes.')
        if self.workers < 0:
            raise ValueError(f"workers is {self.workers}; it takes 0 (all cores) or more.")
        if not 0 <= self.part_mb <= 1024:
            raise ValueError(f"part_mb is {self.part_mb:g}; it takes 0 (chosen by the size of the input) up to 1024.")
        if not 0 <= self.max_set_aside <= 1:
            raise ValueError(f"max_set_aside is {self.max_set_aside:g}; it is a share, from 0 to 1.")
        for key in ("version", "parent"):
            value = getattr(self, key)
            if value and not _VERSION.fullmatch(value):
                raise ValueError(f"{key} is {value!r}; it takes three numbers, as 1.0.0, or nothing.")

    @property
    def part_bytes(self) -> int:
        """The size of a part in bytes; 0 where the size of the input is to choose it."""
        return max(1, int(self.part_mb * 1_000_000)) if self.part_mb else 0


@dataclass(frozen=True, slots=True)
class Config:
    """A whole configuration; `stages` holds the options of every stage by its name, defaults included."""

    corpus: CorpusConfig
    source: SourceConfig
    rules: Selection
    stages: dict[str, Any]
    build: BuildConfig

    def digest(self) -> str:
        """SHA-256 of all that decides what rows come out: how pages are read, which rules run, the options of stages.

        Neither the corpus's name and words count, nor where things lie, nor how the work is shared out.
        """
        source = dataclasses.asdict(self.source)
        del source["path"]
        data = {
            "source": source,
            "rules": {"select": sorted(set(self.rules.select)), "ignore": sorted(set(self.rules.ignore))},
            "stages": {name: described(options) for name, options in self.stages.items()},
        }
        text = json.dumps(data, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()


def described(options: Any) -> Any:
    """Options as plain values: where one names files, their names and contents, wherever they lie.

    Raises InputError for a file that cannot be read.
    """
    if not dataclasses.is_dataclass(options):
        return options
    values = {}
    for f in dataclasses.fields(options):
        value = getattr(options, f.name)
        if f.metadata.get("file") and value:
            value = [_content(p) for p in ([value] if isinstance(value, str) else value)]
        values[f.name] = value
    return values


def _content(path: str) -> list[str]:
    """The name of a file and the digest of what is in it, or of a folder: its tokenizer, else all of its files."""
    place = Path(path)
    whole = hashlib.sha256()
    try:
        # The folder of a model holds gigabytes besides its tokenizer.
        known = [place / name for name in TOKENIZER_FILES if (place / name).is_file()][:1]
        files = known or sorted(p for p in place.rglob("*") if p.is_file()) if place.is_dir() else [place]
        for file in files:
            with file.open("rb") as stream:
                whole.update(
                    f"{file.relative_to(place)} {hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode()
                )
    except OSError as error:
        raise InputError(f"{path}: the file that the configuration names cannot be read: {error.strerror}.") from None
    return [place.name, whole.hexdigest()]


def load(path: str | Path, **tables: Mapping[str, Any]) -> Config:
    """The configuration in a TOML file; keys of `tables` (by table name) that are not None take precedence over it.

    Raises UsageError for a file that is not there or not TOML, and for every table, key or value that is not known.
    """
    data = _parsed(Path(path))
    return _config(_overlaid(data, tables, str(path)), str(path))


def default(path: str | Path = ".", **tables: Mapping[str, Any]) -> Config:
    """The configuration of a call without a file, as `jingwen clean pages.jsonl`; `tables` as in `load`.

    >>> default("pages.jsonl", build={"workers": 2}).build.workers
    2
    """
    data = {"corpus": {"name": "pages"}, "source": {"path": str(path)}}
    return _config(_overlaid(data, tables, "the call"), "the call")


def stage_types() -> dict[str, type]:
    """The options class of every stage, by the name of its table."""
    from pipeline.stages import STAGES
    from pipeline.stages.segments import SegmentOptions

    return {stage.name: stage.options for stage in STAGES} | {"segments": SegmentOptions}


def rule_codes() -> list[str]:
    """The codes of all rules."""
    from pipeline.stages import STAGES

    return [rule.code for stage in STAGES for rule in stage.rules]


def _parsed(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes().decode("utf-8-sig")  # editors on Windows write a mark that TOML does not allow
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise UsageError(f"{path}:{line}: not UTF-8, as TOML must be; save the file as UTF-8.") from None
    except FileNotFoundError:
        near = meant(path.name, (p.name for p in path.parent.glob("*.toml")))
        raise UsageError(f"{path}: no such configuration file, seen from {Path.cwd()}.{near}") from None
    except OSError as error:
        raise UsageError(f"{path}: the configuration cannot be read: {error.strerror}.") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _PLACE.match(str(error))
        what, line_column = (found[1], f":{found[2]}:{found[3]}") if found else (str(error), "")
        if what == "Cannot overwrite a value":
            raise UsageError(
                f"{path}{line_column}: a key stands there for the second time. Keep one of them."
            ) from None
        raise UsageError(
            f"{path}{line_column}: not TOML: {what}. Strings need quotes, lists brackets, tables [names]."
        ) from None


def _overlaid(data: dict[str, Any], tables: Mapping[str, Mapping[str, Any]], where: str) -> dict[str, Any]:
    out = dict(data)
    for name, values in tables.items():
        old = out.get(name, {})
        if not isinstance(old, dict):
            raise UsageError(f"{where}: {name} is {_shown(old)}; it is a table and begins with a line [{name}].")
        new = {key: value for key, value in values.items() if value is not None}
        for key, value in new.items():  # a stage's own options are laid over one by one
            if isinstance(value, Mapping) and isinstance(old.get(key), Mapping):
                new[key] = {**old[key], **value}
        out[name] = {**old, **new}
    return out


_TABLES: dict[str, type] = {
    "corpus": CorpusConfig,
    "source": SourceConfig,
    "rules": Selection,
    "build": BuildConfig,
}


def _config(data: Mapping[str, Any], where: str) -> Config:
    known = [*_TABLES, "stages"]
    for name, value in data.items():
        if name not in known:
            what = f"table [{name}]" if isinstance(value, dict) else f'key "{name}" outside of a table'
            raise UsageError(f"{where}: there is no {what}.\nKnown tables: {', '.join(known)}.{meant(name, known)}")
    parts: dict[str, Any] = {name: _table(kind, data.get(name, {}), where, name) for name, kind in _TABLES.items()}
    _check_codes(parts["rules"], where)
    stages = _stages(data.get("stages", {}), where)
    return Config(**parts, stages=stages)


def _stages(data: Any, where: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise UsageError(f"{where}: stages is {_shown(data)}; the options of a stage stand in a table [stages.name].")
    kinds = stage_types()
    for name in data:
        if name not in kinds:
            raise UsageError(
                f"{where}: there is no stage [stages.{name}].\nKnown stages: {', '.join(kinds)}.{meant(name, kinds)}"
            )
    return {name: _table(kind, data.get(name, {}), where, f"stages.{name}") for name, kind in kinds.items()}


def _table(kind: type[T], data: Any, where: str, table: str) -> T:
    """An object of a dataclass from a table of the file."""
    if not isinstance(data, Mapping):
        raise UsageError(f"{where}: {table} is {_shown(data)}; it is a table and begins with a line [{table}].")
    fields = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]  # all kinds are dataclasses
    types_ = get_type_hints(kind)
    values = {}
    for key, value in data.items():
        if key not in fields:
            known = f"Known keys: {', '.join(fields)}." if fields else "It takes no keys."
            raise UsageError(
                f'{where}: [{table}] has no key "{key}".\n{known}{meant(key, fields) or _elsewhere(key, table)}'
            )
        values[key] = _typed(value, types_[key], f"{where}: [{table}] {key}")
    for name, f in fields.items():
        if name not in values and f.default is f.default_factory is dataclasses.MISSING:
            raise UsageError(f'{where}: [{table}] lacks the key "{name}", which has no default.')
    try:
        made = kind(**values)
        _check_numbers(made, table)
    except ValueError as error:
        raise UsageError(f"{where}: [{table}] {error}") from None
    return made


def _typed(value: Any, kind: Any, what: str) -> Any:
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise UsageError(f"{what} is {value}; it takes a finite number.")
        return float(value)
    if kind == tuple[str, ...] and isinstance(value, list | tuple) and all(isinstance(v, str) for v in value):
        return tuple(value)
    if type(value) is kind or value in get_args(kind):
        return value
    if get_origin(kind) is Literal:
        known = [str(choice) for choice in get_args(kind)]
        taken = " or ".join(f'"{choice}"' for choice in known)
        raise UsageError(f"{what} is {_shown(value)}; it takes {taken}.{meant(str(value), known)}")
    wanted = {int: "a whole number", float: "a number", bool: "true or false", str: 'a string in "quotes"'}
    taken = wanted.get(kind, 'a list of strings, as ["a", "b"]' if kind == tuple[str, ...] else str(kind))
    raise UsageError(f"{what} is {_shown(value)}; it takes {taken}.")


def _shown(value: Any) -> str:
    names = {
        bool: "a truth value",
        int: "a whole number",
        float: "a number",
        str: "a string",
        list: "a list",
        dict: "a table",
    }
    text = json.dumps(value, ensure_ascii=False, default=str)
    return f"{text if len(text) <= 60 else text[:57] + '…'}, {names.get(type(value), 'a ' + type(value).__name__)}"


def _check_numbers(options: Any, table: str) -> None:
    """Ranges that a name gives away: nothing below 0, no share or ratio above 1, no minimum above its maximum."""
    if not table.startswith("stages."):
        return
    values = {f.name: getattr(options, f.name) for f in dataclasses.fields(options)}
    numbers = {k: v for k, v in values.items() if isinstance(v, int | float) and not isinstance(v, bool)}
    for key, value in numbers.items():
        if value < 0:
            raise ValueError(f"{key} is {value}; it takes 0 or more.")
        if re.search(r"(^|_)(share|ratio)$", key) and value > 1:
            raise ValueError(f"{key} is {value}; it is a share, from 0 to 1.")
        high = "max_" + key[4:]
        if key.startswith("min_") and high in numbers and numbers[high] < value:
            raise ValueError(f"{key} is {value}, above {high}, which is {numbers[high]}.")


def _check_codes(rules: Selection, where: str) -> None:
    codes = rule_codes()
    families = sorted({code[:3] for code in codes})
    for key, prefixes in (("select", rules.select), ("ignore", rules.ignore)):
        for prefix in prefixes:
            if prefix != "ALL" and not (prefix and any(code.startswith(prefix) for code in codes)):
                raise UsageError(
                    f'{where}: [rules] {key} names "{prefix}", with which no rule code begins.\n'
                    f"Known families: ALL, {', '.join(families)}.{meant(prefix, ['ALL', *families, *codes])}"
                )


def _elsewhere(key: str, table: str) -> str:
    """Where a key does belong, if another table has it."""
    kinds = {**_TABLES, **{f"stages.{name}": kind for name, kind in stage_types().items()}}
    homes = [
        f"[{name}]"
        for name, kind in kinds.items()
        if name != table and key in {f.name for f in dataclasses.fields(kind)}
    ]
    return f" It belongs to {' or '.join(homes)}." if homes else ""
