"""The report and the server in a real browser: every view, what it shows against the trail, judging, hostile pages."""

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Dialog, Page, Request, sync_playwright

from pipeline.audit import gallery, interval, report, server, site, verdicts
from pipeline.audit.judgements import score
from pipeline.edit import flatten
from pipeline.publish import manifest, read, schema
from tests.audited import SHOTS, browser_of, built, chromium, mixed, samples
from tests.payloads import FOREIGN, PAYLOADS

READY = "html[data-ready=yes]"
FILES = [view.file for view in site.VIEWS]
MODES = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 400, "height": 860}, "color_scheme": "light"},
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if chromium() is None:
        if os.environ.get("CI"):
            pytest.fail("there is no Chromium: `make browser` installs it, and CI must run these tests")
        pytest.skip("there is no Chromium here; `make browser` installs it")
    with sync_playwright() as playwright, browser_of(playwright) as found:
        yield found


class Window:
    """A page of the browser that may not complain, may fetch nothing from elsewhere, and opens no dialog."""

    def __init__(self, browser: Browser, base: str, **how: Any) -> None:
        self.base = base
        self.complaints: list[str] = []
        self.page: Page = browser.new_context(**how).new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("dialog", self._asked_of)
        self.page.on("request", self._asked)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.base, "blob:", "data:")):
            self.complaints.append(f"asked for {request.url}")

    def _asked_of(self, dialog: Dialog) -> None:
        self.complaints.append(dialog.message)
        dialog.dismiss()

    def open(self, path: str, ready: bool = True) -> Page:
        # Another address with the same file would only move the hash.
        self.page.goto("about:blank")
        self.page.goto(self.base + path)
        if ready:
            self.page.wait_for_selector(READY, state="attached", timeout=20_000)
        return self.page

    def close(self) -> None:
        self.page.context.close()
        assert self.complaints == []


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions of a corpus of 200 pages: the second has some pages more, some less, some changed."""
    folder = tmp_path_factory.mktemp("seen")
    pages = mixed(205)
    first = [
        {**page, "text": page["text"].replace("。", "！", 3)} if i % 40 == 0 else page for i, page in enumerate(pages)
    ]
    built(folder, first[:190])
    return built(folder, pages[5:])


@pytest.fixture(scope="module")
def opened(release: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of its report."""
    out = tmp_path_factory.mktemp("report") / "report"
    parent = release.parent / "1.0.0"
    report.write(report.exhibit(release, parent, None, 1), out, report.Wanted())
    return out.as_uri() + "/"


def views(page: str) -> list[tuple[str, str]]:
    """All views, by name and address."""
    found = [(file.removesuffix(".html"), file) for file in FILES]
    return [*found, ("rule", "rules/WRP201.html"), ("page", f"page.html#{page}"), ("pair", "")]


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_every_view_opens_from_disk_and_is_photographed(browser: Browser, opened: str, mode: str) -> None:
    window = Window(browser, opened, **MODES[mode])
    SHOTS.mkdir(parents=True, exist_ok=True)
    for name, path in views("n=3"):
        quiet = name in {"index", "rules", "provenance"}
        if name == "pair":
            page = window.open("copies.html")
            path = page.locator(".dups a").first.get_attribute("href") or ""
            assert path
        page = window.open(path, ready=not quiet)
        assert page.locator("main").inner_text().strip()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than {mode}"
        page.screenshot(path=SHOTS / f"{name}-{mode}.png")
    window.close()


def until(page: Page, expression: str, arg: object = None) -> None:
    """Wait until an expression holds. Playwright's own way evaluates in the page, which our policy forbids."""
    for _ in range(800):
        if page.evaluate(expression, arg):
            return
        page.wait_for_timeout(25)
    raise AssertionError(f"it never came: {expression} {arg}")


SHOWN = """() => {
  const runs = [...document.querySelectorAll(".raw > *")].map((e) =>
    [e.className.split(" ")[0], Number(e.dataset.edit ?? -1), e.textContent]);
  const out = [...document.querySelectorAll(".out")].map((e) => e.textContent).join("");
  return JSON.stringify([runs, out]);
}"""


