"""Misreadings made on purpose, with an account of what they lose: for tests and benchmarks of stage encoding."""

import codecs
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ftfy import bad_codecs  # noqa: F401  # registers sloppy-windows-1252
from rapidfuzz.distance import LCSseq

from pipeline.clean import batches, clean
from pipeline.document import Page
from pipeline.stages.encoding import STAGE
from pipeline.stages.script.converted import to_traditional

CP1252 = "sloppy-windows-1252"
BEFORE, AFTER = "这一行没有坏。", "这一行也没有坏，还是好的。"


class Misreading(NamedTuple):
    """Steps of (encoded as, read as), one after the other; `traditional`: made from the text in traditional script."""

    name: str
    steps: tuple[tuple[str, str], ...]
    traditional: bool = False
    lost_as: str = "\ufffd"


# The ten that the Web is full of, and some that it has less of.
COMMON = (
    Misreading("GBK as Latin-1", (("gbk", "latin-1"),)),
    Misreading("GBK as cp1252", (("gbk", CP1252),)),
    Misreading("Big5 as Latin-1", (("cp950", "latin-1"),), True),
    Misreading("Big5 as cp1252", (("cp950", CP1252),), True),
    Misreading("UTF-8 as Latin-1", (("utf-8", "latin-1"),)),
    Misreading("UTF-8 as cp1252", (("utf-8", CP1252),)),
    Misreading("UTF-8 as GBK", (("utf-8", "gbk"),)),
    Misreading("UTF-8 as GBK, lost bytes as question marks", (("utf-8", "gbk"),), lost_as="?"),
    Misreading("UTF-8 as cp1252, twice", (("utf-8", CP1252), ("utf-8", CP1252))),
    Misreading("GBK as Latin-1, and that in UTF-8 as Latin-1", (("gbk", "latin-1"), ("utf-8", "latin-1"))),
)
FURTHER = (
    Misreading("UTF-8 as GB 18030", (("utf-8", "gb18030"),)),
    Misreading("UTF-8 as cp1252 that drops what it does not know", (("utf-8", "cp1252"),)),
    Misreading("UTF-8 of traditional text as GBK", (("utf-8", "gbk"),), True),
    Misreading("Big5 as cp1252, and that in UTF-8 as cp1252", (("cp950", CP1252), ("utf-8", CP1252)), True),
    Misreading("UTF-8 as GBK, and that as cp1252", (("utf-8", "gbk"), ("utf-8", CP1252))),
    Misreading("GBK as Big5", (("gbk", "cp950"),)),
    Misreading("Big5 as GB 18030", (("cp950", "gb18030"),), True),
)


class Broken(NamedTuple):
    """A text as a misreading shows it, and what of the original can be had back: U+FFFD for each character that lost a
    byte on the way.
    """

    shown: str
    possible: str


class _Shown(NamedTuple):
    char: str
    owners: frozenset[int]  # places in the original of the characters whose bytes are in it
    is_lost: bool


def broken(text: str, how: Misreading) -> Broken:
    """A text misread, step by step."""
    lost: set[int] = set()
    shown = [_Shown(char, frozenset([i]), False) for i, char in enumerate(text)]
    for encoding, reading in how.steps:
        shown = _step(shown, encoding, reading)
        lost.update(owner for s in shown if s.is_lost for owner in s.owners)
    possible = "".join("\ufffd" if i in lost else char for i, char in enumerate(text))
    return Broken("".join(how.lost_as if s.is_lost else s.char for s in shown), possible)


def _step(shown: Sequence[_Shown], encoding: str, reading: str) -> list[_Shown]:
    data, owners = bytearray(), []
    for s in shown:
        own = s.char.encode(encoding)
        data += own
        owners += [s.owners] * len(own)
    ends: dict[int, int] = {}

    def note(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)
        ends[error.start] = error.end
        return "\ufffd", error.end

    codecs.register_error("tests.note", note)
    out, at = [], 0
    for char in bytes(data).decode(reading, "tests.note"):
        end = ends.get(at) or at + len(char.encode(reading))
        out.append(_Shown(char, frozenset().union(*owners[at:end]), at in ends))
        at = end
    return out


def sentences(paragraphs: Sequence[str], min_han: int = 6) -> Iterator[str]:
    """The sentences of some paragraphs that have so many Han characters."""
    for paragraph in paragraphs:
        for sentence in re.findall(r"[^。！？\n]+[。！？]?", paragraph):
            if len(re.findall("[\u4e00-\u9fff]", sentence)) >= min_han and "\ufffd" not in sentence:
                yield sentence.strip()


def fit(texts: Sequence[str], how: Misreading) -> list[str]:
    """The texts in the script of a misreading, without what its first encoding cannot hold."""
    texts = [to_traditional().text(t) for t in texts] if how.traditional else list(texts)
    encoding = how.steps[0][0]
    return [t.encode(encoding, "ignore").decode(encoding) for t in texts]


class Restored(NamedTuple):
    """The shares of the characters that can be had back and did, and of the texts that are as good as they can be."""

    chars: float
    texts: float
    wrong: int


def restored(texts: Sequence[str], how: Misreading) -> Restored:
    """How much of some texts, each misread and set between two lines that are right, stage encoding brings back.

    Raises AssertionError where a line that was right has changed.
    """
    made = [broken(t, how) for t in fit(texts, how)]
    pages = [Page(str(i), f"{BEFORE}\n{m.shown}\n{AFTER}") for i, m in enumerate(made)]
    got: list[str] = []
    for group in batches(pages):
        trail = clean(group, [STAGE], {})
        got += [trail.text(i) for i in range(len(group))]
    assert all(g.startswith(BEFORE + "\n") and g.endswith("\n" + AFTER) for g in got)
    lines = [_squeezed(g[len(BEFORE) + 1 : -len(AFTER) - 1]) for g in got]
    wanted = [_squeezed(m.possible) for m in made]
    kept = [(w.replace("\ufffd", ""), g.replace("\ufffd", "")) for w, g in zip(wanted, lines, strict=True)]
    same = [LCSseq.similarity(w, g) for w, g in kept]
    exact = sum(w == g for w, g in zip(wanted, lines, strict=True))
    wrong = sum(len(g) - s for (_, g), s in zip(kept, same, strict=True))
    return Restored(sum(same) / sum(len(w) for w, _ in kept), exact / len(texts), wrong)


def _squeezed(text: str) -> str:
    """How many U+FFFD stand for what was lost is not told: one will do."""
    return re.sub("\ufffd+", "\ufffd", text)
