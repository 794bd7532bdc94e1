"""SCR201: 著 written for the particle 着."""

import re

import numpy as np

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.script.converted import change_edits, codes_with, traditional_pieces

CODE = "SCR201"

_ZHU = ord("著")
# How far a word may reach to either side.
_REACH = 6

# 著 zhù, to write or to be manifest. All else is the particle or a verb read zháo, zhuó: 着.
_WRITTEN = re.compile(
    "|".join(
        (
            r"著(?=[名作者述稱称錄录譯译撰書书《])",
            r"(?<=[顯显編编原專专遺遗巨論论譯译撰土昭卓拙彰所名大])著",
            r"(?<=微知)著",
            r"(?<=合)著(?=[者《的，。、；]|$)",
            r"著(?=有[《〈「『“【])|(?<=[，。、；並并曾另還还也])著(?=有)|^著(?=有)",
            r"(?<=[ \u3000])著(?=[ \u3000，。、；／/]|$)",  # the author of a book: 錢穆 著
        )
    ),
    re.MULTILINE,
)
# Where one of the above only seems to stand.
_PARTICLE = re.compile(
    "|".join(
        (
            r"著(?=名[單单字片牌義义額额氣气聲声叫貴贵師师模])",  # 跟著名師
            r"著(?=作[業业為为勢势揖法用戰战答弄])",  # 隨著作業
            r"(?<=[看讀读拿捧抱翻念背帶带攤摊望盯])著(?=[書书《])",  # 看著書
            r"(?<=[唱聽听演跳哼彈弹])著(?=《)",  # 唱著《茉莉花》
            r"(?<=[活坐站躺跪睡走笑哭])著(?=者)",  # 活著者
            r"(?<=[討讨議议談谈爭争評评辯辩][論论])著",  # 討論著
            r"(?<=翻[譯译])著(?![名作])",  # 翻譯著
            r"(?<=[凸突浮彰][顯显])著",  # 凸顯著
            r"(?<=大)著(?=[膽胆肚嗓聲声眼嘴])",  # 大著膽子
            r"(?<=編)著(?=[辮辫織织花])",  # 編著辮子
            r"(?<=[簽签])名著|(?<=還原)著(?!作)|(?<=所)著(?=[重手眼想])",
        )
    )
)


def _is_particle(text: str, at: int) -> bool:
    """Whether the 著 at a place is the particle.

    >>> [_is_particle("看著他", 1), _is_particle("著名的名著", 0), _is_particle("隨著名單", 1)]
    [True, False, True]
    """
    low = max(at - _REACH, 0)
    window, place = text[low : at + _REACH], at - low
    if any(m.start() <= place < m.end() for m in _PARTICLE.finditer(window)):
        return True
    return not any(m.start() == place for m in _WRITTEN.finditer(window))


@rule(CODE)
def particle_zhe(lines: Lines, context: Context) -> Found:
    """著 for the particle 着, as Taiwan and Hong Kong write it: 看著, 隨著, 沿著.

    Simplified script keeps 著 for zhù, to write or to be manifest, and has 着 for all else, the verbs in 著急, 著手
    and 附著 included. OpenCC leaves 著 as it is. The rule keeps it in the words of the first kind and changes it
    elsewhere, on the lines that are read as traditional.

    Leaves alone: 著名, 著作, 著者, 著稱, 名著, 原著, 顯著, 昭著, 土著 and their like; simplified lines.

    Before: `他看著一本著名的書`. After: `他看着一本著名的書`.
    """
    if context.options.direction != "t2s":
        return Found()
    changes = []
    for piece in lines.derived(traditional_pieces):
        at = np.flatnonzero(piece.codes == _ZHU).tolist()
        found = {p: "着" for p in at if _is_particle(piece.text, p)}
        changes.append((piece.start, piece.codes, codes_with(piece.codes, found)))
    return Found(edits=change_edits(changes, CODE))
