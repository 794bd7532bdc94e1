"""Reports without a browser: pieces, draws, judgements, cases, data files; and the server's manners."""

import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.audit import cases, draws, gallery, judgements, report, server, verdicts
from pipeline.audit.archive import Archive, parent_of
from pipeline.audit.interval import needed, wilson
from pipeline.audit.opened import of_archive
from pipeline.audit.pieces import pieces, places
from pipeline.audit.search import search
from pipeline.audit.shards import dumped
from pipeline.clean import Trail, advance
from pipeline.document import Field, Page
from pipeline.edit import flatten
from pipeline.errors import InputError, UsageError
from pipeline.publish import read
from pipeline.stages import STAGES
from tests import fixtures
from tests.audited import ROOT, built, mixed, samples
from tests.strategies import History, histories


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of the sample pages and some mixed ones."""
    return built(tmp_path_factory.mktemp("seen"), mixed(90))


@pytest.fixture(scope="module")
def archive(release: Path) -> Archive:
    return Archive(release)


# --- pieces


@given(histories())
def test_pieces_hold_the_page_before_and_after_every_layer(history: History) -> None:
    raw, steps, final = history
    layers = [edits for _, edits in steps]
    row = pieces(raw, layers)
    base = [sum(map(len, layers[:i])) for i in range(len(layers) + 1)]
    for depth, text in enumerate([*(text for text, _ in steps), final]):
        there = [p.text for p in row if p.put < base[depth] and not 0 <= p.gone < base[depth]]
        assert "".join(there) == text


@given(histories())
def test_pieces_credit_the_edits_that_flatten_credits(history: History) -> None:
    raw, steps, _ = history
    layers = [edits for _, edits in steps]
    base = [sum(map(len, layers[:i])) for i in range(len(layers))]
    gone: dict[int, str] = {}
    put: dict[int, str] = {}
    for change in flatten(len(raw), layers):
        edit = base[change.layer] + change.edit
        gone[edit] = gone.get(edit, "") + raw[change.start : change.end]
        put[edit] = put.get(edit, "") + change.replacement
    row = pieces(raw, layers)
    for said, own in (
        (gone, [(p.gone, p.text) for p in row if p.put < 0 <= p.gone]),
        (put, [(p.put, p.text) for p in row if p.gone < 0 <= p.put]),
    ):
        found: dict[int, str] = {}
        for edit, text in own:
            found[edit] = found.get(edit, "") + text
        assert found == {edit: text for edit, text in said.items() if text}


@given(histories(), st.data())
def test_a_span_of_the_raw_page_is_found_among_its_pieces(history: History, data: st.DataObject) -> None:
    raw, steps, _ = history
    a, b = sorted([data.draw(st.integers(0, len(raw))), data.draw(st.integers(0, len(raw)))])
    row = pieces(raw, [edits for _, edits in steps], (a, b))
    ((first, last),) = places(row, [(a, b)])
    own = [p.text for p in row[max(first, 0) : max(last, 0)] if p.start >= 0]
    assert "".join(own) == raw[a:b]


# --- draws


def test_a_larger_draw_begins_with_the_smaller_and_another_seed_draws_others(archive: Archive) -> None:
    small, large = draws.drawn(archive, 1, 10), draws.drawn(archive, 1, 40)
    assert set(small) == set(large)
    assert all(large[code][: len(own)] == own for code, own in small.items())
    counts = {r["rule"]: r["n"] for r in archive.ask("select rule, count(*) as n from edits group by rule")}
    assert {code: len(own) for code, own in large.items()} == {code: min(n, 40) for code, n in counts.items() if code}
    other = draws.drawn(archive, 2, 10)
    assert any(other[code] != own for code, own in small.items() if counts[code] > 40)
    assert draws.drawn(archive, 1, 10, "WRP201") == {"WRP201": small["WRP201"]}


def test_the_riskiest_are_the_longest_the_rarest_and_the_nearest_to_prose(archive: Archive) -> None:
    risky = draws.riskiest(archive)
    longest = archive.ask("select rule, max(length(removed)) as n from edits where rule is not null group by rule")
    for row in longest:
        own = risky[row["rule"]]
        assert 0 < len(own) <= draws.RISKY
        assert len({(e.page_id, e.layer, e.ordinal) for e in own}) == len(own)
        assert own[0].why == f"one of the longest: {row['n']:,} characters"
    assert any("prose" in e.why for own in risky.values() for e in own)
    assert draws.riskiest(archive, "REL101") == {"REL101": risky["REL101"]}


# --- figures


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    # All samples of 30 from a share of 0.9: Wilson's interval holds the truth in 95 % of them, give or take a few.
    from math import comb

    for share in (0.5, 0.9, 0.97):
        held = 0.0
        for hits in range(31):
            found = wilson(hits, 30)
            if found and found.low <= share <= found.high:
                held += comb(30, hits) * share**hits * (1 - share) ** (30 - hits)
        assert 0.92 <= held <= 0.99


@given(st.integers(1, 300), st.integers(0, 300), st.integers(0, 2000))
def test_as_many_judgements_as_are_needed_are_enough(of: int, hits: int, more: int) -> None:
    hits, population = min(hits, of), of + more
    wanted = needed(hits, of, population)
    assert 0 <= wanted <= more
    share = hits / of
    after = of + wanted
    found = wilson(round(share * after), after, population)
    assert found is not None
    # Rounding a share to whole hits moves the bounds a little.
    assert found.half_width <= 0.05 + 0.6 / after or after == population


# --- judgements


def said(edit: draws.Drawn, verdict: str | None, at: int = 0, **more: Any) -> dict[str, Any]:
    row = {
        "page_id": edit.page_id, "stage": "", "layer": edit.layer, "ordinal": edit.ordinal, "rule": edit.rule,
        "note": "", "verdict": verdict, "drawn": True, "judge": "a", "at": f"2026-01-01T00:00:{at:02d}Z",
    }  # fmt: skip
    return {**row, **more}


def test_the_last_word_of_each_judge_counts_and_a_tie_is_neither(archive: Archive, tmp_path: Path) -> None:
    one, two, three = draws.drawn(archive, 1, 3, "WRP201")["WRP201"]
    path = tmp_path / "j.jsonl"
    header = verdicts.header_of(archive.manifest)
    verdicts.append(path, header, [said(one, "wrong"), said(two, "right")])
    verdicts.append(path, header, [said(one, "right", 1), said(two, None, 2), said(three, "wrong", 3)])
    verdicts.append(path, header, [said(three, "right", 4, judge="b"), said(two, "wrong", 5, drawn=False, judge="b")])
    assert judgements.is_judgements(path)
    assert len(path.read_text(encoding="utf-8").splitlines()) == 8, "one header, seven lines"
    figure = next(f for f in judgements.score(path) if f.rule == "WRP201")
    assert (figure.right, figure.wrong, figure.disputed, figure.beside, figure.beside_wrong) == (1, 0, 1, 1, 1)
    assert figure.edits == header["edits"]["WRP201"]


def test_the_rule_with_the_most_wrong_edits_is_mended_first(archive: Archive, tmp_path: Path) -> None:
    drawn = draws.drawn(archive, 1, 8)
    rows = [said(e, "wrong" if i < 2 else "right") for e_ in ("WRP201", "NAV101") for i, e in enumerate(drawn[e_])]
    path = tmp_path / "j.jsonl"
    verdicts.append(path, verdicts.header_of(archive.manifest), rows)
    assert judgements.score(path)[0].rule == "WRP201"
    from pipeline.audit.terminal import Style

    text = "\n".join(judgements.shown(verdicts.read(path), {}, Style()))
    assert "mend first: WRP201, about " in text


def test_files_of_judgements_are_merged_each_line_once_by_time(archive: Archive, tmp_path: Path) -> None:
    one, two = draws.drawn(archive, 1, 2, "WRP201")["WRP201"]
    header = verdicts.header_of(archive.manifest)
    a, b = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    verdicts.append(a, header, [said(one, "wrong", 1), said(two, "right", 3)])
    verdicts.append(b, header, [said(one, "wrong", 1), said(one, "right", 2)])
    parts = [verdicts.read(a), verdicts.read(b)]
    merged = verdicts.merged(parts, ["a", "b"])
    assert [row["at"][-3:-1] for row in merged.records] == ["01", "02", "03"]
    assert verdicts.merged(parts[::-1], ["b", "a"]).records == merged.records
    other = parts[1]._replace(header={**header, "release": {**header["release"], "digest": "0"}})
    with pytest.raises(InputError, match="Score them apart"):
        verdicts.merged([parts[0], other], ["a", "b"])
    with pytest.raises(InputError, match="another release"):
        verdicts.append(a, other.header, [said(one, "right")])
    # A line that was cut off in writing spoils no other.
    with a.open("ab") as file:
        file.write(b'{"page_id": "')
    verdicts.append(a, header, [said(two, "wrong", 9)])
    with pytest.raises(InputError, match="line 4 is no JSON object"):
        verdicts.read(a)
    assert json.loads(a.read_text(encoding="utf-8").split("\n")[4])["at"].endswith("09Z")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "line 2 is no JSON object"), ("[]", "line 2 is no JSON object"),
        ("[" * 100_000, "line 2 is no JSON object"),
        ('{"page_id": 3}', "expected page_id to be str, found 3"),
        (json.dumps(said(draws.Drawn("A", "p", 0, 0), "maybe")), "right, wrong or null"),
        (json.dumps(said(draws.Drawn("A", "p", 0, 0), "right", layer=True)), "expected layer to be int, found true"),
        (json.dumps(said(draws.Drawn("A", "p", 0, 10**30), "right")), "count from 0"),
        (json.dumps(said(draws.Drawn("A", "p", 0, 0), "right", extra=1)), "keys that no judgement has: extra"),
    ],
)  # fmt: skip
def test_a_line_that_is_no_judgement_is_named(line: str, says: str, archive: Archive, tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    path.write_text(json.dumps(verdicts.header_of(archive.manifest)) + "\n" + line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=says):
        judgements.score(path)


@pytest.mark.parametrize("text", ["", "甲\n", '{"jingwen": "judgements", "format": 1}\n', '{"id": "a", "text": "b"}\n'])
def test_files_that_are_no_judgements_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"j\.jsonl"):
        judgements.score(path)


def ran(*words: object) -> subprocess.CompletedProcess[str]:
    """A command of ours."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "pipeline", *map(str, words)]
    return subprocess.run(command, env=env, capture_output=True, text=True, encoding="utf-8", check=False)


