"""The command line: what it prints, where, and with which exit status; what it says of bad input."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline import __version__
from pipeline.stages import STAGES

ROOT = Path(__file__).resolve().parent.parent
BODY = "雨停了，街上的人渐渐多起来。卖豆浆的老人推着车出来，车轮压过积水，留下两道浅浅的印子，路灯一盏一盏地灭了。"
HEAD = "首页\n新闻\n论坛\n登录\n注册\n老街的早晨，从一碗热豆浆开始\n2024-03-05 08:30 来源：老街报\n"
PAGE = f"{HEAD}{BODY}\n{BODY[::-1]}。\n{BODY[5:]}\n"


class Done:
    """A command that ended."""

    def __init__(self, done: subprocess.CompletedProcess[bytes]) -> None:
        self.status = done.returncode
        self.raw = done.stdout
        self.out = done.stdout.decode("utf-8", "surrogatepass")
        self.err = done.stderr.decode("utf-8", "replace")


def jingwen(*args: object, at: Path = ROOT, **env: str) -> Done:
    """Run the command in a folder."""
    words = [sys.executable, "-m", "pipeline", *map(str, args)]
    paths = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    return Done(subprocess.run(words, cwd=at, env={**os.environ, **paths, **env}, capture_output=True, check=False))


def told(done: Done, status: int, *words: str) -> None:
    """One clear paragraph on stderr, nothing on stdout, and that exit status."""
    assert "Traceback" not in done.err
    assert done.status == status, done.err
    assert done.err.strip()
    assert "\n\n" not in done.err.strip()
    for word in words:
        assert word in done.err


def jsonl(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def objects(done: Done) -> list[Any]:
    assert done.status == 0, done.err
    return [json.loads(line) for line in done.out.split("\n") if line]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a release of a few pages."""
    folder = tmp_path_factory.mktemp("built")
    pages = folder / "pages" / "site"
    pages.mkdir(parents=True)
    (pages / "a.txt").write_text(PAGE, encoding="utf-8", newline="")
    other = "渡船靠岸的时候，天还没有亮。挑担子的人先下船，骑车的人后下船，最后是抱着孩子的妇人，船家提着灯替她照路。"
    (pages / "b.txt").write_bytes(f"渡口\n{other}\n{other[7:]}\n".encode("gb18030"))
    (pages / "odd.txt").write_text("\u200b" + PAGE.replace("\n", "\r\n") + "\x1b[2J\x07", encoding="utf-8", newline="")
    (pages / "empty.txt").write_bytes(b"")
    done = jingwen("build", "--input", "pages", "--name", "few", "--workers", 1, at=folder)
    assert done.status == 0, done.err
    return folder


# --- starting


