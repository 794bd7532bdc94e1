"""The whole build, on small corpora of our own and stages whose effects can be foretold."""

import errno
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline import sources
from pipeline.config import BuildConfig, Config, CorpusConfig, SourceConfig
from pipeline.corpus import fingerprints, keepers, line_counts
from pipeline.corpus.copies import Copies
from pipeline.corpus.options import DuplicatesOptions
from pipeline.corpus.shingles import gram_sets, jaccard
from pipeline.document import Field, Page
from pipeline.edit import Edit, Edits
from pipeline.engine import files
from pipeline.engine.plan import Account, build
from pipeline.engine.progress import Event
from pipeline.engine.store import owner
from pipeline.engine.toolkit import Toolkit, segments_of
from pipeline.errors import InputError, IntegrityError, JingwenError, TooManySetAside, UsageError
from pipeline.lines import Lines
from pipeline.publish import manifest
from pipeline.publish import release as publishing
from pipeline.publish.read import page as read_page
from pipeline.publish.verify import check, verify
from pipeline.rule import Context, Found, Selection, Stage, line_edits, rule
from pipeline.stages import duplicates, templates
from pipeline.stages.segments import SegmentOptions

ROOT = Path(__file__).parent.parent


@rule("TST101")
def titled(lines: Lines, context: Context) -> Found:
    """The first line of a page is its title and goes."""
    rows = lines.first_row[~lines.blank[lines.first_row]]
    fields = [
        Field(int(lines.page[r]), "title", lines.string(r), 0, int(lines.end[r] - lines.start[r]), "")
        for r in rows.tolist()
    ]
    return Found(edits=line_edits(lines, rows, "TST101"), fields=fields)


@rule("TST201")
def dashes(lines: Lines, context: Context) -> Found:
    """Two hyphens become a dash."""
    at = [i for i in range(len(lines.text) - 1) if lines.text[i : i + 2] == "--"]
    return Found(edits=Edits.of(Edit(i, i + 2, "——", "TST201") for i in at))


@rule("TST301")
def starred(lines: Lines, context: Context) -> Found:
    """Another document begins at a line with a star."""
    return Found(breaks=np.flatnonzero((lines.first == ord("★")) & (lines.row > 0)))


@rule("TST401")
def thin(lines: Lines, context: Context) -> Found:
    """Pages without a full stop are set aside."""
    return Found(aside={p: "no full stop" for p in range(lines.pages) if not lines.stops[lines.page == p].any()})


@rule("TST901")
def failing(lines: Lines, context: Context) -> Found:
    """Raises on pages that hold 炸."""
    if "炸" in lines.text:
        raise ZeroDivisionError("炸 was read")
    return Found()


STAGES = (
    Stage("titles", (titled,)), templates.STAGE, Stage("dashes", (dashes,)), Stage("articles", (starred,)),
    Stage("hazards", (failing,)), Stage("quality", (thin,)), duplicates.STAGE,
)  # fmt: skip


@cache
def toolkit() -> Toolkit:
    """Few stages, among them those that need the corpus."""
    return Toolkit(
        STAGES, sources.parts, sources.read, sources.digest, segments_of,
        line_counts.of, line_counts.merge, lambda table, options: line_counts.finish(table, options).to_table(),
        line_counts.Templates.of_table, fingerprints.of_lines, fingerprints.merge,
        keepers.keepers, Copies.of_table,
    )  # fmt: skip


def with_surrogate() -> Toolkit:
    """The same; one page of the input holds half a surrogate pair, which the first rule takes out, and one keeps it."""

    def read(part: sources.Part) -> Iterator[Page]:
        yield from sources.read(part)
        if part.files[0].line == 1:
            yield Page("half", "题\ud800目\n正文在这里。", digest="d")
            yield Page("whole", "题目\n正文\udfff在这里。", digest="d")

    return toolkit()._replace(read=read)


