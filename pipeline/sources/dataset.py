"""Folders of Hugging Face datasets: which of their files are the data, by config and split.

Two layouts: that of the Hub, with a README that names files by patterns, and that of `save_to_disk`, with Arrow files
in a folder for each split. Without a word from either, splits are told by the names of files, as `datasets` does.
"""

import fnmatch
import re
from collections.abc import Iterable, Sequence
from typing import Any

from pipeline.config import SourceConfig
from pipeline.errors import InputError, UsageError, meant
from pipeline.sources.files import File, Found, safe_name
from pipeline.sources.storage import Root

_FRONT = re.compile(r"\A---\r?\n(.*?)\r?\n---\s*$", re.DOTALL | re.MULTILINE)
# Larger is no README, but something that calls itself so.
_MAX_README = 4 << 20
_DISK = ("dataset_dict.json", "dataset_info.json", "state.json")


def chosen(found: Found, source: SourceConfig) -> list[File]:
    """The files of a folder that hold its data: all of them where it is no dataset and no config or split is asked for.

    Raises UsageError for a config or split that is not there, naming those that are.
    """
    patterns = _patterns(found)
    if patterns is not None:
        config = _one(source.config or _default(patterns), patterns, "config", found.root)
        splits = patterns[config]
        names = [_one(source.split, splits, "split", found.root)] if source.split else list(splits)
        wanted = [pattern for name in names for pattern in splits[name]]
        return [f for f in found.files if any(matches(f.name, pattern) for pattern in wanted)]
    if source.config:
        raise UsageError(
            f"{safe_name(found.root.path)}: [source] config is {source.config!r}, and no README in it names a config."
        )
    files = _without_caches(found.files)
    if source.split:
        of_split = [f for f in files if _is_of(f.name, source.split)]
        if not of_split:
            raise UsageError(
                f"{safe_name(found.root.path)}: no file whose name or folder names the split {source.split!r}."
            )
        return of_split
    return files


def _without_caches(files: Sequence[File]) -> list[File]:
    """The files that are data: not what `save_to_disk` says of them, nor what `map` left beside them later."""
    saved = {f.name.rpartition("/")[0] for f in files if f.name.rpartition("/")[2] == "state.json"}
    out = []
    for file in files:
        folder, _, name = file.name.rpartition("/")
        if name not in _DISK and not (folder in saved and name.startswith(("cache-", "tmp"))):
            out.append(file)
    return out


def _one(name: str, known: Iterable[str], what: str, root: Root) -> str:
    if name in known:
        return name
    names = list(known)
    raise UsageError(
        f"{safe_name(root.path)}: there is no {what} {name!r}. There are: {', '.join(names)}.{meant(name, names)}"
    )


def _default(patterns: dict[str, Any]) -> str:
    return "default" if "default" in patterns else next(iter(patterns))


def _is_of(name: str, split: str) -> bool:
    """Whether a path names a split: as a folder, or at the start of the file's name or between its signs."""
    folders, _, file = name.rpartition("/")
    return split in folders.split("/") or split in re.split(r"[^0-9A-Za-z]+", file)


def matches(name: str, pattern: str) -> bool:
    """Whether a path is one that a pattern of a README means; `*` stays in a folder, `**` does not.

    >>> matches("data/train-0.parquet", "data/train-*"), matches("a/b/c.csv", "a/*"), matches("a/b/c.csv", "a/**")
    (True, False, True)
    """
    pattern = pattern.removeprefix("./").strip("/")
    if "**" not in pattern and name.count("/") != pattern.count("/"):
        return False
    if "**" not in pattern:
        pairs = zip(name.split("/"), pattern.split("/"), strict=True)
        return all(fnmatch.fnmatchcase(part, wanted) for part, wanted in pairs)
    return fnmatch.fnmatchcase(name, pattern.replace("**/", "*")) or fnmatch.fnmatchcase(name, pattern)


def _patterns(found: Found) -> dict[str, dict[str, list[str]]] | None:
    """Patterns by config and split from the README; nothing where it names no files."""
    if not any(f.name == "README.md" and not f.fault and f.size <= _MAX_README for f in found.files):
        return None
    try:
        with found.root.open("README.md") as file:
            front = _FRONT.match(file.read(_MAX_README).decode("utf-8", "replace").removeprefix("\ufeff"))
    except OSError as error:
        raise InputError(
            f"{safe_name(found.root.place('README.md'))}: cannot be read: {error.strerror or error}."
        ) from None
    configs = _front(front[1]).get("configs") if front else None
    out: dict[str, dict[str, list[str]]] = {}
    default = ""
    for config in configs if isinstance(configs, list) else []:
        if isinstance(config, dict) and isinstance(config.get("config_name"), str):
            name = config["config_name"]
            out[name] = _splits(config.get("data_files"), config.get("data_dir"))
            default = name if config.get("default") is True else default
    out = {name: splits for name, splits in out.items() if splits}
    if default in out:
        out = {default: out[default], **out}
        out = out if "default" not in out else {"default": out["default"], **out}
    return out or None


def _front(text: str) -> dict[str, Any]:
    import yaml

    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _splits(files: Any, folder: Any) -> dict[str, list[str]]:
    """`data_files` in the forms that the Hub takes: a pattern, several, or several of {split, path}."""
    base = f"{folder.strip('/')}/" if isinstance(folder, str) and folder.strip("/.") else ""
    if files is None and base:
        return {"train": [f"{base}**"]}
    items: Sequence[Any] = files if isinstance(files, list) else [files]
    out: dict[str, list[str]] = {}
    for item in items:
        split, path = (item.get("split", "train"), item.get("path")) if isinstance(item, dict) else ("train", item)
        for one in path if isinstance(path, list) else [path]:
            if isinstance(one, str):
                out.setdefault(str(split), []).append(base + one)
    return out
