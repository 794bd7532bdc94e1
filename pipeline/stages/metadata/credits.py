"""Reading the lines in which a page speaks of itself: dates, sources, authors, editors, views, tags.

Patterns run on the folded copy of a line; values are cut from the line itself, so a name keeps its characters.
"""

import re
from typing import NamedTuple


class Credit(NamedTuple):
    """A value read from a line: its field, its text, and where in the line it stands."""

    name: str
    value: str
    start: int
    end: int


_KEYS = {
    "source": "稿件来源|文章来源|信息来源|新闻来源|消息来源|来源|来 源|稿源|出处|转自|来自",
    "date": "发布时间|发表时间|发布日期|发表日期|成文日期|更新时间|更新日期|添加时间|发稿时间|上传时间|录入时间|时间|日期|发布于|发表于|时 间|日 期",
    "authors": "作者|作 者|撰文|撰稿|文字|采写|本报记者|记者|特约记者|通讯员|特约通讯员|供稿|供稿人|投稿人|编译|译者|翻译",
    "photographers": "摄影|摄|图片|供图|图",
    "editor": "责任编辑|责编|责任编校|本文编辑|本期编辑|值班编辑|编辑|编 辑|编审|录入|编排",
    "checker": "责任校对|校对|审核|审核人|核稿|初审|复审|终审|监制|主编|审校|签发|责任审核|总监制|值班主任",
    "views": "点击量|点击数|点击率|点击|浏览次数|浏览量|浏览|阅读量|阅读数|阅读次数|阅读|访问量|访问次数|人气|查看次数|查看|热度|人次",
    "tags": "文章关键词|文章标签|本文标签|tag标签|标签|关键词|关键字|tags|tag",
    "section": "所属栏目|栏目|所属分类|分类|类别|频道|版面",
    "issuer": "发文机关|发布机构|发文单位|发布单位|制发机关",
    "document_number": "发文字号|文号|文 号",
    "index_number": "索引号|索 引 号|信息索引号|公开编号",
    "url": "原文链接|原文地址|本文链接|本文地址|链接地址|原文网址|网址|via",
    "control": "字体|字号|字体大小|文字大小|分享|分享到|分享至|打印|收藏|转发|大小|我要纠错|纠错|评论|评论数|评论量|回复|回复数|点赞|下载|下载次数|字体显示|浏览字号|扫一扫|主题词|公开方式|公开类别|主题分类|有效性|效力状态|公开范围|公开时限|信息名称|标题|生效日期|废止日期|备注|内容概述|题材分类|体裁分类|服务对象",
}
_KEY_OF = {word.replace(" ", ""): name for name, words in _KEYS.items() for word in words.split("|")}
_WORDS = "|".join(sorted((w for words in _KEYS.values() for w in words.split("|")), key=len, reverse=True)).replace(
    " ", r"\s*"
)
_KEY = re.compile(rf"(?<![\w])(?P<key>{_WORDS})\s*[\])】]?\s*[::]\s*")
# 阅读(316), 评论(2): a count in brackets right behind its label.
_COUNT = re.compile(
    r"(?P<key>阅读|浏览|点击|人气|查看|评论|回复|收藏|赞|点赞|做过|转发)(?:量|数|次数)?\s*[(\[]?\s*(?P<count>\d[\d,.]*\s*万?)\s*[次人条]?[)\]]?"
)
# What may stand beside a date without a label and be its source.
_OUTLETS = (
    "网",
    "报",
    "社",
    "台",
    "刊",
    "频道",
    "客户端",
    "在线",
    "公众号",
    "新闻",
    "财经",
    "电讯",
    "周刊",
    "杂志",
    "中心",
    "号",
)
_VIEWS = ("阅读", "浏览", "点击", "人气", "查看")
_CONTROL = re.compile(
    r"(?:字体|字号|大|中|小|打印|关闭|收藏|分享到?|微信|微博|朋友圈|qq空间|qq|复制链接|举报|评论|赞|\+|-|a|条|次|人|℃|【|】|\[|\]|\(|\)|\||/|·|•|—|>|<|,|。|:|\s|字)*"
)
_CHINESE = str.maketrans("〇零○一二三四五六七八九", "000123456789")

DATE = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d\d)\s{0,3}(?:[-/.]|年)\s{0,3}(?P<m>1[0-2]|0?[1-9])\s{0,3}(?:[-/.]|月)\s{0,3}(?P<d>3[01]|[12]\d|0?[1-9])(?!\d\d)\s{0,3}+(?:日|号)?"
    r"(?:\s{0,4}+(?:t|星期[一二三四五六日天]|\(?周[一二三四五六日天]\)?)?\s{0,4}+(?P<pm>上午|下午|晚上?|早上?|中午|凌晨|am|pm)?\s{0,4}+(?P<h>2[0-3]|[01]?\d)\s*[:时点]\s*(?P<n>[0-5]\d)(?:\s*[:分]\s*(?:[0-5]\d)?\s*秒?)?(?:\.\d+)?(?:z|[+-]\d\d:?\d\d)?)?"
    r"|(?P<cy>[二一][〇零○九][〇零○一二三四五六七八九]{2})年(?P<cm>[一二三四五六七八九十]{1,3})月(?P<cd>[一二三四五六七八九十]{1,3})日"
)  # fmt: skip


