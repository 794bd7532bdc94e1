"""Reading the lines in which a page speaks of itself: dates, sources, authors, editors, views, tags.

Patterns run on the folded copy of a line; values are cut from the line itself, so a name keeps its characters.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from operator import attrgetter
from typing import NamedTuple

from pipeline.stages.metadata.dates import COMPACT, Date, date_value, dates
from pipeline.stages.metadata.people import ROLE, ROLED, SAID, people, roles_of


class Credit(NamedTuple):
    """A value read from a line: its field, its text, and where in the line it stands."""

    name: str
    value: str
    start: int
    end: int


_KEYS = {
    "source": "稿件来源|文章来源|信息来源|新闻来源|消息来源|内容来源|来源|来 源|稿源|出处|转自|来自|转载自|摘自|原载|供稿单位",
    "date": "发布时间|发表时间|发布日期|发表日期|成文日期|更新时间|更新日期|更新于|添加时间|发稿时间|上传时间|录入时间|时间|日期|发布于|发表于|时 间|日 期|出版时间|出版日期|出版|更新|刊发时间|"
    "刊出日期|答复时间|回复时间|办结时间|创建时间|创建于|编辑于|发帖时间|提问时间|发布|发表|公开日期|印发日期|posted on|posted|published|date",
    "authors": "作者|作 者|撰文|撰稿|文字|采写|本报记者|记者|特约记者|通讯员|特约通讯员|供稿|供稿人|投稿人|博主|楼主|发帖人|荟友|网友|用户|up主|作家|笔名|执笔|主笔|整理|口述|by|author",
    "translators": "编译|译者|翻译|校译",
    "photographers": "摄影|摄|图片|供图|图|摄影记者",
    "interns": "实习生|实习编辑|见习编辑",
    "editor": "责任编辑|责编|责任编校|本文编辑|本期编辑|值班编辑|编辑|编 辑|编审|录入|编排|审核编辑|文字编辑|网络编辑|版面编辑|本版编辑|新媒体编辑",
    "checker": "责任校对|校对|审核|审核人|核稿|初审|复审|终审|监制|主编|审校|签发|责任审核|总监制|值班主任|二审|三审|一审|统筹|审签",
    "views": "点击量|点击数|点击率|点击|浏览次数|浏览量|浏览|阅读量|阅读数|阅读次数|阅读|访问量|访问次数|人气|查看次数|查看|热度|人次",
    "tags": "文章关键词|文章标签|本文标签|词条标签|tag标签|标签|关键词|关键字|tags|tag|keywords|话题",
    "section": "所属栏目|栏目|所属分类|文章分类|分类|类别|频道|版面|板块|版块",
    "issuer": "发文机关|发布机构|发文单位|发布单位|制发机关|答复单位|回复单位|办理单位|信息提供单位",
    "document_number": "发文字号|文号|文 号",
    "index_number": "索引号|索 引 号|信息索引号|公开编号|来信编号|信件编号",
    "url": "原文链接|原文地址|本文链接|本文地址|链接地址|原文网址|网址|via",
    "control": "字体|字号|字体大小|文字大小|分享|分享到|分享至|打印|收藏|转发|大小|我要纠错|纠错|评论|评论数|评论量|回复|回复数|点赞|下载|下载次数|字体显示|浏览字号|扫一扫|主题词|公开方式|公开类别|主题分类|有效性|效力状态|公开范围|公开时限|信息名称|标题|生效日期|废止日期|备注|内容概述|题材分类|体裁分类|服务对象|ip属地|单位",
}
_KEY_OF = {word.replace(" ", ""): name for name, words in _KEYS.items() for word in words.split("|")} | {
    "in": "section"
}
_WORDS = "|".join(sorted((w for words in _KEYS.values() for w in words.split("|")), key=len, reverse=True)).replace(
    " ", r"\s*"
)
_END = r"\s*[\])】]?\s*[::]\s*"
# Run together with the value before it only where no word ends so: 科普屋作者:, 2014-07-02来源:
_GLUED = "来源|作者|阅读|浏览|点击|人气|责任编辑|责编|编辑|记者|发布时间|更新时间|发表时间|时间|浏览次数|点击数|阅读量|字号|字体|分享"
_FIRST = "".join(sorted({w[0] for w in (*_KEY_OF, *_GLUED.split("|"))}))
# The first characters stand before the words: nearly every place of a line is passed by at one look.
_KEY = re.compile(
    rf"(?=[{_FIRST}])(?:(?<![\w])(?P<key>{_WORDS})|(?P<glued>{_GLUED})){_END}"
    r"|(?=[pib])\b(?P<word>posted on|posted|in|by)\s(?=\S)"
)
# 阅读(316), 评论(2): a count in brackets right behind its label; 3,162 阅读, 4条评论: before it.
_COUNT = re.compile(
    r"(?P<key>阅读|浏览|点击|人气|查看|评论|回复|收藏|赞|点赞|做过|转发|推荐|观看)(?:量|数|次数)?\s*[::(\[]?\s*(?P<count>\d[\d,.]*\s*[万w]?)\s*[次人条]?(?![\d-])[)\]]?"
    r"|(?<![\d:./-])(?P<before>\d[\d,.]*\s*[万w]?)\s*(?:次|条|人|个)?(?P<label>阅读|浏览|点击|评论|回复|收藏|点赞|赞|转发|人气)"
)
# What a line must have for any match of these patterns.
_FIGURE, _COUNTED = re.compile(r"\d"), re.compile(r"[读览击气看论复藏赞过发荐]")
_KEYED = re.compile(r"[:：]|(?:posted|in|by|on)\s")
_VIEWS = ("阅读", "浏览", "点击", "人气", "查看", "观看")
_ISSUE = re.compile(r"《[^《》]{1,20}》\s*(?:19|20)\d\d年\s*(?:第?\s*\d{1,3}\s*[期号]|\d{1,2}月[号刊]?)")
# What may stand beside a date without a label and be its source.
_OUTLETS = (
    "网", "报", "社", "台", "刊", "频道", "客户端", "在线", "公众号", "新闻", "财经", "电讯", "周刊", "杂志", "中心", "号", "综合", "融媒",
)  # fmt: skip
_CONTROL = re.compile(
    r"(?:字体|字号|大|中|小|打印|关闭|收藏|分享到?|微信|微博|朋友圈|qq空间|qq|复制链接|举报|评论|点赞|赞|转发|关注|\+|-|a|条|次|人|℃|【|】|\[|\]|\(|\)|\||/|·|•|—|>|<|,|。|:|\s|字)*"
)
# 石碇角報導: where a story was filed, behind its reporter.
_FILED = re.compile(r"[/·]\s*[\u4e00-\u9fff]{2,6}(?:即时|综合|特稿|专题)?(?:报导|报道|电)$")
# A value ends at two spaces, a wide one or a bar, unless its field is a list.
_VALUE_END = re.compile(r"(?=[\s|┊丨·•])(?<=\S)(?:[\u3000\u00a0]+|\s{2,}|\s*[|┊丨·•]\s+|\s*[|┊])")
_LISTED = ("tags", "authors", "photographers", "translators", "interns", "checker")
# What a person says, and no name.
_SPEECH = re.compile(r"[。？！?!…”“]|[^\s、，,/]{12}")
_STRIP = " \t\u3000\u00a0[]【】()（）|·•,，;；>丨/"


# Lines of credits repeat from page to page; so many are remembered, in some 5 MB.
@lru_cache(maxsize=4096)
def credits_of(line: str, folded: str, loose: bool = False) -> tuple[Sequence[Credit], int]:
    """The credits of a line, and how many of its letters, Han characters and digits no credit accounts for.

    `loose`: the line stands right below a title, so that names beside its date need no label.

    >>> line = "2020-07-01 08:50　来源：青石晚报　记者 王小川　浏览：378"
    >>> found, left = credits_of(line, line.replace("　", " ").replace("：", ":"))
    >>> [(c.name, c.value) for c in found], left
    ([('date', '2020-07-01 08:50'), ('source', '青石晚报'), ('authors', '王小川'), ('reporters', '王小川'), ('views', '378')], 0)
    """
    when = dates(folded)
    if len(when) == 1 and when[0].start == 0 and when[0].end == len(line):
        return (Credit("date", when[0].value, 0, len(line)),), 0
    covered = bytearray(len(line))
    found = [Credit("date", d.value, d.start, d.end) for d in when]
    for d in when:
        _cover(covered, d.start, d.end)
    found += _counts(line, folded, covered)
    for issue in _ISSUE.finditer(folded) if "《" in folded else ():
        if 1 not in covered[issue.start() : issue.end()]:
            found.append(Credit("source", line[issue.start() : issue.end()], issue.start(), issue.end()))
            _cover(covered, issue.start(), issue.end())
    keys = [k for k in _KEY.finditer(folded) if not covered[k.start()]] if _KEYED.search(folded) else []
    for i, key in enumerate(keys):
        stop = keys[i + 1].start() if i + 1 < len(keys) else len(line)
        found += _keyed(line, folded, key, stop, when, covered)
    free = _free(folded, covered)
    if ROLED.search(free):
        found += _said(line, free, covered)
    found += _beside(line, folded, covered, bool(when), "source" in map(_NAME, found), bool(keys))
    if loose and when:
        found += _loose(line, folded, covered, set(map(_NAME, found)))
    return tuple(sorted(found, key=_START)), _left(folded, covered)


_NAME, _START = attrgetter("name"), attrgetter("start")


def _cover(covered: bytearray, start: int, end: int) -> None:
    covered[start:end] = b"\1" * (end - start)


def _counts(line: str, folded: str, covered: bytearray) -> Iterator[Credit]:
    if not (_FIGURE.search(folded) and _COUNTED.search(folded)):
        return
    for c in _COUNT.finditer(folded):
        if 1 in covered[c.start() : c.end()]:
            continue
        label, group = (c["key"], "count") if c["key"] else (c["label"], "before")
        if label in _VIEWS:
            start, end = c.span(group)
            value = views(line[start:end])
            if value:
                yield Credit("views", value, start, start + len(line[start:end].rstrip()))
        _cover(covered, c.start(), c.end())


_NUMBER = re.compile(r"\s*(\d[\d,]*(?:\.\d+)?)\s*([万wW])?")


def views(text: str) -> str | None:
    """A count as a plain number, None where it is none.

    >>> views("1,378"), views("1.2万"), views("12w"), views("-")
    ('1378', '12000', '120000', None)
    """
    found = _NUMBER.match(text)
    if not found:
        return None
    number = float(found[1].replace(",", "")) * (10_000 if found[2] else 1)
    return str(round(number))


def _keyed(
    line: str, folded: str, key: re.Match[str], stop: int, when: list[Date], covered: bytearray
) -> Iterator[Credit]:
    """The value behind a key, up to the next key, a date or a gap."""
    word = "".join(key[key.lastgroup or 0].split())
    name = _KEY_OF[word]
    start = key.end()
    taken = covered.find(1, start, stop)
    end = taken if taken >= 0 else stop
    _cover(covered, key.start(), key.end())
    if name == "date":
        compact = COMPACT.match(folded, start)
        value = date_value(compact) if compact and not any(d.start == start for d in when) else None
        if compact and value:
            _cover(covered, compact.start(), compact.end())
            yield Credit("date", value, compact.start(), compact.end())
        return
    gap = _VALUE_END.search(line, start, end) if name not in _LISTED else None
    end = gap.start() if gap else end
    plain = name not in _LISTED and name != "control"
    role = SAID.search(line, start, end) if plain and ROLED.search(line, start, end) else None
    end = role.start() if role and role.start() > start else end
    text = line[start:end]
    value = text.strip(_STRIP)
    if name in _LISTED and name != "tags" and _SPEECH.search(value):
        return  # 记者：您第一次上船是什么时候？
    _cover(covered, start, end)
    if value and name != "control":
        yield from _values(name, word, value, start + text.index(value))


_TAG = re.compile(r"[^\s\u3000\u00a0,，、;；|/#]+")


@cache
def _is_role(word: str) -> bool:
    return ROLE.fullmatch(word) is not None


def _values(name: str, word: str, value: str, at: int) -> Iterator[Credit]:
    end = at + len(value)
    if name in ("authors", "photographers", "translators", "interns"):
        first = roles_of(word) if _is_role(word) else (name,)
        yield from (Credit(p.field, p.name, at + p.start, at + p.end) for p in people(value, first))
    elif name in ("checker", "editor"):
        found = list(dict.fromkeys(p.name for p in people(value)))
        if name == "editor" and found:
            yield Credit("editor", "、".join(found), at, end)
        elif name == "checker":
            yield from (Credit("checker", n, at, end) for n in found)
    elif name == "tags":
        for part in _TAG.finditer(value):
            yield Credit("tags", part[0], at + part.start(), at + part.end())
    elif name == "views":
        count = views(value)
        if count:
            yield Credit("views", count, at, end)
    elif len(value) <= 120:
        yield Credit(name, value, at, end)


def _said(line: str, free: str, covered: bytearray) -> Iterator[Credit]:
    """Roles with their people that no colon follows, in what nothing accounts for: `记者 王小川`."""
    for said in SAID.finditer(free):
        _cover(covered, *said.span())
        at = said.start("people")
        first = roles_of(said["reporter"] or said["word"])
        for p in people(said["people"], first):
            value = "".join(line[at + p.start : at + p.end].split())
            yield Credit(p.field, value, at + p.start, at + p.end)


def _free(folded: str, covered: bytearray) -> str:
    """The line with what is accounted for struck out."""
    if 1 not in covered:
        return folded
    if 0 not in covered:
        return "\0" * len(folded)
    pieces: list[str] = []
    at = 0
    for taken in _TAKEN.finditer(covered):
        pieces += folded[at : taken.start()], "\0" * (taken.end() - taken.start())
        at = taken.end()
    return "".join([*pieces, folded[at:]])


def _beside(line: str, folded: str, covered: bytearray, dated: bool, sourced: bool, keyed: bool) -> Iterator[Credit]:
    """The name of who published, beside a date without a label: `蓝海观察 2023-08-23`."""
    filed = _FILED.search(folded) if folded.endswith(("报导", "报道", "电")) else None
    if filed and 1 not in covered[filed.start() : filed.end()]:
        _cover(covered, filed.start(), filed.end())
    if not dated or sourced:
        return
    own = _tokens(folded, covered)
    if len(own) != 1 or len(own[0][0]) > 14 or (keyed and not own[0][0].endswith(_OUTLETS)):
        return
    if own[0][0].endswith(_OUTLETS) and re.search("[\u4e00-\u9fff]", own[0][0]):
        yield _whole("source", line, own[0], covered)


def _loose(line: str, folded: str, covered: bytearray, names: set[str]) -> Iterator[Credit]:
    """Names beside a date without a label: the account that published, or the author and the section of a blog."""
    own = [m for m in _tokens(folded, covered) if len(m[0]) <= 12 and not m[0].isdigit()]
    counted = any(word in folded for word in ("评论", "回复", "阅读", "浏览", "posted"))
    wanted = [n for n in (("authors", "section") if counted else ("source",)) if n not in names]
    if len(own) <= len(wanted):
        for name, token in zip(wanted, own, strict=False):
            yield _whole(name, line, token, covered)


def _tokens(folded: str, covered: bytearray) -> list[re.Match[str]]:
    """Words of a line that nothing accounts for, buttons left out."""
    found = _TOKEN.finditer(_free(folded, covered))
    return [m for m in found if _LETTER.search(m[0]) and not _CONTROL.fullmatch(m[0])]


_TOKEN, _LETTER = re.compile(r"[^\s|/·•◎\0]+"), re.compile(r"\w")


def _whole(name: str, line: str, token: re.Match[str], covered: bytearray) -> Credit:
    start, end = token.span()
    value = line[start:end].strip(_STRIP)
    _cover(covered, start, end)
    at = line.index(value, start)
    return Credit(name, value, at, at + len(value))


def _left(folded: str, covered: bytearray) -> int:
    if 0 not in covered:
        return 0
    free = _free(folded, covered).replace("\0", " ")
    return len(_NO_LETTER.sub("", _CONTROL.sub("", free))) if _COUNTABLE.search(free) else 0


_TAKEN, _NO_LETTER, _COUNTABLE = re.compile(b"\1+"), re.compile(r"[\W_]"), re.compile(r"[^\W_]")