def test_help_answers_at_once_and_without_the_heavy_libraries() -> None:
    code = (
        "import sys; from pipeline.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('numpy', 'pyarrow', 'scipy', 'orjson', 'datasets', 'opencc', 'ftfy') if m in sys.modules])"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("[]")
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        assert jingwen("--help").status == 0
        times.append(time.perf_counter() - begin)
    # 0.2 s is the promise; a loaded machine gets twice that before the test fails.
    assert min(times) < 0.4


def test_version() -> None:
    assert jingwen("--version").out == f"jingwen {__version__}\n"


@pytest.mark.parametrize("args", [(), ("frobnicate",), ("clean",), ("clean", "x", "--stages", ","), ("show", "p")])
def test_a_call_that_is_none_is_a_usage_error(args: tuple[str, ...]) -> None:
    told(jingwen(*args), 2, "--help")


# --- clean


def test_clean_prints_the_contract(tmp_path: Path) -> None:
    source = jsonl(
        tmp_path / "in.jsonl", [{"id": "p2", "text": PAGE}, {"id": "p1", "text": ""}, {"id": 3, "text": PAGE}]
    )
    found = objects(jingwen("clean", "--json", source))
    assert [row["page"] for row in found] == ["p2", "p1", "3"]
    for row in found:
        assert list(row) == ["page", "encoding", "reason", "documents", "edits"]
    (document,) = found[0]["documents"]
    assert list(document) == ["doc_id", "text", "blocks", "sentences", "fields"]
    text = document["text"]
    assert text == "\n".join((BODY, BODY[::-1] + "。", BODY[5:]))
    assert document["fields"]["title"] == "老街的早晨，从一碗热豆浆开始"
    assert document["fields"]["authors"] == document["fields"]["tags"] == document["fields"]["captions"] == []
    assert [b["kind"] for b in document["blocks"]] == ["paragraph"] * 3
    assert [text[b["start"] : b["end"]] for b in document["blocks"]] == text.split("\n")
    assert "".join(text[s["start"] : s["end"]] for s in document["sentences"]) == text.replace("\n", "")
    assert all(list(e) == ["stage", "rule", "start", "end", "replacement"] for e in found[0]["edits"])
    assert found[1]["documents"] == []
    assert found[1]["reason"]


def test_edits_of_the_json_lead_from_the_raw_page_to_the_documents(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "in.jsonl", [{"id": "p", "text": PAGE}])
    (row,) = objects(jingwen("clean", "--json", source))
    text = PAGE
    for stage in dict.fromkeys(e["stage"] for e in row["edits"]):
        for e in reversed([e for e in row["edits"] if e["stage"] == stage]):
            text = text[: e["start"]] + e["replacement"] + text[e["end"] :]
    assert text == "\n".join(d["text"] for d in row["documents"])


def test_a_date_is_there_under_both_names(tmp_path: Path) -> None:
    (row,) = objects(jingwen("clean", "--json", jsonl(tmp_path / "in.jsonl", [{"id": "p", "text": PAGE}])))
    fields = row["documents"][0]["fields"]
    assert fields["date"] == fields["published_at"]
    assert fields["date"].startswith("2024-03-05")


def test_only_the_stages_and_rules_that_were_asked_for(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "in.jsonl", [{"id": "p", "text": "來源：\u3000傳說\n" + PAGE}])
    (row,) = objects(jingwen("clean", "--json", "--stages", "segments", source))
    assert row["edits"] == []
    assert row["documents"][0]["sentences"]
    (row,) = objects(jingwen("clean", "--json", "--stages", "navigation,related", source))
    assert {e["stage"] for e in row["edits"]} == {"navigation"}
    assert row["documents"][0]["sentences"] == []
    (row,) = objects(jingwen("clean", "--json", "--select", "NAV", "--ignore", "NAV107", source))
    assert {e["rule"][:3] for e in row["edits"]} <= {"NAV"}
    assert "NAV107" not in {e["rule"] for e in row["edits"]}


def test_the_corpus_is_looked_at_only_where_asked(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "in.jsonl", [{"id": f"p{i}", "text": PAGE} for i in range(3)])
    alone = objects(jingwen("clean", "--json", source))
    assert [row["reason"] for row in alone] == [None] * 3
    together = objects(jingwen("clean", "--json", "--corpus", source))
    assert [row["page"] for row in together] == ["p0", "p1", "p2"]
    assert sum(row["reason"] is None for row in together) == 1


def test_several_inputs_come_out_in_their_order(tmp_path: Path) -> None:
    one, two = tmp_path / "1.txt", tmp_path / "2.jsonl"
    one.write_text(PAGE, encoding="utf-8")
    jsonl(two, [{"id": "x", "text": PAGE}])
    assert [row["page"] for row in objects(jingwen("clean", "--json", two, one))] == ["x", "1.txt"]


def test_the_text_goes_to_stdout_and_the_talk_to_stderr(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PAGE, encoding="utf-8")
    (tmp_path / "b.txt").write_bytes(b"\x00\x01\x02\xff" * 500)
    done = jingwen("clean", tmp_path)
    assert done.status == 0
    assert done.out == "\n".join((BODY, BODY[::-1] + "。", BODY[5:])) + "\n"
    assert done.err.startswith("b.txt: set aside: ")


def test_a_diff_shows_what_left_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PAGE, encoding="utf-8")
    done = jingwen("clean", "--diff", tmp_path)
    assert done.status == 1
    assert re.search(r"^    1 − NAV\d{3}  首页$", done.out, re.MULTILINE)
    assert "\x1b" not in done.out
    assert jingwen("clean", "--diff", "--select", "ENC", tmp_path).status == 0


def test_unknown_stages_and_rules_are_refused_with_a_suggestion(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PAGE, encoding="utf-8")
    told(jingwen("clean", "--stages", "navigatoin", tmp_path), 2, '"navigatoin"', "Did you mean navigation?")
    told(jingwen("clean", "--select", "NVA", tmp_path), 2, '"NVA"', "NAV")


# --- rules, explain


def test_rules_are_listed_in_order() -> None:
    listed = jingwen("rules").out
    codes = [rule.code for stage in STAGES for rule in stage.rules]
    assert re.findall(r"^  ([A-Z]{3}\d{3})  ", listed, re.MULTILINE) == codes
    assert [row["code"] for row in json.loads(jingwen("rules", "--json").out)] == codes


