"""Hard sets of broken pages with known truth: mixed widths, captions, columns, technical documents, page numbers.

Pages are made from the sample pages that come with jingwen and from the sentences in tests/wraps; a set is a list of
(page, what should come out), and the same seed gives the same set. `python -m benchmarks run wraps` tells how well.
"""

import random
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pipeline.config import default
from pipeline.document import Page
from pipeline.workbench import Bench

ROOT = Path(__file__).parent.parent
HERE = Path(__file__).parent / "wraps"
NEVER_FIRST = "，。、；：！？）》」』”’%"


class Broken(NamedTuple):
    """A broken page, the lines that should come out, and those that should not be part of the text."""

    page: str
    paragraphs: list[str]
    lifted: list[str] = []  # noqa: RUF012  # never changed


@cache
def articles() -> list[tuple[str, ...]]:
    """The paragraphs of the sample articles, four of them or more each."""
    bench = Bench.of(default())
    found = []
    for trail in bench.run([ROOT / "pipeline" / "samples"]):
        for page in range(trail.lines.pages):
            for low, high in trail.documents(page):
                lines = trail.text(page)[low:high].split("\n")
                long = [
                    x for x in lines if len(x) >= 45 and x.endswith("。") and not x.startswith(tuple("“「（•*-·【"))
                ]
                long = [
                    x for x in long if not re.match(r"[\dA-Za-z（(]|第.{1,3}[条章]|[一二三四五六七八九十]+[、是]", x)
                ]
                if len(long) >= 4 and len(set(long)) == len(long):
                    found.append(tuple(long))
    return sorted(set(found))


@cache
def sentences() -> list[str]:
    """Sentences of technical documents."""
    text = (HERE / "technical.txt").read_text(encoding="utf-8")
    return [line for line in text.split("\n") if line and not line.startswith("#")]


def columns_of(text: str) -> int:
    """The width of a text on a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def wrapped(text: str, width: int, first: str = "", later: str = "", ragged: random.Random | None = None) -> list[str]:
    """A paragraph broken at a width of columns, by words, with signs that may not begin a line taken along.

    `ragged` breaks some lines early, at a sign of punctuation, as people do.
    """
    tokens = re.findall(r"[!-~]+|.", text)
    lines, line = [], first
    for i, token in enumerate(tokens):
        if not line.strip() and token == " ":
            continue
        hang = token in NEVER_FIRST
        early = ragged and columns_of(line) > 0.8 * width and line[-1:] in "，。；、" and ragged.random() < 0.35
        carried = i + 1 < len(tokens) and tokens[i + 1] in NEVER_FIRST and columns_of(line + token) + 2 > width
        if line.strip() and not hang and (columns_of(line + token) > width or carried or early):
            lines.append(line.rstrip())
            line = later if token == " " else later + token
        else:
            line += token
    return [*lines, line.rstrip()] if line.strip() else lines


# ---- sets


def mixed_widths(r: random.Random) -> Broken:
    """A page set in two or three widths, one after the other, with the means of print for paragraphs."""
    style = r.choice(["gap", "indent", "indent", "both"])
    out: list[str] = []
    truth: list[str] = []
    for width in r.sample(range(36, 84, 2), r.randint(2, 3)):
        for p in r.choice(articles()):
            indent = "" if style == "gap" else "\u3000\u3000"
            out += wrapped(indent + p, width) + ([] if style == "indent" else [""])
            truth.append(p)
    return Broken("\n".join(out), truth)


CAPTIONS = (
    "{place}的清晨。 {name} 摄",
    "图为{place}一角。 {name}摄",
    "{people}在{place}合影。（{name} 摄）",
    "{name} 摄",
    "本报记者 {name} 摄",
    "图片来源：{place}资料室",
    "{people}在{place}整理旧物。 {name} 供图",
    "（资料图片）",
    "▲{people}走过{place}。",
    "图1 {place}的布局",
    "上图：{people}在{place}。 {name} 摄",
)
PLACES = ["老渡口", "陈列室", "石板街", "水磨坊", "县图书馆", "北山茶园", "河滩", "候船棚", "新桥", "青石坡"]
PEOPLE = ["几位老人", "放学的孩子", "船工们", "志愿者", "参加比赛的选手", "采茶的妇女", "来访的学生"]
NAMES = ["王小川", "李一帆", "郑月明", "陈春生", "周守田", "吴海燕", "何金水"]


def caption(r: random.Random) -> str:
    """A caption or a credit of a photograph."""
    return r.choice(CAPTIONS).format(place=r.choice(PLACES), people=r.choice(PEOPLE), name=r.choice(NAMES))


def inside(r: random.Random, p: str) -> int:
    """A place in mid-sentence: behind the end of one, no reader could tell a cut from a paragraph's end."""
    places = [i for i in range(30, len(p) - 25) if p[i - 1] not in "。！？；：”" and p[i] not in NEVER_FIRST]
    return r.choice(places)


