"""Diffs at a terminal: through a pager, in colour, with nothing of the page that could act."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (
    "首页\n新闻\n论坛\n登录\n老街的早晨\n雨停了，街上的人\u200b渐渐多起来。\x1b[2J卖豆浆的老人推着车出来，车轮压过积水，留下印子。\n"
    * 3
)


def at_terminal(*words: str, **env: str) -> tuple[int, str]:
    """The exit status of a command at a terminal, and what it shows there."""
    ours, theirs = pty.openpty()
    full = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "TERM": "xterm", **env}
    full.pop("NO_COLOR", None)
    command = [sys.executable, "-m", "pipeline", *words]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=full) as running:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:
            pass  # Linux says so where the last writer has gone
        status = running.wait(60)
    os.close(ours)
    return status, shown.decode("utf-8", "replace").replace("\r\n", "\n")


@pytest.fixture
def page(tmp_path: Path) -> str:
    path = tmp_path / "page.txt"
    path.write_text(PAGE, encoding="utf-8", newline="")
    return str(path)


@pytest.mark.parametrize("form", [(), ("--by-stage",), ("--side-by-side",), ("--context", "0")])
def test_a_diff_goes_through_the_pager_in_colour(page: str, form: tuple[str, ...]) -> None:
    status, shown = at_terminal("clean", "--diff", *form, page, PAGER="sed s/^/@/")
    assert status == 1
    assert all(line.startswith("@") for line in shown.rstrip("\n").split("\n"))
    assert "\x1b[31;9m" in shown, "red, struck through"
    assert "\x1b[2J" not in shown
    assert "‹U+001B›[2J" in shown or "--context" in form
    assert "‹U+200B›" in shown


def test_no_pager_is_asked_where_none_is_wanted(page: str) -> None:
    for words, pager in ((("--no-pager",), "sed s/^/@/"), ((), ""), ((), "cat"), ((), "no-such-pager")):
        status, shown = at_terminal("clean", "--diff", *words, page, PAGER=pager)
        assert status == 1
        assert "page.txt" in shown
        assert not shown.startswith("@")


def test_a_pager_that_has_seen_enough_ends_the_diff(page: str) -> None:
    status, shown = at_terminal("clean", "--diff", page, PAGER="head -n 1")
    assert status == 1
    assert shown.count("\n") == 1
    assert "Traceback" not in shown


def test_context_is_a_number(page: str) -> None:
    status, shown = at_terminal("clean", "--diff", "--context", "-1", page)
    assert status == 2
    assert "expected a number" in shown or "expected one argument" in shown
