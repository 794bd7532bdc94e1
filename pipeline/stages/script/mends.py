"""Mends: where OpenCC's dictionary goes wrong from traditional to simplified, and what is right.

Sources: 通用规范汉字表 (2013) with its notes on 乾 徵 夥 祇 昇 甦 陞 甯 脩 蒐 剋 氾 釐 祕 谿 and others, which it keeps for
names or for one sense; 第一批异体字整理表 (1955); 现代汉语词典 for 沉, 覆, 藉, 瞭; newer releases of OpenCC for 坏
(坯) and the counties with 乾. Phrases are written as they stand in traditional text.
"""

from collections.abc import Mapping

from pipeline.stages.script.dictionaries import dictionary

# What a character becomes unless a phrase says otherwise; OpenCC has it the other way round, or not at all.
CHARACTERS = {
    "瞭": "了",  # 瞭 stays only in the sense of looking out; pages converted by machine have 為瞭 for 为了
    "祇": "只",  # 祇有, 祇是: the spirit of the earth is the rarer sense
    "衹": "只",
    "昇": "昇",  # a name unless it rises
    "陞": "陞",
    "甦": "甦",
    "甯": "甯",
    "脩": "脩",
    "蒐": "蒐",
    "剋": "剋",
    "氾": "氾",
    "谿": "溪",
}

# Variants that simplified script has given up: 第一批异体字整理表 in so far as OpenCC's table lacks the character and
# 通用规范汉字表 has not taken it back; 牠 and 妳 are of Taiwan, 呉 of Japan.
_VARIANTS = (
    "擡抬 幷并 遶绕 呉吴 舖铺 粧妆 囘回 堦阶 姪侄 嬭奶 廻回 彊强 徬旁 掽碰 搾榨 摀捂 攷考 敍叙 暱昵 栢柏 楳梅 毬球 "
    "涖莅 濬浚 煑煮 燄焰 牋笺 猨猿 畱留 痺痹 盌碗 瞇眯 砲炮 碁棋 穉稚 窰窑 翺翱 耡锄 菓果 蔴麻 蘂蕊 覩睹 觔斤 貍狸 "
    "跼局 躭耽 輭软 遯遁 銲焊 閧哄 隄堤 韈袜 鬭斗 鵞鹅 鼇鳌 牠它 妳你"
)
VARIANTS = tuple((pair[0], pair[1]) for pair in _VARIANTS.split())

# Entries of OpenCC's phrases that do more harm than good. With 於 as a surname they hit 於倫敦, 於坦克, 於單位,
# 於其一生; with 覆 they follow the spelling of 1964, which was taken back in 1986: a cover is 覆, only an answer or a
# return is 复.
_DROPPED = (
    "於倫 於其一 於則 於單 於坦 於惟一 於敖 於琳 於戲 於穆 於邑 "
    "覆上 覆住 覆成 覆冒 覆墓 覆宗 覆杯 覆盂 覆育 覆幬 覆瓿 覆醬瓿 覆醢 覆逆 覆露 覆鼎 覆帳 覆蕉尋鹿 覆鹿尋蕉 "
    "覆鹿遺蕉 射覆 蕩覆 發覆 明覆 "
    "文錦覆阱 貂覆額 名覆金甌 以功覆過 雖覆能復 侔德覆載 買臣覆水 露覆 凌藉 躪藉 茵藉 醞藉 滑藉 素藉 踅門瞭戶 乾斷 乾紅"
)
DROPPED = frozenset(_DROPPED.split())

# Phrases that keep the character they share as it is.
_KEPT = {
    "乾": (
        "乾安縣 乾安鎮 乾安 乾州 乾佑 乾祐 乾寧 乾封 乾符 乾德 乾統 乾亨 乾貞 李乾順 乾務鎮 乾潭鎮 乾闥婆 乾爻 "
        "乾三連 乾為天 終日乾乾 "
        "雍乾 乾東五所 乾西五所 徐乾學 目乾連 乾綱獨斷 乾斷在上"
    ),
    "瞭": "瞭望 瞭哨 瞭高 瞭敵",
    "祇": "神祇 地祇 靈祇 百祇 僧祇 祇園 祇樹 祇洹 祇陀 祇夜",
    "藉": "慰藉 狼藉 枕藉 蘊藉 醞藉 藉藉 凌藉 陵藉 慰藉着 慰藉著 狼藉着 狼藉著",
    "覆": "傾覆 顛覆 翻覆 遮覆 被覆 蓋覆",
    "夥": "甚夥 夥頤",
    "釐": "年釐 春釐 祝釐 延釐 鴻釐 逆釐 懷釐 受釐 恭釐",
    "徵": "宮商角徵羽 宮商角徵",
    "谿": "谿工",
    "祕": "允祕 胤祕 吳祕 李祕 袁祕 辛祕 祕丕笈 祕彭祖 祕瓊",
}