def captions(r: random.Random) -> Broken:
    """Paragraphs a line each, some of them cut by a caption at a random place."""
    out: list[str] = []
    truth, lifted = [], []
    for p in r.choice(articles()):
        truth.append(p)
        if len(p) > 80 and r.random() < 0.6:
            at = inside(r, p)
            gap = [""] * r.randint(1, 3)
            said = caption(r)
            lifted.append(said)
            out += [p[:at], *gap, said, *gap, p[at:], ""]
        else:
            out += [p, ""]
    return Broken("\n".join(out), truth, lifted)


def pull_quotes(r: random.Random) -> Broken:
    """Paragraphs a line each, one cut by a sentence of another, set once more."""
    article = list(r.choice(articles()))
    quotes = [s for p in article for s in re.findall(r"[^，。；：！？“”、（）]{10,40}(?=[，。])", p)]
    quote = r.choice(quotes)
    cut = r.choice([i for i, p in enumerate(article) if len(p) > 60 and quote not in p] or [-1])
    out: list[str] = []
    said = r.choice(["“{}”", "{}", "{}。", "「{}」"]).format(quote)
    for i, p in enumerate(article):
        at = inside(r, p) if i == cut else len(p)
        gap = [""] * r.randint(1, 3)
        out += [p[:at], *([*gap, said, *gap, p[at:]] if i == cut else []), ""]
    return Broken("\n".join(out), article, [said] if cut >= 0 else [])


def wrapped_captions(r: random.Random) -> Broken:
    """The same on a wrapped page, where a caption stands between two lines of a paragraph."""
    out: list[str] = []
    truth, lifted = [], []
    width = r.randrange(36, 76, 2)
    for p in r.choice(articles()):
        truth.append(p)
        lines = wrapped("\u3000\u3000" + p, width)
        if len(lines) > 3 and r.random() < 0.6:
            at = r.randint(1, len(lines) - 1)
            said = caption(r)
            lifted.append(said)
            lines = [*lines[:at], "", said, "", *lines[at:]]
        out += lines
    return Broken("\n".join(out), truth, lifted)


def page_breaks(r: random.Random) -> Broken:
    """A wrapped page over several sheets: page numbers and running heads stand between the halves."""
    head = r.choice(["青石县志 卷三", "渡口旧事", "县文化馆通讯 第12期"])
    number = r.choice(["- {} -", "— {} —", "{}", "第 {} 页", "第{}页 共9页", "· {} ·"])
    style = r.choice(["both", "number", "head"])
    lines: list[str] = []
    truth: list[str] = []
    width = r.randrange(40, 76, 2)
    for article in r.sample(articles(), 2):
        for p in article:
            lines += wrapped("\u3000\u3000" + p, width)
            truth.append(p)
    out: list[str] = []
    size = r.randint(9, 14)
    for page, low in enumerate(range(0, len(lines), size), r.randint(1, 40)):
        if low:
            if style != "head":
                out += ["", number.format(page), ""]
            if style != "number":
                out += [head, ""]
        out += lines[low : low + size]
    return Broken("\n".join(out), truth)


def spaced_lines(r: random.Random) -> Broken:
    """A blank line after every line, so that blank lines mean nothing; first lines are shorter by an indent or not."""
    width, indent = r.randrange(40, 76, 2), r.choice(["", "\u3000\u3000", "    "])
    truth = [p for article in r.sample(articles(), 2) for p in article]
    lines = [line for p in truth for line in wrapped(indent + p, width)]
    if indent and r.random() < 0.5:
        lines = [line.lstrip("\u3000 ") for line in lines]
    return Broken("\n\n".join(lines), truth)