def shown(page: Page) -> tuple[list[tuple[str, int, str]], str]:
    """The runs of the left column (kind, edit, text) and the text of the right one, from the DOM."""
    runs, out = json.loads(page.evaluate(SHOWN))
    return [tuple(run) for run in runs], out


def same(text: str) -> str:
    """A text as JavaScript has it: halves of one character that stand beside each other are that character."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


@pytest.mark.slow
def test_what_a_page_shows_equals_the_trail(browser: Browser, opened: str, release: Path) -> None:
    window = Window(browser, opened)
    page = window.open("page.html#n=0")
    ids = page.evaluate("(async () => (await jingwen.load('pages-0')).map((r) => r[1]))()")
    assert len(ids) == 200
    for n, page_id in enumerate(ids):
        page.evaluate("n => { document.documentElement.dataset.ready = ''; location.hash = `n=${n}`; }", n)
        if n:
            page.wait_for_selector(READY, state="attached")
        assert page.locator(".facts .id").inner_text().split() == page_id.split()
        runs, out = shown(page)
        found = read.page(release, page_id)
        layers = [layer.edits for layer in found.layers]
        assert "".join(t for k, _, t in runs if k not in {"put", "here"}) == same(found.raw or "")
        assert "".join(t for k, _, t in runs if k not in {"gone", "from"}) == same(found.text)
        assert out == same(found.text)
        base = [sum(map(len, layers[:i])) for i in range(len(layers))]
        gone: dict[int, str] = {}
        put: dict[int, str] = {}
        for change in flatten(len(found.raw or ""), layers):
            edit = base[change.layer] + change.edit
            gone[edit] = gone.get(edit, "") + (found.raw or "")[change.start : change.end]
            put[edit] = put.get(edit, "") + change.replacement
        for kinds, said in (({"gone", "from"}, gone), ({"put", "here"}, put)):
            seen: dict[int, str] = {}
            for kind, edit, text in runs:
                if kind in kinds:
                    seen[edit] = seen.get(edit, "") + text
            assert seen == {edit: same(text) for edit, text in said.items() if text}
    window.close()


def test_a_stage_switched_off_leaves_what_the_others_did(browser: Browser, opened: str, release: Path) -> None:
    window = Window(browser, opened)
    page = window.open("page.html#n=7")
    page_id = page.locator(".facts .id").inner_text()
    found = read.page(release, page_id)
    assert len(found.layers) >= 3
    page.keyboard.press(str(len(found.layers)))  # the last stage
    page.wait_for_selector(READY, state="attached")
    runs, out = shown(page)
    text = found.raw or ""
    for layer in found.layers[:-1]:
        text = layer_applied(text, layer)
    assert out == same(text)
    page.keyboard.press("a")
    page.wait_for_selector(READY, state="attached")
    assert shown(page)[1] == same(found.text), "a brings back what was off"
    page.keyboard.press("a")
    page.wait_for_selector(READY, state="attached")
    runs, out = shown(page)
    assert {kind for kind, _, _ in runs} == {"kept"}
    assert out == same(found.raw or "")
    window.close()


def layer_applied(text: str, layer: read.ReadLayer) -> str:
    from pipeline.edit import apply

    return apply(text, layer.edits)


def test_fields_show_where_they_came_from(browser: Browser, opened: str) -> None:
    window = Window(browser, opened)
    page = window.open("page.html#n=3")
    title = page.locator(".field", has=page.locator(".name", has_text="title")).first
    value = title.locator(".value").inner_text()
    title.focus()
    lit = "".join(page.locator(".raw .lit").all_text_contents())
    assert "".join(value.split())[:8] in "".join(lit.split())
    window.close()


def test_judging_by_key_undo_note_export_and_merge(
    browser: Browser, opened: str, release: Path, tmp_path: Path
) -> None:
    window = Window(browser, opened)
    page = window.open("judge.html")
    first = page.locator(".card").get_attribute("data-key")
    keys = [first]
    for key in "rw":
        page.keyboard.press(key)
        until(page, "k => document.querySelector('.card').dataset.key !== k", arg=keys[-1])
        keys.append(page.locator(".card").get_attribute("data-key"))
    page.keyboard.press("w")
    until(page, "k => document.querySelector('.card').dataset.key !== k", arg=keys[-1])
    page.keyboard.press("u")
    until(page, "k => document.querySelector('.card').dataset.key === k", arg=keys[-1])
    assert len(set(keys)) == 3
    page.keyboard.press("m")
    page.locator("dialog textarea").fill("=cmd|' /C calc'!A0 只是一行字")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("dialog", state="detached")
    page.keyboard.press("w")
    until(page, "k => document.querySelector('.card').dataset.key !== k", arg=keys[-1])
    assert "more" in page.locator(".stratum").first.inner_text()
    with page.expect_download() as download:
        page.locator("#export").click()
    file = tmp_path / "judged.jsonl"
    download.value.save_as(file)
    figures = {f.rule: f for f in score(file) if f.right + f.wrong}
    assert [(f.right, f.wrong) for f in figures.values()] == [(1, 2)]
    assert [r["verdict"] for r in verdicts.read(file).records if r["note"].startswith("=cmd")] == [None, "wrong"]
    page.evaluate("localStorage.clear()")
    page.reload()
    page.wait_for_selector(READY, state="attached")
    assert page.locator(".card").get_attribute("data-key") == first
    page.locator("#import").set_input_files(file)
    until(page, "document.querySelector('#said').textContent.includes('added')")
    assert page.locator(".card").get_attribute("data-key") not in keys
    window.close()


def test_the_browser_counts_as_python_does(browser: Browser, opened: str) -> None:
    window = Window(browser, opened)
    page = window.open("judge.html")
    for hits, of, population in [(0, 0, None), (19, 20, None), (3, 3, 3), (40, 60, 70), (0, 5, 900), (7, 7, 100_000)]:
        found = page.evaluate(
            "([a, b, c]) => [jingwen.judge.wilson(a, b, c), jingwen.judge.needed(a, b, c)]", [hits, of, population]
        )
        ours = interval.wilson(hits, of, population)
        assert found[1] == interval.needed(hits, of, population)
        assert (found[0] is None) == (ours is None)
        if ours:
            assert [found[0][name] for name in ("share", "low", "high")] == pytest.approx(list(ours))
    window.close()


# --- hostile pages


def hostile(folder: Path) -> Path:
    """A release in which every field of every page is a payload, as no build would make it."""
    pages = [*samples(), *({**page, "id": f"again/{page['id']}"} for page in samples())]
    release = built(folder, pages, name="hostile", corpus={"description": PAYLOADS[0], "licence": PAYLOADS[3]})
    ids: dict[str, str] = {}

    def name(page_id: str) -> str:
        return ids.setdefault(page_id, f"{PAYLOADS[len(ids) % len(PAYLOADS)]} {len(ids)}")

    for table in schema.TABLES:
        for path in read.shards(release, table):
            rows = pq.read_table(path)
            columns = [_hostile(rows[c.name], c.name, name) for c in table.columns]
            pq.write_table(pa.Table.from_arrays(columns, schema=rows.schema), path)
    told = manifest.load(release)
    for i, row in enumerate(told["counts"]["dropped"]):
        row["reason"] = PAYLOADS[i]
    for i, row in enumerate(told["inputs"]):
        row["name"] = PAYLOADS[i]
    told["configuration"]["rules"]["select"] = list(PAYLOADS)
    told["lock"]["python"] = PAYLOADS[1]
    told.pop(manifest.SEAL)
    (release / manifest.NAME).write_text(manifest.sealed(told), encoding="utf-8", newline="")
    return release


def _hostile(column: pa.ChunkedArray, column_name: str, name: Any) -> pa.ChunkedArray:
    values = column.to_pylist()
    if column_name in {"page_id", "kept_page_id", "dup_cluster"}:
        values = [v and name(v) for v in values]
    elif column_name == "doc_id":
        values = [v and f"{name(v.rpartition('#')[0])}#{v.rpartition('#')[2]}" for v in values]
    elif column_name in {"stage", "text", "removed", "replacement", "text_digest"} or not pa.types.is_string(
        column.type
    ):
        return column  # texts restore each other, and hold the payloads of the next test
    else:
        values = [v if v is None and i % 3 else PAYLOADS[i % len(PAYLOADS)] for i, v in enumerate(values)]
    return pa.chunked_array([pa.array(values, column.type)])


@pytest.mark.slow
def test_payloads_in_every_field_leave_no_foreign_node(browser: Browser, tmp_path: Path) -> None:
    assert len(PAYLOADS) >= 60
    release = hostile(tmp_path)
    out = tmp_path / "report"
    report.write(report.exhibit(release, None, None, 1), out, report.Wanted())
    window = Window(browser, out.as_uri() + "/")
    for name, path in views("n=0"):
        if name == "pair":
            path = window.open("copies.html").locator(".dups a").first.get_attribute("href") or ""
        page = window.open(path, ready=name not in {"index", "rules", "provenance"})
        assert page.evaluate(FOREIGN) == [], name
    count = manifest.load(release)["counts"]["pages"]
    page = window.open("page.html#n=0")
    for n in range(1, count):
        page.evaluate("n => { document.documentElement.dataset.ready = ''; location.hash = `n=${n}`; }", n)
        page.wait_for_selector(READY, state="attached")
        page.keyboard.press("j")
        assert page.evaluate(FOREIGN) == []
    window.close()


def test_payloads_in_the_text_of_pages_leave_no_foreign_node(browser: Browser, tmp_path: Path) -> None:
    body = samples()[3]["text"]
    head, foot = "首页\n新闻\n{0}\n登录\n{0}\n2019-05-02 来源：{0} 作者：{0}", "{0}\n责任编辑：{0}"
    texts = ["\n".join([head.format(p), body, foot.format(p)]) for p in PAYLOADS]
    pages = [
        {"id": f"{i}/{p}", "url": p, "text": text} for i, (p, text) in enumerate(zip(PAYLOADS, texts, strict=True))
    ]
    release = built(tmp_path, pages)
    out = tmp_path / "report"
    report.write(report.exhibit(release, None, None, 1), out, report.Wanted())
    window = Window(browser, out.as_uri() + "/")
    for path in (
        "pages.html",
        "dropped.html",
        "copies.html",
        "judge.html",
        *(f"rules/{code}.html" for code in ("MET201", "NAV107")),
    ):
        assert window.open(path).evaluate(FOREIGN) == [], path
    page = window.open("page.html#n=0")
    for n in range(len(PAYLOADS)):
        page.evaluate("n => { document.documentElement.dataset.ready = ''; location.hash = `n=${n}`; }", n)
        if n:
            page.wait_for_selector(READY, state="attached")
        assert page.evaluate(FOREIGN) == []
    window.close()


# --- bad input


@pytest.mark.slow
def test_pages_that_are_huge_odd_or_empty_can_be_read(browser: Browser, tmp_path: Path) -> None:
    one = "傍晚六点，最后一班轮渡离开青石镇码头，船上坐着十几位老乘客，有人带了相机，有人什么也没带。"
    two = "卖豆浆的老人推着车出来，车轮压过积水，留下两道浅浅的印子，路灯一盏一盏地灭了，街上的人渐渐多起来。"
    pages = [
        {"id": "huge", "text": "\n".join(f"{i}{one}" for i in range(36_000))},
        {"id": "one line", "text": "".join(f"{two}{i}" for i in range(9_000))},
        {
            "id": "edits",
            "text": "\n\n".join(f"\u3000\u3000{i}\u200b{one[i % 9 : i % 9 + 12]}。" for i in range(26_000)),
        },
        {
            "id": "rtl",
            "text": f"العربية \u202eabc\u202c עברית\n{two}\n" + "e\u0301\u0302" * 400 + f"\nשורה\n{two[::-1]}。",
        },
        {"id": "empty", "text": ""},
    ]
    release = built(tmp_path, pages)
    out = tmp_path / "report"
    report.write(report.exhibit(release, None, None, 1), out, report.Wanted())
    window = Window(browser, out.as_uri() + "/")
    ids = {}
    page = window.open("pages.html")
    for row in page.evaluate("(async () => jingwen.load('pages-0'))()"):
        ids[row[1]] = row[0]
    for name, n in ids.items():
        page = window.open(f"page.html#n={n}")
        found = read.page(release, name)
        runs, out_text = shown(page)
        assert "".join(t for k, _, t in runs if k not in {"put", "here"}) == (found.raw or "")
        assert out_text == found.text
        if name == "edits":
            assert len({edit for _, edit, _ in runs if edit >= 0}) >= 50_000
        # However long the text is, a screen of it is laid out; the rest is passed over until it is seen.
        rows = page.locator(".rows .row")
        if rows.count():
            assert rows.last.evaluate("e => getComputedStyle(e).contentVisibility") == "auto"
        page.screenshot(path=SHOTS / f"bad-{name.replace(' ', '-')}.png") if SHOTS.is_dir() else None
    window.close()


def emptied(release: Path) -> Path:
    """The release without any row; a build would say that there is nothing to publish."""
    told = manifest.load(release)
    for table in schema.TABLES:
        for path in read.shards(release, table):
            path.unlink()
    counts = told["counts"]
    counts |= {name: type(value)() for name, value in counts.items()}
    told |= {"tables": {}, "inputs": [], "files": {}}
    told.pop(manifest.SEAL)
    (release / manifest.NAME).write_text(manifest.sealed(told), encoding="utf-8", newline="")
    return release


def test_an_empty_release_has_views_that_say_so(browser: Browser, tmp_path: Path) -> None:
    release = emptied(built(tmp_path, samples()[:3]))
    out = tmp_path / "report"
    report.write(report.exhibit(release, None, None, 1), out, report.Wanted())
    window = Window(browser, out.as_uri() + "/")
    for file in FILES:
        page = window.open(file, ready=file not in {"index.html", "rules.html", "provenance.html"})
        assert page.locator("h1").inner_text()
    assert "no page" in window.open("index.html", ready=False).locator("main").inner_text()
    window.close()


# --- the server


@pytest.fixture
def served(release: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a server of the release; its judgements begin empty."""
    shown = report.exhibit(release, release.parent / "1.0.0", None, 1, held=True)
    looked_at = gallery.Gallery(shown, "tester")
    looked_at.file = tmp_path / "kept.jsonl"
    made = server.running(looked_at, "127.0.0.1", 0)
    thread = threading.Thread(target=made.serve, daemon=True)
    thread.start()
    yield made.address
    made.stop()
    thread.join(20)
    assert not thread.is_alive()


