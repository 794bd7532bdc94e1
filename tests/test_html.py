"""HTML: how it becomes lines, what is known of each line, and that hints follow the text wherever it goes."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import config
from pipeline.clean import Trail, advance
from pipeline.document import Page
from pipeline.edit import Edit, Edits
from pipeline.hints import ARTICLE, COMMENTS, FOOTER, LIST, NAV, RELATED, TABLE, Hints
from pipeline.lines import Lines
from pipeline.publish.tables import Given, before, field_batch, page_batch, trail_of
from pipeline.rule import Found, Rule, Stage
from pipeline.sources.html import Unrendered, render
from pipeline.sources.html.names import kind_of, named
from pipeline.stages.main_element import main_element
from pipeline.stages.segments.blocks import blocks
from pipeline.workbench import Bench

GOLD = Path(__file__).parents[1] / ".." / "shared" / "gold"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<h1>题</h1><p>甲</p><p>乙<br>丙</p>", "题\n\n甲\n\n乙\n丙"),
        ("<div>甲<div>乙</div>丙</div>", "甲\n乙\n丙"),
        ("<p> 甲 \n <b> 乙</b>丙 </p>", "甲 乙丙"),
        ("<span>甲</span><span>乙</span>", "甲乙"),
        ("<ul><li>甲<li>乙<ul><li>丙</ul></ul><ol><li>一<li>二</ol>", "• 甲\n• 乙\n  • 丙\n\n1. 一\n2. 二"),
        ("<table><tr><th>名<th>数<tr><td>甲<td>一</table>", "名\t数\n甲\t一"),
        ("<table><tr><td><p>甲</p><p>乙</p></td><td>丙</td></tr></table>", "甲\n\n乙\n\n丙"),
        ("<pre>a\n  b\n\nc</pre>", "a\n  b\n\nc"),
        ("<figure><img alt='x'><figcaption>图：渡口</figcaption></figure>", "图：渡口"),
        ("甲<script>x</script><style>y</style><noscript>z</noscript>乙", "甲乙"),
        ("<p>甲</p><p hidden>乙</p><p style='display: NONE'>丙</p>", "甲"),
        ("<div style='display:none'><p>甲</p></div>", "甲"),
        ("<dl><dt>甲<dd>乙</dl><blockquote>丙</blockquote>", "甲\n乙\n\n丙"),
        ("\u3000\u3000甲&nbsp;乙&amp;&#20013;", "\u3000\u3000甲\u00a0乙&中"),
        ("甲<br><br>乙", "甲\n\n乙"),
        ("<p></p><div> </div>", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_blocks_are_lines_and_their_layout_is_kept(html: str, text: str) -> None:
    assert render(html).text == text


def hints_of(html: str) -> tuple[list[str], Hints]:
    text, hints = render(html)
    return text.split("\n"), hints


def test_each_line_has_its_place_its_links_and_its_element() -> None:
    html = (
        '<body><nav><a href="/">首页</a>|<a>论坛</a></nav><article><h2>题</h2><p>正文<a>链接</a></p></article></body>'
    )
    lines, hints = hints_of(html)
    assert [(lines[i], int(hints.linked[i])) for i in range(len(lines))] == [
        ("首页|论坛", 4), ("", 0), ("题", 0), ("", 0), ("正文链接", 2),
    ]  # fmt: skip
    text = "\n".join(lines)
    assert [text[a : a + len(line)] for a, line in zip(hints.at.tolist(), lines, strict=True)] == lines
    assert [int(hints.kind[b]) for b in hints.block[[0, 4]].tolist()] == [NAV, 0]
    assert int(hints.kind[hints.parent[hints.block[4]]]) == ARTICLE
    assert int(hints.level[hints.block[2]]) == 2
    assert (hints.parent < np.arange(len(hints.parent))).all()


@given(
    st.recursive(
        st.sampled_from(["甲", " 乙。", "<br>", "<p>", "</p>", "<td>", "<li>丙", "</div>", "<b>", "\n", "<pre>\n"]),
        lambda inner: st.tuples(
            st.sampled_from(["div", "ul", "table", "a", "p", "h2", "nav"]), st.lists(inner, max_size=4)
        ).map(lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"),
        max_leaves=25,
    )
)
def test_hints_stand_at_the_lines_of_the_text_whatever_the_page(html: str) -> None:
    text, hints = render(html)
    lines = text.split("\n") if text else []
    assert len(hints) == len(lines)
    assert hints.at.tolist() == [sum(map(len, lines[:i])) + i for i in range(len(lines))]
    assert all(0 <= n <= len(line) for n, line in zip(hints.linked.tolist(), lines, strict=True))
    assert not text.startswith("\n")
    assert "\n\n\n" not in text or "<pre" in html


def test_words_of_class_and_id_are_told_from_states_and_made_up_names() -> None:
    assert kind_of("div", {"class": "side-bar relatedNews"}) == RELATED
    assert kind_of("ul", {"id": "comments2"}) == COMMENTS
    assert kind_of("div", {"role": "navigation"}) == NAV
    assert kind_of("footer", {}) == FOOTER
    for name in (
        "has-sidebar",
        "isAd",
        "lemmaTitleWrap_L2HAd",
        "discontent",
        "enableBodyAdsCharCountTwoSlots",
        "",
        "新闻",
    ):
        assert named(name) == 0, name


def test_the_head_tells_the_surest_first() -> None:
    html = """<title> 渡口停航_青石在线 </title><meta property="og:title" content="渡口停航">
    <meta name="publishdate" content="2019-05-02"><meta property="article:published_time" content="2019-05-02T08:30">
    <script type="application/ld+json">[{"@graph": [{"@type": ["NewsArticle"], "headline": "老渡口停航",
    "author": [{"name": "甲"}, "乙"], "publisher": {"name": "青石晚报"}}]}]</script>
    <time datetime="2019-05-01"></time>"""
    head = render(html + "<p>甲</p>").hints.heads[0]
    assert head == {
        "authors": ["甲", "乙"], "date": ["2019-05-02T08:30", "2019-05-02", "2019-05-01"],
        "page_title": ["渡口停航_青石在线"], "source": ["青石晚报"], "title": ["老渡口停航", "渡口停航"],
    }  # fmt: skip


# --- what no page of people holds


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<div>" * 100_000 + "字", "HTML nested more than 5000 deep"),
        ("<span>" * 100_000 + "字", "HTML nested more than 5000 deep"),
        ("".join(f"<b id={i}>" for i in range(3000)) + "<p>字" * 3000, "HTML whose unclosed formatting"),
        ("<div " + " ".join(f"a{i}=1" for i in range(100_000)) + ">字", "HTML with more than 5000 attributes"),
    ],
)
def test_what_would_take_minutes_or_gigabytes_is_not_parsed(html: str, reason: str) -> None:
    begin = time.process_time()
    with pytest.raises(Unrendered, match=reason):
        render(html)
    assert time.process_time() - begin < 2


@pytest.mark.parametrize(
    "unit",
    [
        "<p>字", "<li>字", "<table><tr><td>字</table>", "&amp;", "<", "<!--", "</p>", "<br>", "<b>字</b>",
        "<a href=x>字</a>", "<div>字</div>", "<tr>字", "\0", "&#x", "<select><option>", "<svg></svg>", "<i><p></i>",
        '<div class="nav-a">字</div>',
    ],
)  # fmt: skip
def test_html_takes_linear_time(unit: str) -> None:
    def seconds(count: int) -> float:
        html = unit * count
        begin = time.process_time()
        render(html)
        return time.process_time() - begin

    small = min(seconds(2500) for _ in range(2))
    assert seconds(20_000) <= max(0.3, 24 * small), unit


def test_pictures_in_the_page_and_deep_but_human_nesting_are_read() -> None:
    picture = '<img src="data:image/png;base64,' + "A" * 300_000 + '">'
    assert render(picture + "<p>甲</p>").text == "甲"
    assert render("<div>" * 900 + "甲" + "</div>" * 900).text == "甲"


def test_halves_of_surrogate_pairs_and_nuls_do_not_stop_the_parser() -> None:
    render("<p>\ud800甲\0乙</p>").text.encode()


# --- hints follow the text


def lines_of(*pages: Page) -> Lines:
    return Trail.of(pages).lines


HTML = "<nav>甲</nav><p>乙乙</p><ul><li>丙</li><li>丁</li></ul><p>戊</p>"


def page(page_id: str = "a") -> Page:
    text, hints = render(HTML)
    return Page(page_id, text, hints=hints)


def by_line(trail: Trail, number: int = 0) -> dict[str, int]:
    """For each line of a page the flags of its element."""
    lines = trail.lines
    rows = range(int(lines.first_row[number]), int(lines.end_row[number]))
    return {
        lines.string(r): int(lines.hints.kind[lines.hints.block[lines.hint[r]]]) for r in rows if not lines.blank[r]
    }


KINDS = {"甲": NAV, "乙乙": 0, "• 丙": LIST, "• 丁": LIST, "戊": 0}


def after(trail: Trail, *edits: Edit) -> Trail:
    """A trail after some edits, in positions of the batch."""
    found = Found(edits=Edits.of(edits))
    return advance(trail, [Stage("made", (Rule("MAD101", lambda *_: found),))], {})


def test_hints_of_a_batch_are_those_of_its_pages() -> None:
    trail = Trail.of([Page("x", "纯文本"), page("a"), Page("y", ""), page("b")])
    assert by_line(trail, 1) == by_line(trail, 3) == KINDS
    assert trail.lines.hint[trail.lines.page == 0].tolist() == [-1]
    assert trail.hints(0) is None
    one, alone = trail.hints(3), page().hints
    assert one is not None
    assert alone is not None
    assert one.to_bytes() == alone.to_bytes() == Hints.from_bytes(one.to_bytes()).to_bytes()


def test_hints_survive_lines_that_go_come_and_are_changed() -> None:
    trail = Trail.of([page("a"), page("b")])
    text = trail.pages[0].text
    at = text.index("乙")
    after(
        trail,
        Edit(0, 2, "", "MAD101"),
        Edit(at, at + 1, "長長長", "MAD101"),
        Edit(len(text) - 1, len(text), "", "MAD101"),
    )
    assert by_line(trail) == {"長長長乙": 0, "• 丙": LIST, "• 丁": LIST}
    assert by_line(trail, 1) == KINDS
    at = trail.text(0).index("丙")
    after(trail, Edit(at, at, "\n", "MAD101"))
    assert by_line(trail)["丙"] == LIST


@given(st.data())
def test_hints_of_lines_that_stay_are_what_they_were(data: Any) -> None:
    trail = Trail.of([page("a"), page("b")])
    lines = trail.lines
    gone = data.draw(st.sets(st.integers(0, len(lines) - 1)))
    rows = np.zeros(len(lines), dtype=bool)
    rows[list(gone)] = True
    found = Found(rows=rows)
    advance(trail, [Stage("made", (Rule("MAD101", lambda *_: found),))], {})
    for number in (0, 1):
        kept = by_line(trail, number)
        assert kept == {line: KINDS[line] for line in kept}


def test_hints_go_from_pass_to_pass() -> None:
    trail = Trail.of([page("a"), Page("x", "文"), page("b")])
    after(trail, Edit(0, 2, "", "MAD101"))
    given_pages = [Given(p, "t") for p in trail.pages]
    state = before(page_batch(trail, given_pages), field_batch(trail))
    for low, high in ((0, 3), (0, 1), (2, 3)):
        following = trail_of(state, low, high)
        expected = {name: kind for name, kind in KINDS.items() if low or name != "甲"}
        assert by_line(following) == expected
        assert following.lines.hints.heads[0] == trail.lines.hints.heads[low]


def test_main_element_knows_nothing_of_plain_text() -> None:
    found = main_element(Lines.of(["首页\n正文很长，有几句话。\n版权"]))
    assert not found.known.any()
    assert found.inside.all()
    assert not found.furniture.any()


def test_one_page_does_not_change_what_another_is() -> None:
    text, hints = render(
        "<div><p>" + "今天天气很好，我们沿着河边走了很久。" * 5 + "</p></div><aside>" + "其他，" * 5 + "</aside>"
    )
    one = Page("one", text, hints=hints)
    alone = main_element(lines_of(one))
    among = main_element(lines_of(page(), one, Page("x", "文"), page("b")))
    size = len(text.split("\n"))
    first = len(page().text.split("\n"))
    for name in ("known", "inside", "furniture"):
        assert getattr(among, name)[first : first + size].tolist() == getattr(alone, name).tolist()
    assert alone.inside.tolist() == [True, True, False]


def test_tables_are_known_as_tables() -> None:
    _, hints = hints_of("<table><tr><td>甲</td></tr></table>")
    assert int(hints.kind[hints.block[0]]) == TABLE


# --- what comes of it


def test_a_page_is_cleaned_by_its_tags_and_keeps_an_exact_account() -> None:
    html = """<html><head><title>渡口昨日停航_青石在线</title><meta name="author" content="王小川"></head><body>
    <div id="top"><a href="/">网站</a><a>栏目甲</a><a>栏目乙</a></div><div class="main"><h1>渡口昨日停航</h1>
    <div><span>2019-05-02 08:30</span></div><div id="artibody">
    <p>傍晚六点，最后一班轮渡离开青石镇码头，船上坐着十几位老乘客，有人带了相机，有人什么也没带。</p>
    <p>船工周守田今年五十八岁，在这条江上来回走了三十一年，他说，桥通了是好事，只是有些舍不得。</p></div>
    <div class="xiangguan"><a href="/1">新桥下月通车，双向六车道</a>
    <p>从镇上到县城只要二十分钟，比坐轮渡快一个小时。</p></div>
    </div></body></html>"""
    text, hints = render(html)
    bench = Bench.of(config.default())
    (trail,) = bench.trails([Page("a", text, hints=hints)])
    assert trail.text(0).strip("\n").replace("\n\n", "\n") == (
        "傍晚六点，最后一班轮渡离开青石镇码头，船上坐着十几位老乘客，有人带了相机，有人什么也没带。\n"
        "船工周守田今年五十八岁，在这条江上来回走了三十一年，他说，桥通了是好事，只是有些舍不得。"
    )
    assert trail.restored(0) == text
    told = {f.name: f.value for f in trail.fields}
    assert told["title"] == "渡口昨日停航"
    assert told["date"] == "2019-05-02 08:30"
    assert told["authors"] == "王小川"


@pytest.mark.gold
@pytest.mark.skipif(not GOLD.is_dir(), reason="the gold sets do not stand beside the checkout")
def test_a_page_of_html_costs_less_than_a_sixtieth_of_a_second_for_100_kilobytes() -> None:
    pages = [row["html"] for row in pq.read_table(GOLD / "pages_html.parquet", columns=["html"]).to_pylist()]
    begin = time.process_time()
    for html in pages:
        render(html)
    seconds = time.process_time() - begin
    assert sum(len(html.encode()) for html in pages) / 100_000 / seconds >= 60


def test_headings_of_html_are_headings_of_the_text_wherever_they_stand() -> None:
    text, hints = render("<h1>渡口</h1><h3>一、船，二、人</h3><ul><li>甲</li></ul><p>正文。</p>")
    trail = Trail.of([Page("x", "渡口\n正文"), Page("a", text, hints=hints)])
    found = blocks(trail.lines)
    assert found.heading.tolist() == [False, False, True, True, False, False]