def _code(r: random.Random) -> list[str]:
    return r.choice(
        [
            ["int relay_open(const char *name)", "{", "        return open(name, O_RDONLY);  /* 只读 */", "}"],
            ["$ ./configure --prefix=/usr/local", "$ make -j4", "$ sudo make install"],
            ["[server]", "port = 8080", "# 默认监听所有地址", "listen = 0.0.0.0"],
            ["for i in range(10):", "    if i % 2:", "        print('奇数', i)", "print('完成')"],
        ]
    )


def _table(r: random.Random) -> list[str]:
    rows = [
        ("名称", "含义", "默认值"),
        ("port", "监听的端口", "8080"),
        ("depth", "队列的长度", "128"),
        ("mode", "工作方式", "auto"),
    ]
    if r.random() < 0.5:
        return ["  ".join((_padded(a, 10), _padded(b, 16), c)) for a, b, c in rows]
    barred = ["| " + " | ".join(row) + " |" for row in rows]
    return [barred[0], "|---|---|---|", *barred[1:]]


def _padded(text: str, width: int) -> str:
    return text + " " * (width - columns_of(text))


HEADINGS = [
    "概述",
    "安装与配置",
    "锁的使用",
    "内存管理的两个阶段",
    "怎样提交补丁",
    "常见问题",
    "已知的限制",
    "接口说明",
]
HEADINGS += ["日志与统计", "升级步骤"]


def technical(r: random.Random) -> Broken:
    """A plain-text technical document as people write it: wrapped by hand, with lists, code, tables and headings."""
    width = r.randint(66, 80)
    ragged = r if r.random() < 0.7 else None
    rst = r.random() < 0.5
    pool = r.sample(sentences(), len(sentences()))
    out: list[str] = []
    truth: list[str] = []

    def text(low: int, high: int) -> str:
        nonlocal pool
        count = r.randint(low, high)
        if len(pool) < count:
            pool = r.sample(sentences(), len(sentences()))
        taken, pool = pool[:count], pool[count:]
        return "".join(taken)

    def put(lines: Sequence[str], *kept: str) -> None:
        out.extend([*lines, ""])
        truth.extend(kept)

    for number, heading in enumerate(r.sample(HEADINGS, r.randint(3, 5)), 1):
        if rst:
            put([heading, line := r.choice("=-~") * columns_of(heading)], heading, line)
        else:
            put([title := f"{number}. {heading}" if r.random() < 0.6 else f"## {heading}"], title)
        for _ in range(r.randint(1, 3)):
            p = text(1, 4)
            put(wrapped(p, width, ragged=ragged), p)
        kind = r.choice(["bullets", "numbers", "code", "table", "nested", "terms", "none"])
        if kind in {"bullets", "numbers", "nested"}:
            tight = r.random() < 0.6
            for i in range(1, r.randint(3, 5)):
                sign = f"{i}. " if kind == "numbers" else "- "
                p = text(1, 2)
                lines = wrapped(p, width, sign, " " * len(sign), ragged)
                out.extend(lines if tight else [*lines, ""])
                truth.append(sign + p)
                if kind == "nested" and r.random() < 0.5:
                    p = text(1, 1)
                    out.extend(wrapped(p, width, "  * ", "    ", ragged))
                    truth.append("* " + p)
            out.append("")
        elif kind == "code":
            p = r.choice(["命令如下::", "配置文件的内容是：", "例如::"])
            code = _code(r)
            put([p, "", *("    " + c for c in code)], p, *code)
        elif kind == "table":
            table = _table(r)
            put(table, *table)
        elif kind == "terms":
            for name in r.sample(["port", "depth", "relay_close", "工作队列", "快照"], 2):
                p = text(1, 2)
                out.extend([name, *wrapped(p, width, "    ", "    ", ragged), ""])
                truth += [name, p]
    return Broken("\n".join(out), truth)


