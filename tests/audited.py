"""Releases to look at: small ones of our own pages, and the browser that looks."""

import json
import os
import random
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import config
from pipeline.engine.plan import build

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "pipeline" / "samples"
# Kept by the run, for people to look at.
SHOTS = ROOT / "build" / "screenshots"


def built(folder: Path, pages: Iterable[Mapping[str, Any]], name: str = "seen", **tables: Mapping[str, Any]) -> Path:
    """A release of some pages, each with id, text and perhaps url."""
    folder.mkdir(parents=True, exist_ok=True)
    given = folder / f"{name}.jsonl"
    given.write_text("".join(json.dumps(page) + "\n" for page in pages), encoding="utf-8")
    own: dict[str, dict[str, Any]] = {
        "corpus": {"name": name, **tables.get("corpus", {})},
        "build": {"out": str(folder / "RELEASES"), "store": str(folder / "store"), "workers": 1, "max_set_aside": 1.0},
    }
    return build(config.default(str(given), **own)).path


def samples() -> list[dict[str, str]]:
    """The pages of the sample corpus that are UTF-8."""
    out = []
    for path in sorted(SAMPLES.rglob("*.txt")):
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue
        name = path.relative_to(SAMPLES).as_posix()
        out.append({"id": name, "text": text, "url": f"https://{name}"})
    return out


def mixed(count: int, seed: int = 7) -> list[dict[str, str]]:
    """So many pages put together from lines of the samples, with characters that are hard to show here and there."""
    chosen = random.Random(seed)
    sources = [page["text"].split("\n") for page in samples()]
    odd = [
        "\u200b",
        "\ufeff",
        "\u202e",
        "\u0301",
        "\U00020000",
        "\U0001f600",
        "\r",
        "\u3000",
        "\x1b[2J",
        "&amp;",
        "\ud800",
    ]
    pages = samples()
    for i in range(count - len(pages)):
        lines = [line for _ in range(2) for line in chosen.choice(sources)]
        for _ in range(4):
            at = chosen.randrange(len(lines))
            cut = chosen.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:cut] + chosen.choice(odd) + lines[at][cut:]
        pages.append({"id": f"mixed/{i:03d}", "text": "\n".join(lines), "url": f"https://m{i % 9}.example/{i}"})
    return pages[:count]


def chromium() -> str | None:
    """Where Debian's Chromium is; None where it is not installed."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


@contextmanager
def browser_of(playwright: "Playwright") -> Iterator["Browser"]:
    """Chromium, started."""
    path = chromium()
    if path is None:
        raise FileNotFoundError("there is no Chromium here; `make browser` installs it")
    # Debian's Chromium refuses its sandbox to root.
    bare = ["--no-sandbox"] if os.geteuid() == 0 else []
    with closing(playwright.chromium.launch(executable_path=path, args=bare)) as found:
        yield found
