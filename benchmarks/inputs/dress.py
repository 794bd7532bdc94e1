"""The dress of a page: what stands around an article on made-up sites, as plain text and as HTML."""

import random
from collections.abc import Sequence
from html import escape

MENU = (
    "首页", "要闻", "本地", "民生", "文化", "读书", "影像", "专栏", "旧事", "农事", "渡口", "集市", "手艺", "天气",
    "公告", "问答", "活动", "招领", "投稿", "订阅", "登录", "注册", "帮助", "关于我们", "联系我们", "网站地图",
    "友情链接", "手机版", "繁體版", "意见反馈", "隐私说明", "回到顶部", "上一篇", "下一篇", "扫码关注", "收藏本页",
)  # fmt: skip
SITES = (
    "青石街在线", "北渡新闻网", "梅溪晚报", "河口周刊", "山前社区",
    "竹里读书网", "长堤观察", "云岭日报", "东桥资讯", "稻香村网",
)  # fmt: skip
FAMILY = "林周顾沈陶秦严邹庞谷"
GIVEN = ("小满", "一帆", "月明", "守田", "春生", "海燕", "金水", "知秋", "怀远", "若云")


def page(r: random.Random, title: str, body: Sequence[str], titles: Sequence[str]) -> str:
    """An article as a page in plain text."""
    out: list[str] = []
    if r.random() < 0.75:
        out += [*_menu(r), ""]
    if r.random() < 0.4:
        out += [f" 当前位置：首页 > {r.choice(MENU[1:18])} > 正文", ""]
    out += [title, ""]
    if r.random() < 0.85:
        out += [*_facts(r), ""]
    out += _lines(r, body)
    return "\n".join([*out, *_tail(r, titles)])


def html(r: random.Random, title: str, body: Sequence[str], titles: Sequence[str]) -> str:
    """The same article as a page of HTML, its text in no element that says so."""
    items = "".join(f'<li><a href="/{i}/">{name}</a></li>' for i, name in enumerate(r.sample(MENU, r.randint(6, 16))))
    more = "".join(f'<li><a href="/a/{i}.html">{escape(t)}</a></li>' for i, t in enumerate(titles))
    text = "\n".join(f"<p>{escape(p)}</p>" for p in body)
    site = r.choice(SITES)
    return (
        f'<!DOCTYPE html>\n<html lang="zh"><head><meta charset="utf-8"><title>{escape(title)} - {site}</title>'
        "<style>body { margin: 0 } .nav li { float: left }</style><script>var page = { id: 1 };</script></head>\n"
        f'<body><div class="top"><ul class="nav">{items}</ul></div>\n'
        f'<div class="wrap"><div class="path">当前位置：<a href="/">首页</a> &gt; <a href="/n/">正文</a></div>\n'
        f'<h1>{escape(title)}</h1><div class="info">{escape(" ".join(_facts(r)))}</div>\n'
        f'<div class="text">\n{text}\n</div>\n<div class="more"><h3>相关阅读</h3><ul>{more}</ul></div></div>\n'
        f'<div class="foot"><p>{escape(_rights(r))}</p></div></body></html>\n'
    )


def _menu(r: random.Random) -> list[str]:
    items = r.sample(MENU, r.randint(5, 18))
    style = r.random()
    if style < 0.35:
        return ["  • " + item for item in items]
    return [r.choice((" | ", "  ", " · ")).join(items)] if style < 0.8 else items


def _person(r: random.Random) -> str:
    return r.choice(FAMILY) + r.choice(GIVEN)


def _facts(r: random.Random) -> list[str]:
    hour, views = f"{r.randint(6, 22):02d}:{r.randint(0, 59):02d}", r.randint(9, 99999)
    day = f"{r.randint(2006, 2025)}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}"
    site = r.choice(SITES)
    return r.choice(
        (
            [f"来源：{site}  发布时间：{day} {hour}  浏览：{views}次"],
            [f"{day}  来源：{site}", f"作者：{_person(r)}"],
            [f"作者：{_person(r)}  编辑：{_person(r)}  {day}"],
        )
    )


def _lines(r: random.Random, body: Sequence[str]) -> list[str]:
    """Paragraphs a line each, indented, broken at a width, or torn in two by the end of a printed page."""
    style, width = r.random(), r.randint(28, 60)
    out: list[str] = []
    for p in body:
        if style < 0.5:
            out += [p, ""]
        elif style < 0.65:
            out += ["\u3000\u3000" + p]
        elif style < 0.85:
            text = "\u3000\u3000" + p
            out += [*(text[i : i + width] for i in range(0, len(text), width)), ""]
        else:
            at = r.randint(40, len(p) - 30) if len(p) > 120 else 0
            out += [p[:at], "", p[at:], ""] if at else [p, ""]
    return out


def _tail(r: random.Random, titles: Sequence[str]) -> list[str]:
    out: list[str] = []
    if r.random() < 0.5:
        out += [f"（责任编辑：{_person(r)}）", ""]
    if r.random() < 0.6:
        out += ["相关阅读：", *("· " + title for title in titles), ""]
    if r.random() < 0.4:
        out += ["分享到：", "微信", "微博", "复制链接", ""]
    return [*out, _rights(r)] if r.random() < 0.6 else out


def _rights(r: random.Random) -> str:
    return f"Copyright © 2001-{r.randint(2008, 2025)} {r.choice(SITES)} 版权所有"
