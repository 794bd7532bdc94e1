"""ENC102: UTF-8 that was read as GBK."""

import re

import numpy as np

from pipeline.edit import Edit, Edits
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.encoding.common_han import is_han, plain
from pipeline.stages.encoding.marks import GBK_START, positions
from pipeline.stages.encoding.settled import settled

CODE = "ENC102"

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
# Byte FF never occurs in UTF-8: it stands for a byte that was lost.
_LOST = b"\xff"
_CUT_OFF = re.compile(rb"[\xc2-\xf4][\x80-\xbf\xff]*")
_CHARACTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf\xff]|[\xe0-\xef][\x80-\xbf\xff]{2}|[\xf0-\xf4][\x80-\xbf\xff]{3}")
# Characters of level 2 and beyond make up one in 300 of real text and three in five of such mojibake.
_MAX_PLAIN_SHARE = 0.6
_MIN_PLAIN_SHARE = 0.8
# Three characters in are two out, the shortest name; with losses we want more to go by.
_MIN_CHARS = 3
_MIN_HAN_WHEN_LOST = 4


def _bytes(text: str) -> bytes:
    """The bytes that GBK showed as the text; FF for each that is not known."""
    known = text.replace("€", "\ufffd")  # 80, which GBK has no character for, is shown as either
    return b"".join(_LOST if c == "\ufffd" else c.encode("gb18030", "replace") for c in known)


def _mend(match: re.Match[bytes]) -> bytes:
    return "\ufffd".encode() if _LOST in match[0] else match[0]


def _decoded(data: bytes) -> str | None:
    """The bytes as UTF-8, U+FFFD for characters that miss a byte; None where they are no UTF-8."""
    data = _CHARACTER.sub(_mend, data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data" and not _CUT_OFF.fullmatch(data, error.start):
            return None
        return data[: error.start].decode("utf-8") + "\ufffd"


def said(text: str, max_lost_share: float) -> str | None:
    """What the text says as UTF-8; None where it is real. Characters that were lost are U+FFFD.

    >>> said("鑿忔辰", 0.4), said("涓国家", 0.4)
    ('菏泽', None)
    """
    shown = "".join(_BEYOND_ASCII.findall(text))
    if len(shown) < _MIN_CHARS or sum(c in plain() for c in shown) > _MAX_PLAIN_SHARE * len(shown):
        return None
    decoded = _decoded(_bytes(text))
    if decoded is None:
        return None
    decoded = settled(decoded)
    signs = "".join(_BEYOND_ASCII.findall(decoded))
    kept = signs.replace("\ufffd", "")
    lost = len(signs) - len(kept)
    han = sum(map(is_han, kept))
    if han < (_MIN_HAN_WHEN_LOST if lost else 2) or lost > max_lost_share * len(signs):
        return None
    return decoded if sum(c in plain() for c in kept) >= _MIN_PLAIN_SHARE * len(kept) else None


def _mended(text: str, max_lost_share: float) -> str | None:
    """What the text says; some readers put a question mark for a lost byte."""
    decoded = said(text, max_lost_share)
    return said(text.replace("?", "\ufffd"), max_lost_share) if decoded is None and "?" in text else decoded


@rule(CODE)
def utf8_as_gbk(lines: Lines, context: Context) -> Found:
    """UTF-8 that was read as GBK.

    `鏂伴椈` is what becomes of 新闻: three bytes a character are read two by two, and rare characters come out. The rest
    of the line, or the run up to the next ASCII, is turned back into bytes and read as UTF-8. It counts as broken
    if two in five of its characters or more are beyond level 1 of GB 2312, and no more than one in five of what it
    says: real text has both the other way round, and its bytes are UTF-8 only by accident. Bytes that GBK could not
    show are lost; their characters come back as U+FFFD, and with more than two in five lost the run stays as it is.

    Leaves alone: rare names and classical words; runs that do not begin after ASCII or at the head of the line.

    Before: `鏂伴椈 2012-03-04`. After: `新闻 2012-03-04`.
    """
    at = positions(lines, GBK_START)
    if not len(at):
        return Found()
    before = lines.codes[np.maximum(at - 1, 0)]
    starts = at[(before < 0x80) | (at == 0)]
    edits = []
    done = tried = -1
    for start, end in zip(starts.tolist(), lines.end[np.searchsorted(lines.end, starts)].tolist(), strict=True):
        if start < done:
            continue
        run = _BEYOND_ASCII.match(lines.text, start)
        assert run is not None  # a mark stands on a character beyond ASCII
        # The rest of the line once, from the first place in it; from then on one run at a time.
        for stop in (end, run.end()) if end != tried else (run.end(),):
            text = _mended(lines.text[start:stop], context.options.max_lost_share)
            if text is not None:
                edits.append(Edit(start, stop, text, CODE))
                done = stop
                break
        tried = end
    return Found(edits=Edits.of(edits)) if edits else Found()
