"""What figures depend on: processor, memory, versions. Nothing that names the machine or a place on it."""

import os
import platform
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from pipeline import __version__

ROOT = Path(__file__).resolve().parent.parent
# Those that the seconds of a build are spent in.
LIBRARIES = ("numpy", "pyarrow", "scipy", "orjson", "ftfy", "opencc-python-reimplemented", "selectolax", "fastwarc")


def machine() -> dict[str, Any]:
    """The machine and what runs on it; `load` is how many processes were busy on average in the last minute."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": _processor(),
        "cores": cores,
        "memory_gb": round(_memory() / 1e9, 1),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def ours() -> dict[str, str]:
    """The version of jingwen, and the commit where there is one; a plus sign says that files differ from it."""
    said = {"version": __version__}
    commit = _git("rev-parse", "--short=10", "HEAD")
    if commit:
        said["commit"] = commit + ("+" if _git("status", "--porcelain", "--", "pipeline") else "")
    return said


def version(package: str, python: str = sys.executable) -> str:
    """The version of a package in an environment, or nothing where it is not there."""
    if package == "jingwen":
        return __version__
    if python == sys.executable:
        try:
            return metadata.version(package)
        except metadata.PackageNotFoundError:
            return ""
    code = f"from importlib import metadata; print(metadata.version({package!r}))"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return " ".join(found[1].split()) if found else platform.machine()


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return 0


def _git(*words: str) -> str:
    try:
        done = subprocess.run(["git", *words], capture_output=True, text=True, cwd=ROOT, check=False)
    except OSError:
        return ""
    return done.stdout.strip()