class Pool:
    """Sentences of technical documents, each used once."""

    def __init__(self, r: random.Random) -> None:
        self.r, self.left = r, r.sample(sentences(), len(sentences()))

    def text(self, low: int, high: int) -> str:
        """A paragraph of so many sentences."""
        return "".join(self.left.pop() for _ in range(self.r.randint(low, high)))


class Sheet:
    """Lines of a page and what should come out of them, written side by side."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.truth: list[str] = []

    def put(self, *lines: str) -> None:
        """Lines that stay as they are, and a blank one."""
        self.lines += [*lines, ""]
        self.truth += [line.strip() for line in lines]

    def wrap(self, paragraph: str, width: int, first: str = "", later: str = "", close: bool = False) -> None:
        """A paragraph broken at a width, and a blank line but where the next stands close."""
        self.lines += wrapped(paragraph, width, first, later)
        self.truth.append(first.strip() + " " * bool(first.strip()) + paragraph)
        if not close:
            self.lines.append("")

    def broken(self) -> Broken:
        """The page."""
        return Broken("\n".join(self.lines), self.truth)


def mails(r: random.Random) -> Broken:
    """A mail of a list: fields, quotations with their signs, answers, a signature."""
    sheet, pool, width = Sheet(), Pool(r), r.randint(66, 76)
    sheet.put(
        "From: relay-owner@example.org", "Subject: Re: [PATCH v2] 修正引用计数", "Date: Tue, 3 Mar 2009 10:22:31 +0800"
    )
    sheet.put("大家好，")
    for _ in range(r.randint(2, 3)):
        if r.random() < 0.5:
            sheet.put("On Mon, Mar 2, 2009 at 9:15 PM, Chen wrote:")
            sheet.lines.pop()
        sign = r.choice(["> ", ">> ", "> > "])
        for more in range(r.randint(1, 2)):
            if more:
                sheet.lines.append(sign.rstrip())
            sheet.wrap(pool.text(1, 2), width, sign, sign, close=True)
        sheet.lines.append("")
        sheet.wrap(pool.text(1, 3), width)
    sheet.put("--", "王小川", "relay 邮件列表维护者")
    return sheet.broken()


def manual_pages(r: random.Random) -> Broken:
    """A page of a manual: headings at the edge, text indented, options with text indented further."""
    sheet, pool, width = Sheet(), Pool(r), r.randint(72, 80)
    sheet.put("RELAY(8)                     系统管理命令                     RELAY(8)")
    options = r.sample(["-d", "-v", "-c FILE", "-p PORT", "--depth=N"], 3)
    plain = {
        "名称": "relay - 转发守护进程",
        "概要": "relay [-dv] [-c FILE] [-p PORT]",
        "参见": "relayctl(1), socket(7)",
    }
    for name in ("名称", "概要", "描述", "选项", "文件", "参见"):
        sheet.put(name)
        sheet.lines.pop()
        if name in plain:
            sheet.put(" " * 7 + plain[name])
        elif name == "选项":
            for option in options:
                sheet.put(" " * 7 + option)
                sheet.lines.pop()
                sheet.wrap(pool.text(1, 2), width, " " * 14, " " * 14)
        else:
            for _ in range(r.randint(1, 3)):
                sheet.wrap(pool.text(1, 3), width, " " * 7, " " * 7)
    return sheet.broken()


def memos(r: random.Random) -> Broken:
    """A memo as the Internet's standards are: numbered headings, text indented by three, items, drawings."""
    sheet, pool = Sheet(), Pool(r)
    for number in range(1, 5):
        sheet.put(f"{number}.  {r.choice(HEADINGS)}")
        for _ in range(r.randint(1, 3)):
            sheet.wrap(pool.text(1, 3), 72, "   ", "   ")
        for _ in range(r.choice([0, 3])):
            sheet.wrap(pool.text(1, 1), 72, "   o  ", "      ")
        if r.random() < 0.5:
            edge = "      +--------+     +--------+"
            sheet.put(edge, "      | client | --> | server |", edge)
    return sheet.broken()