@rule("TST501")
def dated(lines: Lines, context: Context) -> Found:
    """The second line of a page is its date and goes, where it looks like one."""
    rows = lines.first_row[lines.end_row - lines.first_row > 1] + 1
    rows = rows[lines.digit[rows] == 8]
    fields = [Field(int(lines.page[r]), "date", lines.string(r), 0, 10, "") for r in rows.tolist()]
    return Found(edits=line_edits(lines, rows, "TST501"), fields=fields)


def with_dates() -> Toolkit:
    """The same, with a stage that reads dates before all others."""
    return toolkit()._replace(stages=(Stage("dates", (dated,)), *STAGES))


def dull() -> Toolkit:
    """Stages without a rule."""
    return toolkit()._replace(stages=())


class KilledError(Exception):
    """Stands for a build that ends in its tracks."""


def _sentence(rng: random.Random) -> str:
    return "".join(chr(rng.randrange(0x4E00, 0x5000)) for _ in range(rng.randrange(8, 40))) + "。"


def make_pages(path: Path, count: int = 60, seed: int = 1, word: str = "") -> Path:
    """A corpus with furniture, copies, pages of two articles, thin ones, one unreadable and one that breaks a rule."""
    rng = random.Random(seed)
    records: list[dict[str, object]] = []
    for i in range(count):
        body = "\n".join(_sentence(rng) + "--" + _sentence(rng) for _ in range(4)) + word
        text = f"第{i}篇\n本站导航 首页 新闻 论坛\n{body}\n版权归本站所有 转载请注明"
        if i % 10 == 3:
            text += f"\n★另一篇\n{_sentence(rng) * 4}"
        if i % 10 == 5:
            text = str(records[i - 2]["text"])
        if i % 10 == 7:
            text = "图片"
        if i == 8:
            text += "炸"
        records.append({"id": f"p{i:03d}", "url": f"http://site{i % 2}.example/{i}", "text": text, "author": "某人"})
    records[9]["text"] = 5
    path.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in records), encoding="utf-8")
    return path


def config(home: Path, pages: Path, **build_options: object) -> Config:
    settings = {
        "out": str(home / "RELEASES"),
        "store": str(home / "store"),
        "workers": 1,
        "part_mb": 0.01,
        **build_options,
    }
    stages = {"segments": SegmentOptions()}
    corpus = CorpusConfig("sample", "CC0-1.0", "Small pages of nobody.")
    return Config(corpus, SourceConfig(str(pages)), Selection(), stages, BuildConfig(**settings))  # type: ignore[arg-type]  # known keys


