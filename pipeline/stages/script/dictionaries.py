"""The dictionaries of OpenCC, as data: they are plain files in the package opencc-python-reimplemented."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal

Name = Literal["TSCharacters", "TSPhrases", "STCharacters", "STPhrases"]

# OpenCC cuts its text at these before it looks anything up: a phrase with one of them never matches.
_SEPARATORS = frozenset(" \t-,.?!*\u3000，。、；：？！…“”‘’『』「」—－（）《》〈〉～．／＼")


@cache
def dictionary(name: Name) -> Mapping[str, str]:
    """A dictionary of the package; where it offers several values, the first, which is the one OpenCC takes.

    >>> dictionary("TSPhrases")["計畫"], dictionary("TSCharacters")["畫"]
    ('计划', '画')
    """
    text = resources.files("opencc").joinpath("dictionary", f"{name}.txt").read_text(encoding="utf-8")
    pairs = (line.strip().split("\t") for line in text.split("\n") if line.strip())
    out = {key: values.split(" ")[0] for key, values in pairs if not _SEPARATORS & set(key)}
    odd = [key for key, value in out.items() if len(key) != len(value)]
    if odd:
        raise ValueError(f"OpenCC's {name} has {odd[0]!r}, whose value is longer or shorter: edits expect one for one.")
    return out
