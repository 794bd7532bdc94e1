"""SCR001: the script of a page; and which lines a conversion may touch."""

from functools import cache
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.document import Field
from pipeline.edit import Ints
from pipeline.lines import Lines, Mask, looked_up
from pipeline.rule import Context, Found, rule
from pipeline.stages.script.dictionaries import dictionary
from pipeline.stages.script.mends import VARIANTS

CODE = "SCR001"

Script = Literal["Hans", "Hant", "mixed", "none"]

_SIMPLIFIED, _TRADITIONAL, _HINT = 1, 2, 3
_SIZE = 0x110000

# In 11.7 M characters of simplified articles no page has more than 0.5 % traditional characters among those that
# decide; of 500 traditional sentences, and of the same sentences in simplified script, none has any of the other kind.
# Between one tenth and nine tenths lie only pages that have both.
_MAX_IN_SIMPLIFIED = 0.1
_MIN_IN_TRADITIONAL = 0.9
# On a page with both, a line of which a third is traditional: a list that sets the two side by side counts, a
# simplified sentence that names a traditional book does not. We would rather convert such a name than leave the list.
_MIN_IN_LINE = 1 / 3
# Traditional but allowed in simplified text for names (通用规范汉字表, 2013), and so no evidence: 毕昇 stands in
# simplified pages.
_IN_BOTH = frozenset("昇陞甦甯脩蒐剋氾釐邨堃龢勣迺谿鉅鍾祕頫")
# Where nothing else tells, as in a heading of four characters, these and the variants that we mend are a hint. What is
# done to them there is the same as anywhere: names keep theirs.
_HINTS = _IN_BOTH | frozenset("乾於藉瞭") | {variant for variant, _ in VARIANTS}


def _is_in(char: str, encoding: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


@cache
def evidence() -> npt.NDArray[np.uint8]:
    """For each code point: in simplified text only (1), in traditional only (2), a hint (3), or nothing (0).

    Traditional are characters that OpenCC simplifies and GB 2312, the set of simplified text, does not hold;
    simplified those that OpenCC has a traditional form for and Big5 does not hold. 后 and 里 are in both and tell
    nothing.
    """
    table = np.zeros(_SIZE, dtype=np.uint8)
    table[[ord(c) for c in _HINTS]] = _HINT
    for name, encoding, kind in (("STCharacters", "big5", _SIMPLIFIED), ("TSCharacters", "gb2312", _TRADITIONAL)):
        for char, other in dictionary(name).items():
            if char != other and char not in _HINTS and not _is_in(char, encoding):
                table[ord(char)] = kind
    return table


_SCRIPTS: tuple[Script, ...] = ("Hans", "mixed", "Hant", "none")


class Judged(NamedTuple):
    """The scripts of a batch: counts of deciding characters by page, and which lines are to be read as traditional."""

    simplified: Ints
    traditional: Ints
    share: npt.NDArray[np.float64]  # the traditional share of both
    traditional_rows: Mask

    def scripts(self) -> list[Script]:
        """The script of every page."""
        place = (self.share > _MAX_IN_SIMPLIFIED).astype(np.int64) + (self.share >= _MIN_IN_TRADITIONAL)
        place[self.simplified + self.traditional == 0] = len(_SCRIPTS) - 1
        return [_SCRIPTS[i] for i in place.tolist()]


def judged(lines: Lines) -> Judged:
    """Judge a batch; use as `lines.derived(judged)`."""
    table = looked_up(evidence(), lines.codes)
    if not lines.pages:
        none = np.zeros(0, dtype=np.int64)
        return Judged(none, none, np.zeros(0), np.zeros(0, dtype=bool))
    traditional = np.flatnonzero(table == _TRADITIONAL)
    simplified = np.diff(np.searchsorted(np.flatnonzero(table == _SIMPLIFIED), lines.page_start))
    by_page = np.diff(np.searchsorted(traditional, lines.page_start))
    share = by_page / np.maximum(simplified + by_page, 1)
    out = Judged(simplified, by_page, share, np.zeros(len(lines), dtype=bool))
    silent = simplified + by_page == 0
    if silent.any():
        hinted = np.diff(np.searchsorted(np.flatnonzero(table == _HINT), lines.page_start)) > 0
        out.traditional_rows[:] = (silent & hinted)[lines.page]
    may = out.share > _MAX_IN_SIMPLIFIED
    if may.any():
        edges = np.append(lines.start, len(table))
        t = np.diff(np.searchsorted(traditional, edges))
        s = np.diff(np.searchsorted(np.flatnonzero(table == _SIMPLIFIED), edges))
        undecided = (s + t == 0) & (out.share >= 0.5)[lines.page]
        out.traditional_rows[:] |= may[lines.page] & (undecided | (t >= _MIN_IN_LINE * np.maximum(s + t, 1)))
        out.traditional_rows[:] |= (out.share >= _MIN_IN_TRADITIONAL)[lines.page]
    return out


def script_of(lines: Lines) -> list[Script]:
    """The script of every page of a batch: Hans, Hant, mixed, or none where no character decides.

    >>> script_of(Lines.of(["这里写着简体字", "這裡寫著繁體字", "abc"]))
    ['Hans', 'Hant', 'none']
    """
    return lines.derived(judged).scripts()


@rule(CODE)
def page_script(lines: Lines, context: Context) -> Found:
    """The script of the page as it came: `Hans`, `Hant` or `mixed`.

    The rule changes nothing; it yields a field `script` with an empty span. What tells are characters that only
    simplified text has (国, 发) or only traditional (國, 發); 后, 里 and 著 stand in both. Simplified pages have under
    0.5 % of the other kind, traditional sentences none; a page with more than a tenth of each is mixed.

    Leaves alone: everything; a page on which no character tells has no such field.

    Before: `國家`. After: the same, with the field `script = Hant`.
    """
    found = [(page, name) for page, name in enumerate(script_of(lines)) if name != "none"]
    return Found(fields=[Field(page, "script", name, 0, 0, CODE) for page, name in found])
