"""The version of the code, down to its bytes: changed code does its work anew."""

import hashlib
import sys
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

from pipeline import __version__
from pipeline.rule import Stage

ROOT = Path(__file__).resolve().parent.parent
CORE = (
    "document.py", "hints.py", "edit.py", "frequent.py", "gone.py", "lines.py", "openings.py", "required.py",
    "rule.py", "signal.py", "clean.py",
    "engine/batches.py", "engine/resume.py", "engine/tally.py", "engine/tasks.py", "engine/toolkit.py",
    "engine/watch.py",
    "publish/tables.py", "publish/schema.py",
)  # fmt: skip
PUBLISH = (
    "publish/documents.py", "publish/parquet.py", "publish/passages.py", "publish/rows.py", "publish/told.py",
    "publish/tokens.py",
)  # fmt: skip
# What text and bytes depend on besides our own code; unknown ones are passed over.
LIBRARIES = (
    "fastwarc", "ftfy", "numpy", "opencc", "opencc-python-reimplemented", "orjson", "pyarrow", "selectolax",
    "xxhash",
)  # fmt: skip
# These count tokens, where a tokenizer was given.
TOKENIZERS = ("sentencepiece", "tokenizers")


@cache
def digest(*places: str) -> str:
    """The SHA-256 of source files, and of data beside them, given as files and folders of the package."""
    return _digest(path for place in places for path in _files(ROOT / place))


def stages_digest(stages: Iterable[Stage]) -> str:
    """The SHA-256 of the files that stages are written in: their folders, and what all stages share."""
    shared = [path for path in (ROOT / "stages").glob("*") if path.is_file()]
    found = set(shared)
    for stage in stages:
        for rule in stage.rules:
            file = Path(sys.modules[rule.find.__module__].__file__ or "").resolve()
            folder = file.parent
            found.update(_files(folder) if (ROOT / "stages") in folder.parents else [file])
    return _digest(found)


def code_version(stages: Iterable[Stage]) -> str:
    """The version of the package and a digest of all code that decides what rows come out.

    The digest says what the number cannot: two states of the code between releases differ in it.
    """
    parts = (digest(*CORE), digest(*PUBLISH), digest("sources", "corpus", "stages/segments"), stages_digest(stages))
    return f"{__version__}+{hashlib.sha256(''.join(parts).encode()).hexdigest()[:12]}"


@cache
def libraries(tokens: bool = False, extractor: str = "") -> dict[str, str]:
    """The versions of Python and of the libraries that results depend on; `tokens`: those that count them too.

    `extractor`: that of HTML too, if one is asked.
    """
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for name in (*LIBRARIES, *(TOKENIZERS if tokens else ()), *filter(None, [extractor])):
        if version := _version(name):
            found[name] = version
    return found


@cache
def _version(name: str) -> str:
    """The version of what is installed under a name, empty where nothing is."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


@cache
def _files(place: Path) -> list[Path]:
    if not place.is_dir():
        return [place] if place.exists() else []
    return [p for p in place.rglob("*") if p.is_file() and "__pycache__" not in p.parts and p.suffix != ".pyc"]


def _digest(paths: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for path in sorted(set(paths)):
        name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name
        whole.update(f"{name} {_sha256(path)}\n".encode())
    return whole.hexdigest()


@cache
def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