def test_the_command_scores_judgements_and_keeps_them_apart_from_labels(archive: Archive, tmp_path: Path) -> None:
    path, labels = tmp_path / "j.jsonl", tmp_path / "labels.jsonl"
    one = draws.drawn(archive, 1, 1, "WRP201")["WRP201"][0]
    verdicts.append(path, verdicts.header_of(archive.manifest), [said(one, "wrong")])
    labels.write_text('{"id": "a", "text": "b", "gold": "b"}\n', encoding="utf-8")
    figures = [json.loads(line) for line in ran("score", "--json", path).stdout.splitlines()]
    assert figures[0]["rule"] == "WRP201"
    assert figures[0]["wrong"] == 1
    assert figures[0]["interval"]["share"] == 0.0
    mixed_up = ran("score", path, labels)
    assert mixed_up.returncode == 2
    assert "apart" in mixed_up.stderr
    assert ran("score", path, "--worst", 3).returncode == 2
    merged = ran("judge", "merge", path, path).stdout
    assert merged == path.read_text(encoding="utf-8")


def test_the_command_makes_a_case_of_the_edit_that_is_named(release: Path, archive: Archive, tmp_path: Path) -> None:
    one, two = draws.drawn(archive, 1, 2, "NAV102")["NAV102"]
    path = tmp_path / "j.jsonl"
    verdicts.append(path, verdicts.header_of(archive.manifest), [said(one, "wrong"), said(two, "right")])
    (tmp_path / "NAV102.md").write_text("# NAV102\n", encoding="utf-8")
    given = ("judge", "fixture", release, "--judgements", path, "--out", tmp_path)
    done = ran(*given, "--edit", f"{one.page_id}:{one.layer}:{one.ordinal}")
    assert done.returncode == 0, done.stderr
    assert "## Judged wrong: " in (tmp_path / "NAV102.md").read_text(encoding="utf-8")
    assert "there already" in ran(*given).stdout
    for wrong in (f"{two.page_id}:{two.layer}:{two.ordinal}", "x", "a:b:c"):
        done = ran(*given, "--edit", wrong)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
    (tmp_path / "NAV102.md").unlink()
    assert ran(*given).returncode == 1, "one could not be written"