def bytes_of(release: Path) -> dict[str, str]:
    """The SHA-256 of every file of a release."""
    return {
        path.relative_to(release).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(release.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Account, Path, Path]:
    """A build with one worker: its account, its home, and its input."""
    home = tmp_path_factory.mktemp("one")
    pages = make_pages(home / "pages.jsonl")
    return build(config(home, pages), toolkit=toolkit), home, pages


def test_account_says_where_every_page_went(made: tuple[Account, Path, Path]) -> None:
    account, _, _ = made
    assert account.pages == 60
    assert account.dropped == {
        ("", 'the field "text" holds a number, not text'): 1,
        ("DUP101", "exact copy"): 6,
        ("TST401", "no full stop"): 6,
        ("TST901", "rule failed"): 1,
    }
    assert account.copies == 6
    assert account.documents == 46 + 6
    assert account.edits["dashes", "TST201"] == (4 * 52, 8 * 52, 8 * 52)
    assert account.edits["templates", "TPL101"][0] > 40
    assert account.tables["documents"] == account.documents
    assert (account.version, account.changed) == ("1.0.0", True)


def test_release_agrees_with_itself_and_restores_every_page(made: tuple[Account, Path, Path]) -> None:
    account, _, pages = made
    assert list(verify(account.path, all=True)) == []
    for line in pages.read_text(encoding="utf-8").split("\n"):
        record = json.loads(line)
        assert read_page(account.path, record["id"]).raw == (
            record["text"] if isinstance(record["text"], str) else None
        )


def test_rows_say_what_happened(made: tuple[Account, Path, Path]) -> None:
    account, _, _ = made
    two = read_page(account.path, "p003")
    assert [row["doc_id"] for row in two.documents] == ["p003#0", "p003#1"]
    assert two.documents[1]["text"].startswith("★另一篇\n")
    assert two.documents[0]["title"] == "第3篇"
    assert two.documents[0]["extra"] == [{"name": "author", "value": "某人"}]
    assert two.documents[0]["dup_cluster"] == "p003"
    assert [layer.stage for layer in two.layers] == ["titles", "templates", "dashes"]
    assert "首页" not in two.text
    copy = read_page(account.path, "p005").dropped
    assert copy is not None
    assert (copy["rule"], copy["kept_page_id"], copy["similarity"]) == ("DUP101", "p003", 1.0)
    failed = read_page(account.path, "p008").dropped
    assert failed is not None
    assert failed["rule"] == "TST901"
    assert failed["reason"].startswith("rule failed: page p008, TST901 of stage hazards: ZeroDivisionError")
    segments = pq.read_table(account.path / "segments", filters=[("doc_id", "==", "p003#1")]).to_pylist()
    assert [s["ordinal"] for s in segments] == list(range(len(segments)))
    text = two.documents[1]["text"]
    assert all(text[s["start"] : s["end"]] == s["text"] for s in segments)
    assert sum(s["kind"] == "sentence" for s in segments) == two.documents[1]["n_sentences"]


def test_any_number_of_workers_gives_the_same_bytes(made: tuple[Account, Path, Path], tmp_path: Path) -> None:
    account, _, pages = made
    other = build(config(tmp_path, pages, workers=2), toolkit=toolkit)
    assert bytes_of(other.path) == bytes_of(account.path)


def test_second_build_does_nothing_and_says_so(made: tuple[Account, Path, Path]) -> None:
    account, home, pages = made
    events: list[Event] = []
    again = build(config(home, pages), events.append, toolkit)
    assert (again.version, again.changed, again.path) == ("1.0.0", False, account.path)
    last = {e.name: e for e in events if e.finished}
    assert all(last[name].kept == last[name].parts > 2 for name in ("clean", "shape", "publish"))


def test_changed_page_redoes_only_what_depends_on_it(made: tuple[Account, Path, Path], tmp_path: Path) -> None:
    _, home, pages = made
    shutil.copytree(home / "store", tmp_path / "store")
    changed = tmp_path / "pages.jsonl"
    text = pages.read_text(encoding="utf-8")
    changed.write_text(text.replace("某人", "他人", 1), encoding="utf-8")
    events: list[Event] = []
    build(config(tmp_path, changed), events.append, toolkit)
    last = {e.name: e for e in events if e.finished}
    assert all(last[name].parts - last[name].kept == 1 for name in ("clean", "shape", "publish"))


def _against(cfg: Config, *releases: Path, **options: object) -> Config:
    chosen = DuplicatesOptions(against=tuple(map(str, releases)), **options)  # type: ignore[arg-type]  # by name
    return replace(cfg, stages={**cfg.stages, "duplicates": chosen})


def test_pages_of_an_earlier_release_do_not_come_again(tmp_path: Path) -> None:
    first = build(config(tmp_path, make_pages(tmp_path / "pages.jsonl", 20)), toolkit=toolkit)
    prints = pq.read_table(first.path / "fingerprints")
    documents = pq.read_table(first.path / "documents")
    assert prints["page_id"].to_pylist() == list(dict.fromkeys(documents["page_id"].to_pylist()))
    grown = make_pages(tmp_path / "grown.jsonl", 30)  # the same pages and ten more
    second = build(_against(config(tmp_path / "b", grown), first.path), toolkit=toolkit)
    dropped = pq.read_table(second.path / "dropped").to_pylist()
    again = {row["page_id"]: row for row in dropped if row["kept_release"]}
    assert {row["kept_release"] for row in again.values()} == {"sample 1.0.0"}
    assert set(prints["page_id"].to_pylist()) <= set(again)
    assert all(row["reason"] == "exact copy from an earlier release: sample 1.0.0" for row in again.values())
    assert set(pq.read_table(second.path / "documents")["page_id"].to_pylist()).isdisjoint(again)
    assert second.dropped["DUP101", "exact copy from an earlier release"] == len(again)
    assert list(verify(second.path, all=True)) == []
    # What the release holds counts, not where it lies; without its texts the fingerprints are enough.
    shutil.copytree(first.path, tmp_path / "elsewhere")
    shutil.rmtree(tmp_path / "elsewhere" / "documents")
    third = build(_against(config(tmp_path / "c", grown), tmp_path / "elsewhere"), toolkit=toolkit)
    assert bytes_of(third.path) == bytes_of(second.path)
    told = (second.path / "manifest.json").read_text(encoding="utf-8")
    assert str(tmp_path) not in told
    assert f"sample 1.0.0 {manifest.load(first.path)['digest']}" in told


def test_an_edited_copy_is_proved_on_the_texts_of_the_earlier_release(tmp_path: Path) -> None:
    first = build(config(tmp_path, make_pages(tmp_path / "pages.jsonl", 12)), toolkit=toolkit)
    row = json.loads((tmp_path / "pages.jsonl").read_text(encoding="utf-8").split("\n")[3])
    text = row["text"].replace("。", "！", 2)
    rows = [{"id": "new", "text": text + "\n甲乙丙。"}, {"id": "o", "text": "丁\n" + "戊己。" * 40}]
    (tmp_path / "new.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = build(
        _against(config(tmp_path / "b", tmp_path / "new.jsonl", max_set_aside=1), first.path), toolkit=toolkit
    )
    (copy,) = [r for r in pq.read_table(found.path / "dropped").to_pylist() if r["page_id"] == "new"]
    assert (copy["kept_page_id"], copy["reason"]) == ("p003", "near copy from an earlier release: sample 1.0.0")
    old = "\n".join(d["text"] for d in read_page(first.path, "p003").documents)
    new = read_page(found.path, "new")
    final = new.layers[-1].removed[-1]
    assert copy["similarity"] == jaccard(*gram_sets([final, old]))


@pytest.mark.parametrize("where", ["nowhere", "releases", "old"])
def test_a_release_that_cannot_be_compared_with_is_said_before_anything_is_done(where: str, tmp_path: Path) -> None:
    first = build(config(tmp_path, make_pages(tmp_path / "pages.jsonl", 12)), toolkit=toolkit)
    shutil.copytree(first.path, tmp_path / "old")
    shutil.rmtree(tmp_path / "old" / "fingerprints")
    path = {"nowhere": tmp_path / "no", "releases": first.path.parent, "old": tmp_path / "old"}[where]
    says = {
        "nowhere": "takes the folder of a version",
        "releases": "Did you mean .*latest",
        "old": "without fingerprints",
    }
    with pytest.raises(UsageError, match=says[where]):
        build(_against(config(tmp_path / "b", tmp_path / "pages.jsonl"), path), toolkit=toolkit)
    assert not (tmp_path / "b").exists()


def test_dates_count_as_the_option_says_also_with_a_store_that_knows_them_otherwise(tmp_path: Path) -> None:
    rng = random.Random(4)
    body = "\n".join(_sentence(rng) * 2 for _ in range(8))
    rows = [
        {"id": "a", "text": f"题\n2020-05-06\n{body}"}, {"id": "b", "text": f"题\n2010-05-06\n{body}"},
        {"id": "c", "text": "题\n" + "".join(_sentence(rng) for _ in range(9))},
    ]  # fmt: skip
    (tmp_path / "pages.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    kept = []
    for dates in ("given", "read", "given"):
        cfg = _against(config(tmp_path, tmp_path / "pages.jsonl"), dates=dates)
        found = build(cfg, toolkit=with_dates)
        kept.append(pq.read_table(found.path / "documents")["page_id"].to_pylist())
    assert kept == [["a", "c"], ["b", "c"], ["a", "c"]]
    rows[0]["published"], rows[1]["published"] = "2009/12/31 8:00", "2008年1月2日"
    (tmp_path / "pages.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    for dates in ("given", "read"):
        cfg = _against(config(tmp_path, tmp_path / "pages.jsonl"), dates=dates)
        cfg = replace(cfg, source=replace(cfg.source, date="published"))
        found = build(cfg, toolkit=with_dates)
        assert pq.read_table(found.path / "documents")["page_id"].to_pylist() == ["b", "c"]


def test_repeated_paragraphs_are_counted_and_dropped_where_asked(tmp_path: Path) -> None:
    notice = "本次活动由市图书馆主办，即日起每天上午九点至下午五点开放，读者凭有效证件入场，不收取任何费用，欢迎参加。"
    rng = random.Random(9)
    own = ["\n".join(_sentence(rng) + _sentence(rng) + _sentence(rng) for _ in range(4)) for _ in range(3)]
    rows = [
        {"id": f"p{i}", "url": f"http://s{i}.example/", "text": f"题{i}\n{body}\n{notice}"}
        for i, body in enumerate(own)
    ]
    (tmp_path / "pages.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    counted = build(_against(config(tmp_path, tmp_path / "pages.jsonl")), toolkit=toolkit)
    table = pq.read_table(counted.path / "documents")
    assert table["repeated_chars"].to_pylist() == [len(notice)] * 3
    assert all(text.endswith(notice) for text in table["text"].to_pylist())
    less = build(_against(config(tmp_path, tmp_path / "pages.jsonl"), paragraphs="drop"), toolkit=toolkit)
    assert less.edits["duplicates", "DUP401"][0] == 2
    assert [notice in t for t in pq.read_table(less.path / "documents")["text"].to_pylist()] == [True, False, False]
    assert list(verify(less.path, all=True)) == []


def test_next_release_takes_the_next_version_and_leaves_the_first(tmp_path: Path) -> None:
    first = build(config(tmp_path, make_pages(tmp_path / "pages.jsonl", 12)), toolkit=toolkit)
    held = bytes_of(first.path)
    second = build(config(tmp_path, make_pages(tmp_path / "pages.jsonl", 14)), toolkit=toolkit)
    assert second.version == "1.1.0"
    assert bytes_of(first.path) == held
    assert (first.path.parent / "latest").resolve() == second.path.resolve()


def test_build_that_ends_after_any_task_goes_on_to_the_same_bytes(
    made: tuple[Account, Path, Path], tmp_path: Path
) -> None:
    account, _, pages = made
    ended: list[str] = []
    while True:

        def end(event: Event) -> None:
            if event.done > event.kept and ended.count(event.name) < (3 if event.parts > 1 else 1):
                ended.append(event.name)
                raise KilledError

        try:
            again = build(config(tmp_path, pages), end, toolkit)
            break
        except KilledError:
            assert not list((tmp_path / "store").glob(".*"))
    assert ended == [
        *["digest"] * 3,
        *["clean"] * 3,
        "templates",
        *["shape"] * 3,
        "keepers",
        *["publish"] * 3,
        "assemble",
    ]
    assert bytes_of(again.path) == bytes_of(account.path)


_SCRIPT = """
import os, signal, sys
from pathlib import Path
from pipeline.engine.plan import build
from tests.test_build import config, toolkit

def end(event):
    if event.name == sys.argv[3] and event.done - event.kept == 2:
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    build(config(Path(sys.argv[1]), Path(sys.argv[2]), workers=int(sys.argv[4])), end, toolkit)
"""


def _started(home: Path, pages: Path, killed_in: str, workers: int) -> subprocess.Popen[bytes]:
    """A build in a process of its own, that is killed when it has done two parts of a pass."""
    script = home / "script.py"
    script.write_text(_SCRIPT)
    command = [sys.executable, str(script), str(home), str(pages), killed_in, str(workers)]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)})


def test_killed_build_resumes_to_the_same_bytes(made: tuple[Account, Path, Path], tmp_path: Path) -> None:
    account, _, pages = made
    for name in ("clean", "publish"):
        assert _started(tmp_path, pages, name, 2).wait() == -signal.SIGKILL
        assert not (tmp_path / "RELEASES").exists()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / "store" / f".clean-0.{owner().rpartition('-')[0]}-{ended.pid}.00").mkdir()
    events: list[Event] = []
    again = build(config(tmp_path, pages), events.append, toolkit)
    assert {e.name: e.kept >= 2 for e in events if e.parts > 1 and e.finished} == {
        "digest": False, "clean": True, "shape": True, "publish": True,
    }  # fmt: skip
    assert bytes_of(again.path) == bytes_of(account.path)
    assert not list((tmp_path / "store").glob(f".*-{ended.pid}.*"))


