"""Counting tokens with a tokenizer of the user's own, given by its file."""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from pipeline.config import TOKENIZER_FILES
from pipeline.errors import InputError, UsageError

Counter: TypeAlias = Callable[[str], int]

_INSTALL = "{path}: counting with it needs the package {package}: python -m pip install 'jingwen[tokens]'."


@lru_cache(maxsize=4)
def counter(path: str, digest: str = "") -> Counter:
    """What counts the tokens of a text, special ones left out: `tokenizer.json` or a SentencePiece `.model`.

    `digest`, of the file, tells a file from another that has taken its place. Raises UsageError where the package that
    reads it is not installed, InputError where the file is no tokenizer.
    """
    file = tokenizer_file(path)
    return _sentencepiece(file) if file.suffix == ".model" else _tokenizers(file)


def tokenizer_file(path: str) -> Path:
    """The file of a tokenizer: itself, or the one of its kind in a folder. Raises InputError where there is none."""
    place = Path(path)
    if place.is_dir():
        found = [place / name for name in TOKENIZER_FILES]
        place = next((file for file in found if file.is_file()), place)
    if not place.is_file():
        raise InputError(
            f"{path}: there is no tokenizer. It is named by the path of its tokenizer.json, of its SentencePiece "
            ".model, or of the folder that holds one of them."
        )
    return place


def tokenizer_digest(path: str) -> str:
    """The SHA-256 of a tokenizer's file."""
    return hashlib.sha256(tokenizer_file(path).read_bytes()).hexdigest()


def _tokenizers(file: Path) -> Counter:
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise UsageError(_INSTALL.format(path=file, package="tokenizers")) from None
    try:
        made: Any = Tokenizer.from_str(file.read_text(encoding="utf-8"))
    except Exception as error:  # noqa: BLE001  # the library raises no other
        raise InputError(f"{file}: no tokenizer that the package tokenizers reads: {_short(error)}.") from None
    made.no_truncation()
    made.no_padding()
    return lambda text: len(made.encode(text, add_special_tokens=False).ids)


def _sentencepiece(file: Path) -> Counter:
    try:
        from sentencepiece import SentencePieceProcessor
    except ImportError:
        raise UsageError(_INSTALL.format(path=file, package="sentencepiece")) from None
    try:
        made: Any = SentencePieceProcessor(model_proto=file.read_bytes())
    except Exception as error:  # noqa: BLE001  # the library raises no other
        raise InputError(f"{file}: no model that the package sentencepiece reads: {_short(error)}.") from None
    return lambda text: len(made.encode(text))


def _short(error: Exception) -> str:
    return str(error).split("\n")[0].rstrip(".")[:200]
