"""SCR002: whose traditional script a page is written in, Taiwan's or Hong Kong's."""

from functools import cache

import numpy as np
import numpy.typing as npt

from pipeline.document import Field
from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.script.conversion import Phrases
from pipeline.stages.script.page_script import judged

CODE = "SCR002"

# Of written Cantonese, and the one form of Hong Kong that neither Taiwan nor a converter from simplified script has.
# 裏, 着, 羣 and 麪 are forms of OpenCC too, and 裡 and 群 what most keyboards give: they tell nothing.
_HONG_KONG = "衞嘅咗喺冇佢哋啲嘢嗰咁唔咩嚟畀搵嗌攞瞓"
# What a thing is called in one of the two and neither in the other nor on the mainland, whose text a converter may have
# made traditional. No names of places and offices: they tell what a page is about. No word that two others may make
# where they meet, as 國中 in 中國中部.
_TAIWAN_WORDS = (
    "網路 軟體 硬體 程式碼 資料庫 滑鼠 螢幕 部落格 部落客 計程車 捷運 便當 新台幣 新臺幣 營養午餐 泡麵 鳳梨 馬鈴薯 隨身碟 網際網路 簡訊 "
    "悠遊卡 健保 伺服器 記憶體 硬碟 光碟 晶片 筆電 演算法 韌體 交流道 超商 統一發票 役男 機車騎士 矽谷 寮國 立委"
)
_HONG_KONG_WORDS = (
    "巴士 小巴 港鐵 電單車 飯盒 特首 屋邨 中學文憑試 八達通 強積金 即食麵 薯仔 唐樓 劏房 茶餐廳 差餉 港聞 警員 搭棚 士多 泊車 揸車 "
    "睇波 埋單 上載 鐳射 沙律 朱古力 多士 曲奇 冷衫"
)
# Three signs, of which three in four agree: a page of Taiwan may speak of 港鐵, and one of Hong Kong of 捷運.
_MIN_SIGNS = 3
_MIN_SHARE = 0.75


@cache
def _characters() -> npt.NDArray[np.bool_]:
    table = np.zeros(0x110000, dtype=bool)
    table[[ord(c) for c in _HONG_KONG]] = True
    return table


@cache
def _words() -> tuple[Phrases, dict[str, int]]:
    signs = dict.fromkeys(_TAIWAN_WORDS.split(), 1) | dict.fromkeys(_HONG_KONG_WORDS.split(), -1)
    return Phrases(dict.fromkeys(signs, "")), signs


def region_of(lines: Lines, page: int) -> str | None:
    """`TW`, `HK`, or nothing where too little tells."""
    low, high = int(lines.page_start[page]), int(lines.page_start[page + 1]) - 1
    text, codes = lines.text[low:high], lines.codes[low:high]
    taiwan, hong_kong = 0, int(_characters()[codes].sum())
    words, signs = _words()
    for _, word in words.occurrences(text, codes):
        taiwan += signs[word] > 0
        hong_kong += signs[word] < 0
    most = max(taiwan, hong_kong)
    if most < _MIN_SIGNS or most < _MIN_SHARE * (taiwan + hong_kong):
        return None
    return "TW" if taiwan > hong_kong else "HK"


@rule(CODE)
def page_region(lines: Lines, context: Context) -> Found:
    """Whose traditional script a page is written in: `TW` or `HK`, in a field `region`.

    Taiwan rides the 捷運 where Hong Kong has its 港鐵, has 網路 and 軟體, and pays in 新台幣; 嘅 and 唔 are Cantonese.
    Three such characters or words must be there, and three in four of them agree. The rule changes nothing; the field
    has an empty span.

    Leaves alone: everything; pages in simplified script, and those on which little tells, have no such field.

    Before: `網路很慢，大家搭捷運，付新台幣。`. After: the same, with the field `region = TW`.
    """
    found = lines.derived(judged)
    scripts = found.scripts()
    pages = [page for page in np.flatnonzero(found.traditional).tolist() if scripts[page] in ("Hant", "mixed")]
    regions = ((page, region_of(lines, page)) for page in pages)
    return Found(fields=[Field(page, "region", region, 0, 0, CODE) for page, region in regions if region])