# Phrases in which the character in front of the colon becomes the one behind it; all else goes through the table.
_TURNED = {
    "乾:干": "乾紅 乾斷食 乾乾爽爽 乾乾癟癟 乾乾巴巴",
    "藉:借": "藉著 藉酒 藉題 藉勢 藉力 藉其 藉古 藉景 藉重 藉名 假藉 藉物 藉他",
    "覆:复": "覆核 覆診 覆查 覆述 覆議 覆審 覆試 覆函 覆驗 覆檢 覆選 批覆 敬覆 奉覆 賜覆",
    "畫:划": "規畫 企畫 策畫 謀畫 出謀畫策 建設計畫 開設計畫",
    "畫:画": "擘畫 設計畫 設計畫面 統計畫面",
    "鍊:链": "食物鍊 產業鍊 供應鍊 生物鍊 價值鍊 資金鍊 鍊球 鍊接 區塊鍊 鍊鋸 鍊輪 鍊路 證據鍊 生態鍊 鍊黴素",
    "昇:升": (
        "昇華 昇平 昇級 昇降 昇天 昇格 昇任 昇空 昇旗 昇高 昇遷 昇溫 昇值 昇學 昇起 昇騰 上昇 提昇 回昇 飛昇 躍昇 "
        "攀昇 晉昇 東昇 初昇 高昇 "
        "擢昇 直昇 爬昇 急昇 遽昇 陡昇 揚昇 歌舞昇平"
    ),
    "陞:升": "高陞 陞職 陞官 陞遷 陞任 晉陞 陞降 陞級 擢陞 陞座 陞授 陞補 陞格 榮陞 超陞",
    "甦:苏": "甦醒 復甦 甦生 甦活 甦息 再甦 昭甦",
    "甯:宁": "甯靜 叮甯 甯願 甯可 甯死",
    "脩:修": (
        "脩飾 脩養 脩身 脩正 脩改 脩理 脩行 進脩 自脩 整脩 裝脩 維脩 重脩 編脩 脩建 脩築 脩復 脩訂 脩辭 脩習 脩道 "
        "脩煉 脩葺 纂脩 監脩 脩竹"
    ),
    "蒐:搜": "蒐集 蒐羅 蒐證 蒐索 蒐尋 蒐購 蒐藏 蒐求 蒐討 蒐錄 蒐整 蒐查 蒐括 蒐奇 蒐輯 廣蒐",
    "剋:克": (
        "相剋 剋制 剋服 剋星 生剋 剋扣 剋日 剋期 剋己 剋妻 剋夫 剋死 攻剋 沖剋 剋復 剋敵 反剋 剋父 剋母 剋子 剋土 "
        "剋金 剋木 剋水 剋火 剋薄 剋化"
    ),
    "氾:泛": "氾濫 廣氾 氾論 氾愛 氾舟 氾覽 氾指 氾稱 寬氾",
    "沈:沉": (
        "沈重 沈思 沈澱 沈浸 沈睡 沈溺 沈迷 沈淪 沈寂 沈靜 沈穩 沈著 沈着 沈悶 沈痛 沈醉 沈冤 沈吟 沈香 沈甸甸 沈降 "
        "沈陷 沈厚 沈毅 沈鬱 沈潛 沈緩 "
        "沈滯 沈魚落雁 沈得住 沈不住 沈下 沈入 沈底 沈落 沈埋 沈疴 沈痾 沈湎 沈酣 沈眠 沈箱 沈屍 沈沙 深沈 低沈 下沈 "
        "浮沈 消沈 陰沈 昏沈 擊沈 "
        "石沈大海 死氣沈沈 暮氣沈沈 沈沈 黑沈 鑿沈 炸沈 撞沈 陸沈 銷沈"
    ),
    "坏:坯": (
        "一坏土 土坏 磚坏 坏布 製坏 拉坏 毛坏 鋼坏 陶坏 脫坏 坏料 坏體 坏土 坏子 坏戶 打坏 捏坏 鑿坏 一坏 麪坏 麵坏"
    ),
    "劄:札": "劄記 劄子 信劄 書劄 手劄 奏劄",
    "箚:札": "箚記 箚记 箚子",
    "扞:捍": "扞衛 扞拒 扞禦",
    "袷:夹": "袷衣 袷裙 袷襖 袷袍",
}


def _converted(word: str, turns: Mapping[str, str]) -> str:
    table = dictionary("TSCharacters")
    return "".join(turns.get(c) or table.get(c, c) for c in word)


def phrases() -> dict[str, str]:
    """All mended phrases; one that keeps its character goes before one that turns it."""
    turned = {w: _converted(w, {pair[0]: pair[2]}) for pair, words in _TURNED.items() for w in words.split()}
    kept = {w: _converted(w, {shared: shared}) for shared, words in _KEPT.items() for w in words.split()}
    return turned | kept
