"""What is generated is in step with what it is generated from."""

import re
import tomllib
from pathlib import Path

import pytest

from pipeline import __version__
from pipeline.audit import manual
from pipeline.stages import RULES, STAGES

ROOT = Path(__file__).resolve().parent.parent
OURS = [p for p in ROOT.rglob("*") if p.suffix in {".py", ".md", ".toml", ".txt"} or p.name in {"Makefile", "run"}]
# Caches and releases are nobody's writing; `.ci` is the one folder with a dot that is ours.
OURS = sorted(
    p
    for p in OURS
    if p.is_file() and not any((n.startswith(".") and n != ".ci") or n == "RELEASES" for n in p.relative_to(ROOT).parts)
)


def test_the_manual_is_in_step_with_the_docstrings() -> None:
    assert (ROOT / "docs" / "rules.md").read_text(encoding="utf-8") == manual.markdown(STAGES), "run `make docs`"


def test_the_manual_names_every_rule_and_every_option() -> None:
    text = manual.markdown(STAGES)
    assert re.findall(r"^### ([A-Z]{3}\d{3}) ", text, re.MULTILINE) == list(RULES)
    for stage in STAGES:
        assert all(f"\n{option.name} = {option.value}\n" in text for option in manual.options_of(stage))


def test_every_option_says_why_its_default() -> None:
    silent = [f"{s.name}.{o.name}" for s in STAGES for o in manual.options_of(s) if not o.says]
    assert silent == []


def test_the_changelog_has_the_version() -> None:
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_locked_files_have_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"://|--(extra-)?index-url|--trusted-host|--find-links|^-i ", text, re.MULTILINE)
    pins = re.findall(r"^([a-z0-9-]+)==\S+ \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text, re.MULTILINE)
    lines = [line for line in text.split("\n") if re.match(r"[a-z]", line)]
    assert len(pins) == len(lines) > 10, "a requirement without a hash"


def test_what_is_imported_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for wanted in project["dependencies"]:
        name = re.split(r"[<>=~!]", wanted)[0]
        assert f"\n{name}==" in locked, name


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_names_a_place_on_a_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    assert not re.search(r"/(?:home|root|work|Users)/\w", text)