def test_two_builds_at_once_do_not_harm_each_other(made: tuple[Account, Path, Path], tmp_path: Path) -> None:
    account, _, pages = made
    both = [_started(tmp_path, pages, "no pass", 1) for _ in "12"]
    assert [process.wait() for process in both] == [0, 0]
    assert sorted(p.name for p in (tmp_path / "RELEASES" / "sample").iterdir()) == ["1.0.0", "latest"]
    assert bytes_of(tmp_path / "RELEASES" / "sample" / "latest") == bytes_of(account.path)
    assert not list((tmp_path / "store").glob(".*"))


@pytest.mark.parametrize("where", ["intermediate", "release"])
def test_full_disk_is_one_clear_error_and_leaves_the_release_whole(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build(config(tmp_path, make_pages(tmp_path / "pages.jsonl", 12)), toolkit=toolkit)
    held = bytes_of(first.path)

    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "store/x.arrow")

    with monkeypatch.context() as patch:
        if where == "intermediate":
            patch.setattr(files.Writer, "add", full)
        else:
            patch.setattr(publishing, "_copy", full)
        with pytest.raises(InputError, match=r"store/x\.arrow: No space left on device\. Make room") as error:
            build(config(tmp_path, make_pages(tmp_path / "pages.jsonl", 14)), toolkit=toolkit)
    assert error.value.status == 4
    assert (first.path.parent / "latest").resolve() == first.path.resolve()
    assert bytes_of(first.path) == held
    assert sorted(p.name for p in first.path.parent.iterdir()) == ["1.0.0", "latest"]
    assert build(config(tmp_path, tmp_path / "pages.jsonl"), toolkit=toolkit).version == "1.1.0"