@pytest.mark.slow
def test_the_server_shows_the_same_views_and_keeps_judgements(
    browser: Browser, served: str, release: Path, tmp_path: Path
) -> None:
    window = Window(browser, served, **MODES["light"])
    listed = read.shards(release, schema.DOCUMENTS)[0]
    page_id = pq.read_table(listed, columns=["page_id"])["page_id"][3].as_py()
    for name, path in views(f"id={page_id}"):
        if name == "pair":
            path = window.open("copies.html").locator(".dups a").first.get_attribute("href") or ""
        page = window.open(path, ready=name not in {"index", "rules", "provenance"})
        assert page.evaluate(FOREIGN) == [], name
        page.screenshot(path=SHOTS / f"served-{name}.png") if SHOTS.is_dir() else None
    page = window.open(f"page.html#id={page_id}")
    assert shown(page)[1] == same(read.page(release, page_id).text)
    page.keyboard.press("j")
    page.keyboard.press("w")
    page.wait_for_selector(".verdict.wrong[aria-pressed=true]")
    page = window.open("judge.html")
    key = page.locator(".card").get_attribute("data-key")
    page.keyboard.press("r")
    until(page, "k => document.querySelector('.card').dataset.key !== k", arg=key)
    kept = verdicts.read(tmp_path / "kept.jsonl").records
    assert [(r["verdict"], r["drawn"], r["judge"]) for r in kept] == [
        ("wrong", False, "tester"),
        ("right", True, "tester"),
    ]
    page = window.open("pages.html")
    page.locator("input[name=text]").fill("记者")
    page.locator("#search button").click()
    page.wait_for_selector(".hits td")
    assert "记者" in page.locator(".hits tbody").inner_text()
    page.locator("select[name=in]").select_option("documents")
    page.locator("#search button").click()
    page.wait_for_selector(".list.pages td")
    window.close()
