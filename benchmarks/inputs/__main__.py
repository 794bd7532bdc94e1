"""Make an input: `python -m benchmarks.inputs NAME --pages N --seed S --out FOLDER [--own]`.

Each folder gets `input.json`: pages, bytes of their text, and by whom it was made.
"""

import argparse
import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.inputs import families, prose
from benchmarks.inputs.corpus import corpus, html_pages
from benchmarks.place import SHARED

Rows = Iterator[tuple[dict[str, Any], dict[str, Any]]]
_PROSE = SHARED / "gold" / "prose.parquet"
OURS = "benchmarks/inputs, from our own sample pages"


def main() -> int:
    """Make one input."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inputs", description="Make the input of a benchmark.")
    parser.add_argument("name", choices=[*INPUTS, "head"])
    parser.add_argument("--pages", type=int, required=True)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--of", type=Path, help="of head: the input whose first pages are wanted")
    parser.add_argument("--own", action="store_true", help="our own text even where other text is at hand")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    if args.name == "head":
        told = _head(args.of, args.out, args.pages)
    else:
        told = INPUTS[args.name](args.out, args.pages, args.seed, args.own)
    (args.out / "input.json").write_text(json.dumps(told) + "\n", encoding="utf-8")
    return 0


def _corpus(out: Path, pages: int, seed: int, own: bool) -> dict[str, Any]:
    tool = SHARED / "tools" / "make_corpus.py"
    if own or not tool.is_file() or not _PROSE.is_file():
        return _written(out, corpus(pages, seed))
    command = [sys.executable, str(tool), str(pages), str(out), "--seed", str(seed)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return _measure(out / "pages.jsonl", "shared/tools/make_corpus.py, from the set prose")


def _files(out: Path, pages: int, seed: int, own: bool) -> dict[str, Any]:
    """A folder of text files, a page each, by site."""
    told = _corpus(out, pages, seed, own)
    for row in _rows(out / "pages.jsonl"):
        site = out / "files" / row["url"].split("/")[2]
        site.mkdir(parents=True, exist_ok=True)
        (site / f"{row['id']}.txt").write_bytes(row["text"].encode())
    return told


def _prose(out: Path, pages: int, seed: int, own: bool) -> dict[str, Any]:
    """Articles a paragraph a line, nothing broken, nothing around them: the set prose, else as many as are wanted."""
    if not own and _PROSE.is_file():
        return _articles(out, pages, seed, own)
    made = ("\n".join(body) for body in prose.articles(pages, seed))
    return _written(out, (({"id": f"a{i:06d}", "text": text}, {}) for i, text in enumerate(made)))


def _articles(out: Path, pages: int, seed: int, own: bool) -> dict[str, Any]:
    """Articles that people wrote: the set prose, else those on our own sample pages."""
    del seed
    if own or not _PROSE.is_file():
        # Five paragraphs each: what is measured looks at sentences and at passages of 400 characters.
        known = prose.paragraphs()
        texts = ["\n".join(known[i : i + 5]) for i in range(0, len(known), 5)]
        by = OURS
    else:
        import pyarrow.parquet as pq

        texts = ["\n".join(row) for row in pq.read_table(_PROSE).column("paragraphs").to_pylist()]
        by = "the set prose"
    return _written(out, (({"id": str(i), "text": text}, {}) for i, text in enumerate(texts[:pages])), by)


def _html(out: Path, pages: int, seed: int, own: bool) -> dict[str, Any]:
    del own
    return _written(out, html_pages(pages, seed))


def _warc(out: Path, pages: int, seed: int, own: bool) -> dict[str, Any]:
    """The pages of HTML as an archive: each record a member of gzip, as crawls publish it."""
    told = _html(out, pages, seed, own)
    with (out / "pages.warc.gz").open("wb") as archive:
        for number, row in enumerate(_rows(out / "pages.jsonl")):
            archive.write(gzip.compress(_response(number, row["url"], row["html"].encode()), 6, mtime=0))
    return told


def _response(number: int, url: str, body: bytes) -> bytes:
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body
    head = [
        "WARC/1.0",
        "WARC-Type: response",
        f"WARC-Record-ID: <urn:uuid:{number:032x}>",
        "WARC-Date: 2025-01-01T00:00:00Z",
        f"WARC-Target-URI: {url}",
        "Content-Type: application/http; msgtype=response",
        f"Content-Length: {len(http)}",
    ]
    return "\r\n".join([*head, "", ""]).encode() + http + b"\r\n\r\n"


def _main_text(out: Path, pages: int, seed: int, own: bool) -> dict[str, Any]:
    """Pages of HTML whose main text people marked: the set pages_html, else pages of our own."""
    gold = SHARED / "gold" / "pages_html.parquet"
    if own or not gold.is_file():
        return _html(out, pages, seed, own)
    import pyarrow.parquet as pq

    rows = pq.read_table(gold, columns=["id", "kind", "url", "html", "gold"]).to_pylist()[:pages]
    made = (({k: r[k] for k in ("id", "url", "html")}, {k: r[k] for k in ("id", "kind", "gold")}) for r in rows)
    return _written(out, made, "the set pages_html")


def _families(out: Path, pages: int, seed: int, own: bool) -> dict[str, Any]:
    del own
    made = families.made(pages, seed)
    return _written(
        out,
        (
            ({"id": f"{i:08d}", "text": page.text}, {"base": page.base, "kind": page.kind, "jaccard": page.jaccard})
            for i, page in enumerate(made)
        ),
    )


def _laws(out: Path, pages: int, seed: int, own: bool) -> dict[str, Any]:
    del seed, own
    import pyarrow.parquet as pq

    rows = pq.read_table(SHARED / "gold" / "laws.parquet", columns=["id", "cluster", "text"]).to_pylist()[:pages]
    return _written(out, ((row, {}) for row in rows), "the set laws")


INPUTS: dict[str, Callable[[Path, int, int, bool], dict[str, Any]]] = {
    "corpus": _corpus, "files": _files, "prose": _prose, "articles": _articles, "html": _html, "warc": _warc,
    "main_text": _main_text, "families": _families, "laws": _laws,
}  # fmt: skip


def _head(of: Path, out: Path, pages: int) -> dict[str, Any]:
    for name in ("pages.jsonl", "truth.jsonl"):
        with (of / name).open("rb") as lines, (out / name).open("wb") as first:
            first.writelines(line for _, line in zip(range(pages), lines, strict=False))
    return _measure(out / "pages.jsonl", json.loads((of / "input.json").read_text(encoding="utf-8"))["source"])


def _written(out: Path, made: Rows | Iterable[tuple[dict[str, Any], dict[str, Any]]], by: str = OURS) -> dict[str, Any]:
    pages, truth = out / "pages.jsonl", out / "truth.jsonl"
    with pages.open("wb") as one, truth.open("wb") as other:
        for row, true in made:
            one.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
            other.write(json.dumps(true, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
    return _measure(pages, by)


def _measure(path: Path, by: str) -> dict[str, Any]:
    pages = size = 0
    for row in _rows(path):
        pages += 1
        size += sum(len(row[name].encode("utf-8", "surrogatepass")) for name in ("text", "html") if name in row)
    return {"source": by, "pages": pages, "bytes": size}


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as lines:
        for line in lines:
            yield json.loads(line)


if __name__ == "__main__":
    sys.exit(main())