def test_too_many_pages_set_aside_publish_nothing(tmp_path: Path) -> None:
    pages = make_pages(tmp_path / "pages.jsonl")
    with pytest.raises(TooManySetAside, match=r"8 of 60 pages were set aside \(13%\).*6 TST401 no full stop") as error:
        build(config(tmp_path, pages, max_set_aside=0.1), toolkit=toolkit)
    assert error.value.status == 3
    assert not (tmp_path / "RELEASES").exists()


def test_input_of_which_no_page_survives_is_an_error(tmp_path: Path) -> None:
    pages = tmp_path / "pages.jsonl"
    pages.write_text('{"id": "a", "text": "图片"}\n{"id": "b", "text": "标题"}', encoding="utf-8")
    with pytest.raises(InputError, match=r"No page of 2 gave a document.*2 TST401 no full stop"):
        build(config(tmp_path, pages, max_set_aside=1.0), toolkit=toolkit)
    assert not (tmp_path / "RELEASES").exists()


def test_two_pages_of_one_id_are_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in "ab":
        (tmp_path / "in" / f"{name}.jsonl").write_text('{"id": "same", "text": "正文。"}', encoding="utf-8")
    with pytest.raises(InputError, match='the id "same"'):
        build(config(tmp_path, tmp_path / "in", part_mb=0.000001), toolkit=toolkit)