# --- cases


def test_an_edit_judged_wrong_becomes_a_known_failure_of_its_rule(
    release: Path, archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in ("NAV101", "NAV102", "MET201", "ENC402", "WRP201"):
        edit = draws.drawn(archive, 1, 1, code)[code][0]
        verdict = judgements.Settled(code, 0, 1, True, ("此处不该动 `x`",))
        case = cases.case(release, verdicts.Key(edit.page_id, edit.layer, edit.ordinal), verdict)
        found = of_archive(archive, [edit.page_id])[edit.page_id]
        assert len(case.before) < len(found.raw or "") / 2, "it was cut down"
        home = tmp_path / f"{code}.md"
        home.write_text((fixtures.RULES / f"{code}.md").read_text(encoding="utf-8"), encoding="utf-8")
        assert cases.written(tmp_path, case) == home
        assert cases.written(tmp_path, case) is None, "once is enough"
        monkeypatch.setattr(fixtures, "RULES", tmp_path)
        last = fixtures.fixture(code)[-1]
        monkeypatch.undo()
        assert last.known_failure
        assert (last.before, last.after, tuple(last.given)) == (case.before, case.after, case.given)
        stage, rule = next((s, r) for s in STAGES for r in s.rules if r.code == code)
        trail = Trail.of([Page("p", last.before)])
        trail.fields += [Field(0, name, value, 0, 0, "") for name, value in last.given]
        advance(trail, [type(stage)(stage.name, (rule,), stage.options)], {})
        assert trail.text(0) != last.after, "the rule errs as it was judged"


def test_rules_of_the_whole_corpus_and_mended_edits_make_no_case(release: Path, archive: Archive) -> None:
    whole = next(e[0] for code, e in draws.drawn(archive, 1, 1).items() if code.startswith(("TPL", "DUP")))
    key = verdicts.Key(whole.page_id, whole.layer, whole.ordinal)
    with pytest.raises(UsageError, match="whole corpus"):
        cases.case(release, key, judgements.Settled(whole.rule, 0, 1, True, ()))
    edit = draws.drawn(archive, 1, 1, "NAV102")["NAV102"][0]
    with pytest.raises(UsageError, match="does not make this edit"):
        cases.case(release, verdicts.Key(*edit[1:4]), judgements.Settled("NAV105", 0, 1, True, ()))


@given(st.text(st.sampled_from("甲`\\ \u3000\u200b\ud800\U0001f600\n\t"), max_size=30))
def test_a_case_is_read_back_as_it_was(text: str) -> None:
    assert fixtures.unescaped(cases.escaped(text)) == text
    assert not any(line.rstrip() == "```" for line in cases.escaped(text).split("\n"))


# --- the report


def test_the_same_release_gives_the_same_report(release: Path, tmp_path: Path) -> None:
    found = []
    for name in ("a", "b"):
        report.write(report.exhibit(release, None, None, 1), tmp_path / name, report.Wanted())
        found.append({p.relative_to(tmp_path / name): p.read_bytes() for p in sorted((tmp_path / name).rglob("*.*"))})
    assert found[0] == found[1]
    # Written over again where a report stands, and nowhere else.
    report.write(report.exhibit(release, None, None, 1), tmp_path / "a", report.Wanted())
    (tmp_path / "mine").mkdir()
    with pytest.raises(UsageError, match="no report"):
        report.write(report.exhibit(release, None, None, 1), tmp_path / "mine", report.Wanted())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b", "mine"], "nothing is left aside"


def test_a_report_of_some_pages_holds_those_that_its_examples_need(release: Path, tmp_path: Path) -> None:
    made = report.write(report.exhibit(release, None, None, 1), tmp_path / "r", report.Wanted(1, 10, 2))
    assert 10 <= made.held < made.pages
    assert "drawn by seed" in (tmp_path / "r" / "pages.html").read_text(encoding="utf-8")


def test_nothing_in_a_view_is_inline(release: Path, tmp_path: Path) -> None:
    report.write(report.exhibit(release, None, None, 1), tmp_path / "r", report.Wanted())
    for path in (tmp_path / "r").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "default-src &#39;none&#39;" in text
        for wrong in (" style=", "<style", "javascript:", " onclick", "<script>", "http://", "https://"):
            assert wrong not in text.replace("http-equiv", ""), f"{path.name}: {wrong}"


def test_judgements_of_another_release_are_not_shown(release: Path, archive: Archive, tmp_path: Path) -> None:
    header = verdicts.header_of(archive.manifest)
    other = {**header, "release": {**header["release"], "digest": "0"}}
    verdicts.append(tmp_path / "j.jsonl", other, [])
    with pytest.raises(InputError, match="another release"):
        report.exhibit(release, None, tmp_path / "j.jsonl", 1)


def test_the_parent_is_the_version_below(release: Path, tmp_path: Path) -> None:
    assert parent_of(release) is None
    second = built(release.parent.parent.parent, mixed(60))
    assert parent_of(second) == release.resolve()
    shown = report.exhibit(second, parent_of(second), None, 1)
    report.write(shown, tmp_path / "r", report.Wanted())
    assert "gone" in (tmp_path / "r" / "versions.html").read_text(encoding="utf-8")
    with pytest.raises(InputError, match="no release to compare with"):
        parent_of(second, tmp_path)


def test_a_folder_with_odd_signs_and_a_page_without_edits(tmp_path: Path) -> None:
    text = "雨停了，街上的人渐渐多起来。卖豆浆的老人推着车出来，车轮压过积水，留下两道浅浅的印子，路灯一盏一盏地灭了。"
    release = built(tmp_path / "a[b]*c'd?", [{"id": "a'\"<b>#/%", "text": text}])
    for held in (False, True):
        found = of_archive(Archive(release, None, held), ["a'\"<b>#/%", "another"])
        assert [(page.raw, page.text, page.marks) for page in found.values()] == [(text, text, [])]
    made = report.write(report.exhibit(release, None, None, 1), tmp_path / "r", report.Wanted())
    assert made.held == 1


def test_lone_surrogates_reach_the_browser(archive: Archive) -> None:
    rows = archive.ask("select distinct page_id from edits where removed_bytes is not null")
    found = [row["page_id"] for row in rows]
    whole = of_archive(archive, found) if found else {}
    for page in whole.values():
        back = json.loads(dumped(page.as_json()))
        assert "".join(t for t, put in zip(back["text"], back["put"], strict=True) if put < 0) == page.raw
    assert json.loads(dumped({"a": "\ud800甲"})) == {"a": "\ud800甲"}


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1", "＝1", " =1", "\u3000@x", "|cmd", "%0A=1"])
def test_a_cell_that_looks_like_a_formula_stands_behind_an_apostrophe(cell: str) -> None:
    row = report.guarded([[cell, "甲=乙", 3]]).decode("utf-8-sig")
    assert row.lstrip('"').startswith("'")
    assert "甲=乙,3" in row


def test_search_finds_by_every_condition(archive: Archive, release: Path) -> None:
    removed = archive.ask(
        "select page_id, rule, removed from edits where length(removed) > 8 and rule = 'NAV102' limit 1"
    )[0]
    needle = removed["removed"].strip("\n")[:6]
    found = search(archive, {"text": needle, "rule": "NAV102"})
    assert any(row["page_id"] == removed["page_id"] for row in found.rows)
    assert all(row["rule"] == "NAV102" and needle in row["removed"] + row["replacement"] for row in found.rows)
    row = archive.ask("select page_id, site, title from documents where title is not null limit 1")[0]
    sought = {"in": "documents", "site": row["site"], "field": "title", "value": row["title"], "page": row["page_id"]}
    assert [r[1] for r in search(archive, sought).rows] == [row["page_id"]]
    assert search(archive, {**sought, "rule": "no such"}).rows == []
    assert search(archive, {"text": "'; drop table edits; --"}).rows == []
    with pytest.raises(UsageError, match="A search takes"):
        search(archive, {"order": "1"})


def test_an_archive_reads_nothing_but_its_release(archive: Archive, tmp_path: Path) -> None:
    import duckdb

    (tmp_path / "secret.csv").write_text("a\n1\n")
    for sql in (
        f"select * from read_csv('{tmp_path}/secret.csv')",
        "set enable_external_access = true",
        "install httpfs",
    ):
        with pytest.raises(duckdb.Error):
            archive.ask(sql)


# --- the server


@pytest.fixture
def looked_at(release: Path, tmp_path: Path) -> Iterator[tuple[str, gallery.Gallery]]:
    found = gallery.Gallery(report.exhibit(release, None, None, 1), "tester")
    found.file = tmp_path / "kept.jsonl"
    made = server.running(found, "127.0.0.1", 0)
    thread = threading.Thread(target=made.serve, daemon=True)
    thread.start()
    yield made.address, found
    made.stop()
    thread.join(20)
    assert not thread.is_alive()


def asked(address: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """A request's status, body and headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(address, body, named), timeout=30) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), dict(error.headers)


def test_the_server_answers_under_its_own_name_with_a_policy(looked_at: tuple[str, gallery.Gallery]) -> None:
    address, _ = looked_at
    status, body, headers = asked(address)
    assert status == 200
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert b"<h1>seen" in body
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example"):
        assert asked(address, Host=host)[0] == 421
    for name in (
        "nothing", "data/pages-x.json", "data/examples-XXX999-0.json", "rules/NAV999.html", "static/../site.py",
        "static/%2e%2e/site.py", "data/page?id=nobody", "data/page-0.json", "data/change-0.json",
    ):  # fmt: skip
        assert asked(address + name)[0] == 404, name
    assert asked(f"{address}data/search?order=1")[0] == 400


def test_the_server_keeps_judgements_of_its_own_views_only(
    looked_at: tuple[str, gallery.Gallery], archive: Archive
) -> None:
    address, shown = looked_at
    edit = draws.drawn(archive, 1, 1, "WRP201")["WRP201"][0]
    row = said(edit, "wrong", stage="wraps")
    post = f"{address}data/judgements"
    own = {"Origin": address.rstrip("/"), "Content_Type": "application/json"}
    body = json.dumps([row]).encode()
    assert asked(post, body, **{**own, "Origin": "https://evil.example"})[0] == 403
    assert asked(post, body, Content_Type="application/json")[0] == 403
    assert asked(post, body, **{**own, "Content_Type": "text/plain"})[0] == 403
    for wrong in (
        b"",
        b"{",
        b"[]",
        b"{}",
        b"[1]",
        json.dumps([{**row, "ordinal": 10**6}]).encode(),
        b"[" + b" " * 2_000_000,
    ):
        assert asked(post, wrong, **own)[0] in {400, 413}, wrong[:20]
    assert not shown.file.exists()
    assert asked(post, body, **own)[0] == 200
    assert json.loads(asked(post)[1]) == [row]
    assert verdicts.read(shown.file).records == [row]


def test_the_server_gives_the_data_that_a_report_holds(looked_at: tuple[str, gallery.Gallery], release: Path) -> None:
    address, _ = looked_at
    page_id = samples()[5]["id"]
    page = json.loads(asked(f"{address}data/page?id={page_id}")[1])
    found = read.page(release, page_id)
    assert "".join(t for t, put in zip(page["text"], page["put"], strict=True) if put < 0) == found.raw
    assert "".join(t for t, gone in zip(page["text"], page["gone"], strict=True) if gone < 0) == found.text
    part = json.loads(asked(f"{address}data/examples-WRP201-0.json")[1])
    assert len(part["drawn"]) == draws.EXAMPLES
    assert len(part["risky"]) == draws.RISKY
    assert asked(f"{address}rules.csv")[1].startswith(b"\xef\xbb\xbfstage,rule,edits")


def test_a_port_that_is_taken_is_said_in_one_line(looked_at: tuple[str, gallery.Gallery]) -> None:
    address, shown = looked_at
    port = int(address.rstrip("/").rpartition(":")[2])
    with pytest.raises(UsageError, match="Name another port"):
        server.running(shown, "127.0.0.1", port)