def readmes(r: random.Random) -> Broken:
    """A file that tells of a program, in Markdown: headings, code between fences, numbered steps, quotations."""
    sheet, pool, width = Sheet(), Pool(r), r.randint(70, 80)
    sheet.put("relay", "=====")
    for heading in r.sample(HEADINGS, 3):
        sheet.put(f"## {heading}")
        sheet.wrap(pool.text(1, 3), width)
        kind = r.choice(["code", "steps", "quotation"])
        if kind == "code":
            sheet.put("```sh", "$ make", "$ sudo make install", "```")
        elif kind == "steps":
            for number in range(1, 4):
                sheet.wrap(pool.text(1, 2), width, f"{number}. ", "   ", close=number < 3)
        else:
            sheet.wrap(pool.text(1, 1), width, "> ", "> ", close=True)
            sheet.lines.append(">")
            sheet.wrap(pool.text(1, 1), width, "> ", "> ")
    return sheet.broken()


def interleaved(r: random.Random, count: int) -> Broken:
    """Articles in columns whose blocks were read in turn: of each a block, cut anywhere, and again."""
    chosen = r.sample(articles(), count)
    titles = r.sample([f"{place}的{what}" for place in PLACES for what in ("一天", "由来", "新事", "旧闻")], count)
    parts = []
    for title, article in zip(titles, chosen, strict=True):
        paragraphs = list(article[: r.randint(3, 5)])
        cuts = r.randint(1, 2)
        blocks: list[list[str]] = [[title]]
        for i, p in enumerate(paragraphs):
            if 0 < i <= cuts and len(p) > 70:
                at = inside(r, p)
                blocks[-1].append(p[:at])
                blocks.append([p[at:]])
            else:
                blocks[-1].append(p)
        parts.append(blocks)
    out: list[str] = []
    while any(parts):
        for blocks in parts:
            if blocks:
                out += [line for b in blocks.pop(0) for line in (b, "")]
    truth = [x for title, article in zip(titles, chosen, strict=True) for x in (title, *article)]
    kept = {*out}
    return Broken("\n".join(out), [x for x in truth if x in kept or any(x.startswith(k) and k for k in kept)])


SETS: dict[str, Callable[[random.Random], Broken]] = {
    "mixed widths": mixed_widths,
    "captions": captions,
    "pull quotes": pull_quotes,
    "captions on wrapped pages": wrapped_captions,
    "page breaks": page_breaks,
    "spaced lines": spaced_lines,
    "technical": technical,
    "mails": mails,
    "manual pages": manual_pages,
    "memos": memos,
    "readmes": readmes,
    "two columns": lambda r: interleaved(r, 2),
    "three columns": lambda r: interleaved(r, 3),
}


def made(name: str, count: int, seed: int = 1) -> list[Broken]:
    """Pages of a set."""
    return [SETS[name](random.Random(f"{name} {seed} {i}")) for i in range(count)]


# ---- scores


class Score(NamedTuple):
    """Ends of paragraphs found (F1), and the share of paragraphs that came out whole, with and without their spaces."""

    f1: float
    whole: float
    spaced: float


def squeezed(text: str) -> str:
    """A text without white space."""
    return re.sub(r"\s", "", text)


def single(text: str) -> str:
    """A text with one space where it has any."""
    return re.sub(r"\s+", " ", text.strip())


def cleaned(pages: Sequence[str], stages: Sequence[str] = ("interruptions", "wraps")) -> list[str]:
    """Pages after those stages."""
    bench = Bench.of(default(), [*stages])
    trails = bench.trails(Page(str(i), text) for i, text in enumerate(pages))
    return [trail.text(page) for trail in trails for page in range(trail.lines.pages)]


def score(pages: Sequence[Broken], texts: Sequence[str]) -> Score:
    """How texts agree with what should have come out."""
    hit = true = found = whole = spaced = total = 0
    for page, text in zip(pages, texts, strict=True):
        want, have = [p for p in page.paragraphs if p.strip()], [p for p in text.split("\n") if p.strip()]
        ends = [Counter(squeezed(p)[-12:] for p in side) for side in (want, have)]
        hit, true, found = hit + (ends[0] & ends[1]).total(), true + len(want), found + len(have)
        whole += (Counter(map(squeezed, want)) & Counter(map(squeezed, have))).total()
        spaced += (Counter(map(single, want)) & Counter(map(single, have))).total()
        total += len(want)
    return Score(2 * hit / max(1, true + found), whole / max(1, total), spaced / max(1, total))