def test_a_rule_is_explained_by_code_name_and_family() -> None:
    page = jingwen("explain", "NAV101").out
    assert page.startswith("NAV101  menu block  stage navigation\n")
    assert jingwen("explain", "menu_block").out == jingwen("explain", "nav101").out == page
    assert page in jingwen("explain", "NAV").out


def test_the_recall_of_the_similarity_asked_for_is_explained(tmp_path: Path) -> None:
    assert re.search(r"42 bands of 3 rows.*\n.* 0\.45 +98\.09 %", jingwen("explain", "DUP201").out)
    settings = '[corpus]\nname = "a"\n[source]\npath = "."\n[stages.duplicates]\nsimilarity = 0.8\n'
    (tmp_path / "a.toml").write_text(settings, encoding="utf-8")
    page = jingwen("explain", "DUP201", "--config", tmp_path / "a.toml").out
    assert re.search(r"similarity = 0\.8: 21 bands of 6 rows.*\n.* 0\.80 +99\.66 %", page)


def test_an_unknown_rule_is_refused_with_a_suggestion() -> None:
    told(jingwen("explain", "NAV11"), 2, '"NAV11"', "Did you mean NAV1")
    told(jingwen("explain", "menu_blok"), 2, "Did you mean menu block?")
    told(jingwen("explain", "?"), 2, "Families:")


# --- show, verify, stats


@pytest.mark.parametrize("name", ["a.txt", "b.txt", "odd.txt"])
def test_show_restores_a_page_to_the_last_character(name: str, built: Path) -> None:
    done = jingwen("show", f"site/{name}", "--release", "RELEASES/few/latest", "--restore", at=built)
    assert done.status == 0, done.err
    data = (built / "pages" / "site" / name).read_bytes()
    assert done.out == data.decode("gb18030" if name == "b.txt" else "utf-8")


@pytest.mark.parametrize("form", [(), ("--stages",), ("--side-by-side",)])
def test_show_lets_no_character_act_on_the_terminal(form: tuple[str, ...], built: Path) -> None:
    done = jingwen("show", "site/odd.txt", "--release", "RELEASES/few/latest", *form, at=built)
    assert done.status == 0, done.err
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b]", done.out)
    assert "‹U+001B›" in done.out
    assert "‹U+200B›" in done.out
    assert "首页" in done.out


def test_show_paints_at_a_terminal_unless_told_not_to(built: Path) -> None:
    call = f"{sys.executable} -m pipeline show site/a.txt --release RELEASES/few/latest"
    for env, painted in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
        plain = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm"}
        done = subprocess.run(
            ["script", "-qec", call, "/dev/null"],
            cwd=built,
            env={**plain, "PYTHONPATH": str(ROOT), **env},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=True,
        )
        assert (b"\x1b[31;9m" in done.stdout) is painted


if shutil.which("script") is None:
    test_show_paints_at_a_terminal_unless_told_not_to = pytest.mark.skip(
        "there is no `script`"
    )(  # a terminal of its own
        test_show_paints_at_a_terminal_unless_told_not_to
    )


def test_a_page_or_release_that_is_not_there(built: Path) -> None:
    told(jingwen("show", "site/x.txt", "--release", "RELEASES/few/latest", at=built), 2, "site/x.txt")
    told(jingwen("show", "site/a.txt", "--release", "RELEASES/few", at=built), 2, "Did you mean RELEASES/few/")
    told(jingwen("stats", "nowhere", at=built), 2, "nowhere", "no such folder")
    told(jingwen("verify", "pages", at=built), 2, "manifest.json")


def test_a_whole_release_is_verified(built: Path) -> None:
    done = jingwen("verify", "RELEASES/few/latest", "--all", at=built)
    assert (done.status, done.err) == (0, "")


def test_a_flipped_bit_is_found(built: Path, tmp_path: Path) -> None:
    copy = tmp_path / "release"
    shutil.copytree(built / "RELEASES" / "few" / "latest", copy)
    (victim,) = copy.glob("documents/*.parquet")
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 4
    victim.write_bytes(data)
    told(jingwen("verify", copy), 6, "documents/train-00000-of-00001.parquet")


def test_the_account_adds_up(built: Path) -> None:
    out = jingwen("stats", "RELEASES/few/latest", at=built).out
    assert re.search(r"pages in +4 ", out)
    rows = re.findall(r"^  \S* +[A-Z]{3}\d{3} .*? ([\d,]+) +([\d,]+) +([\d,]+) +([\d,]+)$", out, re.MULTILINE)
    (total,) = re.findall(r"^ +all +([\d,]+) +([\d,]+) +([\d,]+)$", out, re.MULTILINE)
    number = {c: sum(int(row[i].replace(",", "")) for row in rows) for c, i in (("edits", 0), ("gone", 2), ("put", 3))}
    assert [number["edits"], number["gone"], number["put"]] == [int(n.replace(",", "")) for n in total]


