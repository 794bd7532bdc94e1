"""All benchmarks, small: what they count is as their definitions expect; and the runner tells where it is not."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import __main__ as command_line
from benchmarks import definition, needs, records, table
from benchmarks.definition import Command, Definition, Expect, Input, Limit, Ratio, Sized
from benchmarks.inputs import families
from benchmarks.inputs.corpus import corpus
from benchmarks.measured import measured
from benchmarks.place import Place, envs
from benchmarks.runner import Record, run
from benchmarks.tasks import laws
from benchmarks.tasks.copies_truth import shares
from pipeline.corpus import fingerprints
from pipeline.errors import UsageError

BENCHMARKS = Path(definition.FOLDER).parent


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("bench"), own=True)


@pytest.mark.parametrize("name", definition.names())
def test_every_benchmark_counts_what_its_definition_expects(name: str, place: Place) -> None:
    record = run(definition.load(definition.FOLDER / f"{name}.toml"), place, "small", rivals=False)
    if "skipped" in record:
        pytest.skip(record["skipped"])
    assert record["missed"] == []
    assert any(command.get("turns") == 1 for command in record["commands"].values())
    rows = table.table(record)
    assert len(rows) > 2
    assert len({len(row) for row in rows}) == 1
    assert_nothing_names_the_machine(record, place)


def assert_nothing_names_the_machine(record: Record, place: Place) -> None:
    text = json.dumps(record)
    assert not re.search(r"/(?:home|root|work|Users|tmp)/", text)
    assert str(place.folder) not in text
    assert sys.prefix not in text


# ---- definitions


def defined(*commands: Command, **others: Any) -> Definition:
    sized = {"full": Sized(20, 2), "small": Sized(20, 1)}
    return Definition("made", "Made", "For tests.", Input("prose"), sized, commands, **others)


def said(name: str, code: str, **others: Any) -> Command:
    return Command(name, ("python", "-c", code), **others)


TELLS = "import sys; from benchmarks.told import tell, Work; w = Work(); w.__enter__(); w.__exit__(None, None, None); "


def test_a_definition_with_a_slip_is_refused_with_what_is_known(tmp_path: Path) -> None:
    good = (definition.FOLDER / "warc.toml").read_text(encoding="utf-8")
    for old, new, words in (
        ("seed = 7", "sead = 7", 'no key "sead".*Did you mean seed'),
        ('of = "jingwen"', 'of = "jinwen"', 'no command "jinwen".*Did you mean jingwen'),
        ('make = "warc"', "", 'lacks the key "make"'),
        ('name = "Resiliparse"', 'name = "jingwen"', "a name of its own"),
        ("pages = 60", "pages = ", "not TOML"),
    ):
        assert old in good
        (tmp_path / "a.toml").write_text(good.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(UsageError, match=words):
            definition.load(tmp_path / "a.toml")
    with pytest.raises(UsageError, match=r"no benchmark wark.*Did you mean warc"):
        definition.load(definition.FOLDER / "wark.toml")
    with pytest.raises(UsageError, match='need "gols"'):
        needs.lacking(("gols",))


def test_environments_of_rivals_are_pinned_and_used() -> None:
    used = {c.env for n in definition.names() for c in definition.load(definition.FOLDER / f"{n}.toml").commands}
    assert used - {""} == set(envs())
    for name in envs():
        lines = (BENCHMARKS / "rivals" / f"{name}.txt").read_text(encoding="utf-8").split("\n")
        assert all(re.fullmatch(r"(#.*|[A-Za-z0-9._-]+==[0-9][\w.+!-]*)?", line) for line in lines)


# ---- the runner


def test_a_count_that_is_not_as_expected_is_missed(place: Place) -> None:
    tells = said("a", TELLS + "tell({'pages': 19, 'whole': 5}, w)")
    expect = (
        Expect("pages", equals="pages"), Expect("pages", equals=19), Expect("whole", share_of="pages", least=0.5),
        Expect("other", equals=0),
    )  # fmt: skip
    assert run(defined(tells, expect=expect), place, "small", rivals=False)["missed"] == [
        "a: pages is 19, expected 20", "a: whole / pages is 0.26316, below 0.5", "a does not tell other",
    ]  # fmt: skip


def test_counts_of_two_commands_and_of_two_turns_must_agree(place: Place) -> None:
    one, two = (said(name, TELLS + f"tell({{'rows': {rows}}})") for name, rows in (("a", 1), ("b", 2)))
    assert run(defined(one, two, same=("rows",)), place, "small", rivals=False)["missed"] == [
        "rows differs: {'a': 1, 'b': 2}"
    ]
    changing = said("a", TELLS + "import time; tell({'rows': time.time_ns()})")
    (missed,) = run(defined(changing), place, "full", rivals=False)["missed"]
    assert "from one turn to the next" in missed


def test_ratios_are_taken_turn_by_turn_and_goals_hold_at_full_size_only(place: Place, tmp_path: Path) -> None:
    # Seconds by turn: 4 and 30 over 2 and 10; of the medians the ratio would be 17 / 6.
    (tmp_path / "turns").mkdir()
    code = TELLS + (
        f"from pathlib import Path; f = Path({str(tmp_path)!r}) / 'turns' / sys.argv[1]; n = f.exists(); f.touch(); "
        "tell({}, figures={'s': [[4., 30.], [2., 10.]][sys.argv[1] == 'b'][n]})"
    )
    a, b = (Command(name, ("python", "-c", code, name)) for name in "ab")
    made = defined(a, b, ratios=(Ratio("a over b", "a", "b", "s", most=1),), limits=(Limit("a", "s", least=20),))
    full = run(made, place, "full", rivals=False)
    assert full["ratios"]["a over b"]["value"] == [2.0, 2.5, 3.0]
    assert full["commands"]["a"]["figures"]["s"] == [4.0, 17.0, 30.0]
    assert full["missed"] == ["a: s is 17, below 20", "a over b is 2.5, above 1"]
    assert run(made, place, "small", rivals=False)["missed"] == []
    assert "at least 20, missed" in table.markdown([full])
    less = defined(a, b, ratios=(Ratio("less", "a", "b", "s", less="b"),))
    assert run(less, place, "small", rivals=False)["ratios"]["less"]["value"] == [2.0] * 3


def test_a_command_that_fails_is_told_without_what_it_printed(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    fails = said("a", "import sys; sys.exit('no /such/place')")
    record = run(defined(fails, said("b", "print(1)")), place, "small", rivals=False)
    assert record["missed"] == ["a: run ended with exit status 1"]
    assert "/such/place" not in json.dumps(record)
    assert "/such/place" in capsys.readouterr().err


def test_what_is_printed_in_another_form_is_missed(place: Place) -> None:
    says = r"(?P<documents>[\d,]+) documents from (?P<pages>[\d,]+) pages"
    fine = said("a", "print('RELEASES/a: 1,234 documents from 20 pages, 0 set aside')", says=says)
    record = run(defined(fine, said("b", "print('none')", says=says)), place, "small", rivals=False)
    assert record["commands"]["a"]["counts"] == {"documents": 1234, "pages": 20}
    (missed,) = record["missed"]
    assert missed.startswith("b: run printed nothing of the form")


def test_rivals_that_are_not_there_are_skipped_with_a_reason(place: Place) -> None:
    made = defined(said("a", "print(1)"), said("b", "print(1)", env="html", package=("trafilatura",)))
    asked = run(made, place, "small", rivals=True)
    assert asked["commands"]["b"] == {"skipped": "no environment html (make bench-rivals)"}
    assert run(made, place, "small", rivals=False)["commands"]["b"] == {"skipped": "rivals were not asked for"}
    assert asked["missed"] == []
    assert "- b: skipped: no environment html" in table.markdown([asked])


def test_only_the_first_pages_of_an_input(place: Place) -> None:
    counted = "import sys; from benchmarks.told import tell; tell({'pages': len(open(sys.argv[1]).readlines())})"
    command = Command("a", ("python", "-c", counted, "{input}/pages.jsonl"), pages={"full": 9, "small": 7})
    told = run(defined(command), place, "small", rivals=False)["commands"]["a"]
    assert told["counts"] == {"pages": 7}
    assert told["pages"] == 7


# ---- what is measured


BURN = "import time; t = time.process_time()\nwhile time.process_time() < t + 0.3: pass\n"


def test_seconds_and_memory_are_those_of_all_processes(tmp_path: Path) -> None:
    child = f"b = bytearray(150_000_000); {BURN}"
    left = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}])"
    waited = left + ".wait()"
    for code, own in ((child, 0.3), (waited, 0.3), (f"{BURN}{waited}", 0.6)):
        got = measured([sys.executable, "-c", code], tmp_path, {})
        assert got.status == 0
        assert own <= got.cpu_s < own + 0.6
        assert 150 < got.peak_mb < 400
    if sys.platform == "linux":  # children whose parent has ended
        got = measured([sys.executable, "-c", left], tmp_path, {})
        assert got.cpu_s >= 0.3
        assert got.peak_mb > 150
        assert got.wall_s < got.cpu_s + 1


def test_the_time_to_the_first_line_and_the_end_of_time(tmp_path: Path) -> None:
    slow = "import time; time.sleep(0.3); print('a', flush=True); time.sleep(0.4)"
    got = measured([sys.executable, "-c", slow], tmp_path, {})
    assert 0.3 <= got.first_s <= got.wall_s - 0.3
    late = measured([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path, {}, timeout_s=0.5)
    assert late.status is None
    assert late.wall_s < 30
    assert measured(["no-such-program"], tmp_path, {}).status == 127


def test_a_command_ends_with_the_runner(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    code = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    spec = {"argv": [sys.executable, "-c", code], "cwd": str(tmp_path), "env": {}, "cores": 0, "timeout_s": 60}
    runner = subprocess.Popen(
        [sys.executable, BENCHMARKS / "measured.py"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert runner.stdin
    runner.stdin.write(json.dumps(spec).encode())
    runner.stdin.close()
    while not (pid.exists() and pid.read_text(encoding="utf-8")):
        time.sleep(0.02)
    runner.send_signal(signal.SIGINT)
    assert runner.wait(30) != 0
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            os.kill(int(pid.read_text(encoding="utf-8")), 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("the command goes on")


# ---- records and tables


def test_the_page_of_records_is_in_step_with_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["table", "--markdown"]) == 0
    assert capsys.readouterr().out == (BENCHMARKS / "TABLE.md").read_text(encoding="utf-8"), "run `make bench-table`"


def test_the_last_record_of_each_benchmark_is_shown(place: Place, tmp_path: Path) -> None:
    record = run(defined(said("a", TELLS + "tell({'rows': 1234})")), place, "small", rivals=False)
    for day, rows in (("2025-01-02", 1), ("2025-11-30", 2), ("2025-02-03", 3)):
        record["commands"]["a"]["counts"] = {"rows": rows}
        records.write(replace_date(record, day), tmp_path)
    (last,) = records.latest(tmp_path)
    assert last["date"].startswith("2025-11-30")
    lines = list(table.terminal(last))
    assert lines[0] == "Made"
    assert [line.split() for line in lines if "rows" in line] == [["rows", "2"]]


def replace_date(record: Record, day: str) -> Record:
    return {**record, "date": f"{day} 10:00 UTC"}


def test_the_command_line_lists_and_refuses(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert command_line.main(["list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.strip().split("\n")] == definition.names()
    assert command_line.main(["run", "bild", "--folder", str(tmp_path)]) == UsageError.status
    assert "Did you mean build?" in capsys.readouterr().err
    assert command_line.main(["run", "warc", "--small", "--record", "--folder", str(tmp_path)]) == UsageError.status
    assert command_line.main(["run", "warc", "--pages", "3", "--turns", "1", "--folder", str(tmp_path)]) == 0
    assert "3 pages of" in " ".join(capsys.readouterr().out.split())


# ---- laws


def test_laws_are_told_by_band_and_the_hardest_negatives_by_name() -> None:
    body = next(page.text for page in families.made(6, 9))
    texts = [body, body + "附则甲。", body.replace(body[:60], "乙" * 60), [p.text for p in families.made(40, 11)][-1]]
    names = ["青石县渡口条例", "青石县渡口条例", "白石县渡口条例", "青石县古树条例"]
    prints = fingerprints.of(texts, [str(i) for i in range(4)])
    told = laws.counts(laws.pairs(prints, texts, names), names, laws.merged(prints, texts, 0.45))
    assert told["dropped"] == 2
    assert told["hard negatives merged"] == "1 of 1"
    assert told["0.9-1 one law"] == "1 of 1"
    assert not any("古树" in str(value) for value in told.values())


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("某院 某署关于审理渡口案件的解释", "某院、某署关于审理渡口案件的解释", laws.NAMED_TWICE),
        ("关于审理渡口案件的规定", "某院关于审理渡口案件的规定", laws.NAMED_TWICE),
        ("青石市历史建筑保护条例", "青石市历史筑保护条例", laws.NAMED_TWICE),
        ("渡口法解释（一）", "渡口法解释（二）", laws.TWO),
        ("渡口法解释（二）", "渡口法解释（二）的补充规定", laws.TWO),
        ("青石市渡口条例", "白石市渡口条例", laws.TWO),
        ("甲", "乙甲", laws.TWO),
    ],
)
def test_one_law_may_have_two_names(one: str, other: str, kind: str) -> None:
    assert laws.kind_of(one, other) == laws.kind_of(other, one) == kind


# ---- inputs


def test_pages_are_made_alike_for_a_seed_and_say_the_truth() -> None:
    one, two = list(corpus(120, 5)), list(corpus(120, 5))
    assert one == two != list(corpus(120, 6))
    known = {page["id"]: (page, truth) for page, truth in one}
    assert {truth["kind"] for _, truth in known.values()} == {"original", "exact", "same body", "edited", "shares"}
    for page, truth in known.values():
        base, its = known[truth["base"]]
        solid = "".join(page["text"].split())
        assert all("".join(p.split()) in solid for p in truth["paragraphs"])
        if truth["kind"] == "exact":
            assert page["text"] == base["text"]
        if truth["kind"] == "edited":
            assert 0 < truth["jaccard"] < 1
            assert truth["paragraphs"] != its["paragraphs"]


def test_families_are_made_alike_for_a_seed_and_say_the_truth() -> None:
    one = list(families.made(150, 5))
    assert one == list(families.made(150, 5)) != list(families.made(150, 6))
    assert {page.kind for page in one} == {"original", "exact", "edited", "excerpt", "shares"}
    assert all(page.base <= number for number, page in enumerate(one))
    assert all(page.text in one[page.base].text for page in one if page.kind in ("exact", "excerpt"))


def test_a_tool_that_finds_nothing_or_drops_everything_falls_short() -> None:
    truth = [page._asdict() for page in families.made(300, 3)]
    assert shares(truth, set())["found: exact copies"] == 0
    assert shares(truth, set())["originals dropped"] == 0
    assert shares(truth, set(range(300)))["originals dropped"] == 1


def test_an_input_is_made_once_and_anew_when_asked_for_more(tmp_path: Path) -> None:
    own = Place(tmp_path, own=True)
    made = own.input("prose", 5, 7)
    first = (made.folder / "pages.jsonl").stat().st_mtime_ns
    assert (own.input("prose", 5, 7).folder / "pages.jsonl").stat().st_mtime_ns == first
    assert own.input("prose", 6, 7).told["pages"] == 6
    assert replace(own, own=False).input("prose", 5, 7).folder != made.folder