def test_page_that_utf8_cannot_hold_is_restored_from_the_release(tmp_path: Path) -> None:
    pages = make_pages(tmp_path / "pages.jsonl", 12)
    account = build(config(tmp_path, pages), toolkit=with_surrogate)
    half, whole = read_page(account.path, "half"), read_page(account.path, "whole")
    assert (half.raw, half.text) == ("题\ud800目\n正文在这里。", "正文在这里。")
    assert whole.raw == "题目\n正文\udfff在这里。"
    assert whole.dropped is not None
    assert whole.dropped["text"] == "题目\n正文\ufffd在这里。"
    assert list(verify(account.path, all=True)) == []


def test_build_without_a_rule_publishes_the_pages_as_they_are(tmp_path: Path) -> None:
    pages = make_pages(tmp_path / "pages.jsonl", 12)
    account = build(config(tmp_path, pages), toolkit=dull)
    assert set(account.tables) == {"documents", "segments", "dropped"}
    rows = pq.read_table(account.path / "documents", columns=["page_id", "text"]).to_pylist()
    records = [json.loads(line) for line in pages.read_text(encoding="utf-8").split("\n")]
    assert rows == [{"page_id": r["id"], "text": r["text"]} for r in records if isinstance(r["text"], str)]


def _damaged(account: Account, home: Path) -> Path:
    copy = home / "copy"
    shutil.copytree(account.path, copy)
    return copy