# --- bad input


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    told(jingwen("clean", tmp_path / "pagse"), 4, "pagse", "Did you mean")
    told(jingwen("build", "--input", "pagse", "--name", "x", at=tmp_path), 4, "pagse")


def test_a_folder_without_pages(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    told(jingwen("build", "--input", "pages", "--name", "x", at=tmp_path), 4, "pages")


def test_an_unknown_key_of_the_configuration(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text(
        '[corpus]\nname = "x"\n[source]\npath = "p"\n[stages.navigation]\nmin_line = 2\n', encoding="utf-8"
    )
    told(jingwen("build", "--config", config), 2, "c.toml: [stages.navigation]", '"min_line"', "Known keys: ")
    told(jingwen("clean", "--config", config, "x"), 2, '"min_line"')


def test_a_build_of_nothing_in_particular(tmp_path: Path) -> None:
    told(jingwen("build", at=tmp_path), 2, "--config", "--input")
    told(jingwen("build", "--config", "none.toml", at=tmp_path), 2, "none.toml")


def test_a_bad_page_is_set_aside_and_the_build_goes_on(built: Path) -> None:
    out = jingwen("stats", "RELEASES/few/latest", at=built).out
    assert re.search(r"pages in +4 ", out)
    assert re.search(r"set aside +2\n", out), "the empty page, and one of two copies"
    assert "empty" in out


def test_an_empty_a_binary_and_an_unreadable_page(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "good.txt").write_text(PAGE, encoding="utf-8")
    (pages / "empty.txt").write_bytes(b"")
    (pages / "binary.txt").write_bytes(b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 8)
    (pages / "gone.txt").symlink_to("nowhere")
    found = {row["page"]: row for row in objects(jingwen("clean", "--json", pages))}
    assert found["good.txt"]["reason"] is None
    for name in ("empty.txt", "binary.txt", "gone.txt"):
        assert found[name]["reason"], name
        assert found[name]["documents"] == []


def test_too_many_bad_pages(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    for i in range(4):
        (pages / f"{i}.txt").write_bytes(b"\x00" * 300)
    (pages / "good.txt").write_text(PAGE, encoding="utf-8")
    told(jingwen("build", "--input", "pages", "--name", "x", "--workers", 1, at=tmp_path), 3, "4 of 5", "max_set_aside")
    assert not (tmp_path / "RELEASES" / "x" / "latest").exists()


@pytest.mark.slow
def test_a_page_of_one_line_of_ten_megabytes(tmp_path: Path) -> None:
    page = tmp_path / "long.txt"
    page.write_text(BODY * (10_000_000 // len(BODY.encode()) + 1), encoding="utf-8")
    begin = time.perf_counter()
    (row,) = objects(jingwen("clean", "--json", page))
    assert time.perf_counter() - begin < 60
    assert row["documents"] or row["reason"]


def test_a_configuration_that_is_a_folder(tmp_path: Path) -> None:
    told(jingwen("build", "--config", tmp_path), 2, "cannot be read")


# --- pipes and disks


def test_a_reader_that_stops_reading_is_no_error(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "in.jsonl", [{"id": i, "text": PAGE} for i in range(3000)])
    call = f"{sys.executable} -m pipeline clean --json {source} | head -n 1"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", call + '; exit "${PIPESTATUS[0]}"'], env=env, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.count(b"\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("args", [("rules", "--json"), ("rules",), ("clean", "--json")])
def test_a_disk_that_is_full_is_said_in_one_line(args: tuple[str, ...], tmp_path: Path) -> None:
    words = [*args, jsonl(tmp_path / "in.jsonl", [{"id": "p", "text": PAGE}])] if args[0] == "clean" else args
    call = [sys.executable, "-m", "pipeline", *map(str, words)]
    with Path("/dev/full").open("wb") as full:
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(call, env=env, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 4
    assert done.stderr.decode().count("\n") == 1
    assert b"No space left" in done.stderr


def test_ctrl_c_ends_without_a_traceback(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "in.jsonl", [{"id": i, "text": PAGE} for i in range(20_000)])
    call = [sys.executable, "-m", "pipeline", "clean", "--json", str(source)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(call, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in err