def _number(text: str) -> int:
    """A Chinese number up to 99."""
    tens, _, ones = text.rpartition("十")
    if "十" not in text:
        return int(text.translate(_CHINESE))
    return (int(tens.translate(_CHINESE)) if tens else 1) * 10 + (int(ones.translate(_CHINESE)) if ones else 0)


def date_value(found: re.Match[str]) -> str | None:
    """A date as ISO, with the minute where the page gives one; None where the calendar has no such day.

    >>> date_value(DATE.search("2020年07月01日 下午 8:50")), date_value(DATE.search("二〇二一年十二月三日"))
    ('2020-07-01 20:50', '2021-12-03')
    """
    if found["cy"]:
        year, month, day = int(found["cy"].translate(_CHINESE)), _number(found["cm"]), _number(found["cd"])
    else:
        year, month, day = int(found["y"]), int(found["m"]), int(found["d"])
    if not (1 <= month <= 12 and 1 <= day <= (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]):
        return None
    value = f"{year:04d}-{month:02d}-{day:02d}"
    if found["h"] is None:
        return value
    hour = int(found["h"])
    if found["pm"] in ("下午", "晚", "晚上", "pm") and hour < 12:
        hour += 12
    return f"{value} {hour:02d}:{found['n']}"


def names(text: str) -> list[str]:
    """Names in a list of persons; a family name set apart from a given name of one character is joined.

    >>> names("王茂征 孙士勇、邱贻坤"), names("李 明")
    (['王茂征', '孙士勇', '邱贻坤'], ['李明'])
    """
    text = re.sub(
        r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff])[ \u3000\u00a0]([\u4e00-\u9fff])(?![\u4e00-\u9fff])",
        r"\1\2",
        text.strip(),
    )
    parts = re.split(r"[\s\u3000\u00a0、,，/;；|&·]+", text)
    clean = (
        re.sub(r"^(?:本报|本网|本刊|特约)?(?:记者|通讯员|实习生|文|图|摄影|撰文|责编|编辑)[:：]?", "", p).strip(
            "()（）[]【】:：.。"
        )
        for p in parts
    )
    return [p for p in clean if p and len(p) <= 20]


def credits_of(line: str, folded: str) -> tuple[list[Credit], int]:
    """The credits of a line, and how many of its letters, Han characters and digits no credit accounts for."""
    found: list[Credit] = []
    covered = bytearray(len(line))
    for c in _COUNT.finditer(folded):
        if c["key"] in _VIEWS:
            found.append(
                Credit("views", line[c.start("count") : c.end("count")].strip(), c.start("count"), c.end("count"))
            )
        covered[c.start() : c.end()] = b"\1" * (c.end() - c.start())
    keys = [k for k in _KEY.finditer(folded) if not covered[k.start()]]
    dates = [d for d in DATE.finditer(folded) if date_value(d)]
    for d in dates:
        value = date_value(d)
        if value:
            found.append(Credit("date", value, d.start(), d.end()))
        covered[d.start() : d.end()] = b"\1" * (d.end() - d.start())
    for i, key in enumerate(keys):
        name = _KEY_OF[re.sub(r"\s", "", key["key"])]
        stop = keys[i + 1].start() if i + 1 < len(keys) else len(line)
        inside = next((d.start() for d in dates if key.end() <= d.start() < stop), stop)
        inside = key.end() + covered[key.end() : inside].find(1) if 1 in covered[key.end() : inside] else inside
        covered[key.start() : key.end()] = b"\1" * (key.end() - key.start())
        if name == "date":
            continue
        start, end = key.end(), inside
        # A value ends at two spaces or a bar, unless the field is a list or nothing has been read yet.
        gap = (
            re.search(r"(?<=\S)(?:\s{2,}|\s*[|┊]\s*)", folded[start:end])
            if name not in ("tags", "authors", "photographers")
            else None
        )
        if gap:
            end = start + gap.start()
        text = line[start:end]
        value = text.strip(" \t\u3000\u00a0[]【】()（）|·,，;；>")
        covered[start:end] = b"\1" * (end - start)
        if not value or name == "control":
            continue
        at = start + text.index(value)
        found += _values(name, value, at)
    rest = _CONTROL.sub("", "".join(" " if covered[i] else c for i, c in enumerate(folded)))
    rest = re.sub(r"[\W_]", "", rest)
    if (
        rest
        and len(rest) <= 14
        and dates
        and not any(c.name == "source" for c in found)
        and not keys
        and rest.endswith(_OUTLETS)
    ):
        at = folded.find(rest)
        if at >= 0:
            found.append(Credit("source", line[at : at + len(rest)], at, at + len(rest)))
            rest = ""
    return sorted(found, key=lambda c: c.start), len(rest)


def _values(name: str, value: str, at: int) -> list[Credit]:
    end = at + len(value)
    if name in ("authors", "photographers", "checker"):
        return [Credit(name, n, at, end) for n in names(value)]
    if name == "tags":
        parts = re.split(r"[\s\u3000\u00a0,，、;；|/]+", value)
        return [Credit("tags", p, at, end) for p in parts if p]
    if name == "editor":
        found = names(value)
        return [Credit("editor", "、".join(found), at, end)] if found else []
    if name == "views":
        digits = re.match(r"[\d,.]+\s*万?", value)
        return [Credit("views", digits[0].strip(), at, at + digits.end())] if digits else []
    return [Credit(name, value, at, end)] if len(value) <= 120 else []