def test_flipped_bit_in_a_release_is_found(made: tuple[Account, Path, Path], tmp_path: Path) -> None:
    copy = _damaged(made[0], tmp_path)
    path = next((copy / "documents").iterdir())
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    (finding,) = verify(copy)
    assert finding.where == f"documents/{path.name}"
    with pytest.raises(IntegrityError, match="SHA-256") as error:
        check(copy)
    assert error.value.status == 6


def test_missing_and_added_files_are_found(made: tuple[Account, Path, Path], tmp_path: Path) -> None:
    copy = _damaged(made[0], tmp_path)
    (copy / "README.md").unlink()
    (copy / "notes.txt").write_text("mine")
    assert {f.where for f in verify(copy)} == {"README.md", "notes.txt"}


def test_rows_changed_with_their_file_digests_are_found(made: tuple[Account, Path, Path], tmp_path: Path) -> None:
    """Someone edits a text and mends every digest of the manifest: rows and restoration still tell."""
    copy = _damaged(made[0], tmp_path)
    path = sorted((copy / "documents").iterdir())[0]
    table = pq.read_table(path)
    texts = table["text"].to_pylist()
    texts[0] = texts[0].replace("。", "！")
    changed = table.set_column(table.schema.get_field_index("text"), table.schema.field("text"), pa.array(texts))
    pq.write_table(changed, path, write_page_checksum=True)
    told = json.loads((copy / "manifest.json").read_text())
    name = f"documents/{path.name}"
    told["files"][name].update(bytes=path.stat().st_size, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    (copy / "manifest.json").write_text(manifest.sealed(told), encoding="utf-8")
    found = [str(f) for f in verify(copy, all=True)]
    assert f"{name}: its rows are not those of the manifest" in found
    assert f"{table['page_id'][0]}: text in documents and edits do not restore the raw page" in found


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (("counts", "edits", 0, "removed_chars"), "edits: rule"),
        (("tables", "documents", "splits", "train"), "documents: the split train"),
        (("licence",), "manifest.json: its digest of the release"),
        (("configuration", "max_set_aside"), "manifest.json: its digest of the release"),
    ],
)
def test_figures_changed_with_the_seal_mended_are_found(
    made: tuple[Account, Path, Path], tmp_path: Path, path: tuple[str | int, ...], said: str
) -> None:
    copy = _damaged(made[0], tmp_path)
    told = json.loads((copy / "manifest.json").read_text())
    place = told
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = 7
    (copy / "manifest.json").write_text(manifest.sealed(told), encoding="utf-8")
    assert any(str(f).startswith(said) for f in verify(copy)), list(verify(copy))


