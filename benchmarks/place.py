"""Where benchmarks keep what they make (inputs, environments of rivals, output), and what lies beside the checkout."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import ROOT
from pipeline.errors import InputError, UsageError, meant

RIVALS = Path(__file__).parent / "rivals"
SHARED = ROOT.parent / "shared"
# What generated pages follow from besides their arguments.
_SOURCES = (Path(__file__).parent / "inputs", ROOT / "tests" / "golden" / "samples", SHARED / "tools")


@dataclass(frozen=True, slots=True)
class Made:
    """An input: its folder, and what its generator says of it (who made it, pages, bytes of their text)."""

    folder: Path
    told: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A folder that may be thrown away at any time. `own`: text of our own even where other text is at hand."""

    folder: Path = ROOT / ".bench"
    own: bool = False

    def input(self, make: str, pages: int, seed: int) -> Made:
        """Pages made by a generator, once for the same arguments and code; written aside and renamed."""
        folder = self.folder / "inputs" / f"{make}-{pages}-{seed}-{_digest(str(self.own))}"
        words = [make, "--pages", str(pages), "--seed", str(seed), *(["--own"] if self.own else [])]
        return self._made(folder, words)

    def head(self, whole: Made, pages: int) -> Made:
        """The first pages of an input."""
        folder = whole.folder.with_name(f"{whole.folder.name}-first-{pages}")
        return self._made(folder, ["head", "--pages", str(pages), "--of", str(whole.folder)])

    def _made(self, folder: Path, words: list[str]) -> Made:
        told = folder / "input.json"
        if not told.exists():
            aside = folder.with_name(f"{folder.name}.{os.getpid()}")
            aside.mkdir(parents=True)
            # In a process of its own, so that the runner stays small.
            command = [sys.executable, "-m", "benchmarks.inputs", *words, "--out", str(aside)]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            if done.returncode:
                raise InputError(f"The input could not be made ({' '.join(words)}):\n{done.stderr[-2000:]}")
            shutil.rmtree(folder, ignore_errors=True)
            aside.rename(folder)
        return Made(folder, json.loads(told.read_text(encoding="utf-8")))

    def python(self, env: str) -> Path | None:
        """The interpreter of an environment: ours without a name, else a rival's; None where it has not been made."""
        if not env:
            return Path(sys.executable)
        stamp = self._env(env) / ".pins"
        pins = (RIVALS / f"{env}.txt").read_text(encoding="utf-8")
        whole = stamp.is_file() and stamp.read_text(encoding="utf-8") == pins
        return self._env(env) / "bin" / "python" if whole else None

    def make_env(self, env: str) -> Path:
        """The interpreter of a rival's environment, which is made where it is not there or its pins have changed."""
        ready = self.python(env)
        if ready:
            return ready
        folder = self._env(env)
        shutil.rmtree(folder, ignore_errors=True)
        python = folder / "bin" / "python"
        pins = RIVALS / f"{env}.txt"
        # All that a rival needs is pinned, so that nothing is resolved: what is not listed is not installed.
        install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", str(pins)]
        for command in ([sys.executable, "-m", "venv", str(folder)], install):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise InputError(f"The environment {env} could not be made:\n{done.stderr[-2000:]}")
        (folder / ".pins").write_text(pins.read_text(encoding="utf-8"), encoding="utf-8")
        return python

    def _env(self, env: str) -> Path:
        known = envs()
        if env not in known:
            raise UsageError(f"There is no environment {env}. Known: {', '.join(known)}.{meant(env, known)}")
        return self.folder / "envs" / env


def envs() -> list[str]:
    """The environments of rivals, by their lists of pinned packages."""
    return sorted(path.stem for path in RIVALS.glob("*.txt"))


def _digest(*words: str) -> str:
    sha = hashlib.sha256("\n".join(words).encode())
    for source in _SOURCES:
        for path in sorted(p for p in source.rglob("*") if p.suffix in (".py", ".json")):
            sha.update(path.read_bytes())
    return sha.hexdigest()[:12]
