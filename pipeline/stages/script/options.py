"""The options of stage script."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class ScriptOptions:
    """What a user may set for stage script."""

    # "t2s" brings traditional pages into the script of all others; "s2t" the other way round; "none" leaves both.
    direction: Literal["t2s", "s2t", "none"] = "t2s"
    # 「」 are as right in simplified text as “” and sometimes the page's own choice, so that they are left unless
    # asked for. Only lines that are converted change theirs.
    quotes: bool = False