def test_release_of_another_format_is_said_in_one_line(made: tuple[Account, Path, Path], tmp_path: Path) -> None:
    copy = _damaged(made[0], tmp_path)
    told = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(manifest.sealed({**told, "format": 1}), encoding="utf-8")
    with pytest.raises(UsageError, match="a release of format 1"):
        check(copy)


@pytest.mark.parametrize("seed", range(40))
def test_any_bit_of_the_manifest_that_flips_is_found(
    made: tuple[Account, Path, Path], tmp_path: Path, seed: int
) -> None:
    copy = _damaged(made[0], tmp_path)
    raw = bytearray((copy / "manifest.json").read_bytes())
    place = random.Random(seed).randrange(8 * len(raw))
    raw[place // 8] ^= 1 << place % 8
    (copy / "manifest.json").write_bytes(raw)
    with pytest.raises(IntegrityError):
        check(copy)


@pytest.mark.parametrize("text", ["{}", "[]", "null", '{"files": {}}'])
def test_manifest_of_another_shape_is_said_in_one_line(
    made: tuple[Account, Path, Path], tmp_path: Path, text: str
) -> None:
    copy = _damaged(made[0], tmp_path)
    (copy / "manifest.json").write_text(text)
    with pytest.raises(IntegrityError, match="not as it was written"):
        check(copy)


def test_folder_without_a_manifest_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(JingwenError, match="no release of jingwen"):
        check(tmp_path)


def test_rule_that_is_not_selected_leaves_its_step_of_the_corpus_out(tmp_path: Path) -> None:
    pages = make_pages(tmp_path / "pages.jsonl", 12)
    plain = config(tmp_path, pages)
    account = build(
        Config(plain.corpus, plain.source, Selection(ignore=("TPL", "DUP")), plain.stages, plain.build), toolkit=toolkit
    )
    assert account.copies == 0
    assert {stage for stage, _ in account.edits} == {"titles", "dashes", "engine"}
    assert not list((tmp_path / "store").glob("*/prints.arrow"))


_LOAD = """
import sys, json
from datasets import load_dataset
folder, cache = sys.argv[1:]
documents = load_dataset(folder, split="train", cache_dir=cache)
segments = load_dataset(folder, "segments", split="train", streaming=True)
found = [documents.num_rows, documents[0]["text"], list(segments)[0]["text"], str(documents.features["authors"])]
print(json.dumps(found))
"""


def _loaded(folder: Path, cache: Path) -> list[object]:
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HOME": str(cache / "home")}
    done = subprocess.run(
        [sys.executable, "-c", _LOAD, str(folder), str(cache)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[object] = json.loads(done.stdout.splitlines()[-1])
    return found


def _without_sizes(release: Path) -> None:
    """Sizes and counts would tell two releases apart by luck: other rows may have the same."""
    card = (release / "README.md").read_text(encoding="utf-8")
    begin, end = card.index("dataset_info:\n"), card.index("\n---\n", 4)
    (release / "README.md").write_text(card[:begin] + card[end + 1 :], encoding="utf-8")


def test_datasets_loads_a_release_and_sees_new_rows_in_the_same_place(tmp_path: Path) -> None:
    pages = make_pages(tmp_path / "pages.jsonl", 12)
    first = build(config(tmp_path, pages), toolkit=toolkit)
    latest = first.path.parent / "latest"
    _without_sizes(latest)
    rows, text, segment, authors = _loaded(latest, tmp_path / "cache")
    assert rows == first.documents
    assert isinstance(text, str)
    assert text.startswith(str(segment))
    assert "string" in str(authors)
    shutil.rmtree(tmp_path / "RELEASES")
    second = build(config(tmp_path, make_pages(pages, 12, word="新字。")), toolkit=toolkit)
    assert second.path == first.path
    _without_sizes(latest)
    rows, changed, _, _ = _loaded(latest, tmp_path / "cache")
    assert (rows, str(changed).endswith("新字。"), changed != text) == (second.documents, True, True)
