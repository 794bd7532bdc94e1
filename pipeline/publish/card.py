"""The card: README.md of a release, for people and for `datasets`.

`datasets` knows a local folder by its name and by the configs of this file, not by its files: every config carries the
version and the digest of the release, or a folder that was rebuilt in place would load the rows of the one before.
"""

import json
from collections.abc import Iterable, Iterator, Sequence

from pipeline.publish import schema
from pipeline.publish.changes import Changes
from pipeline.publish.manifest import Content

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
          (10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"), (1_000_000_000, "100M<n<1B"))  # fmt: skip
TOP_RULES = 15


def card(content: Content, version: str, changes: Changes | None = None) -> str:
    """The whole file."""
    body = "\n\n".join(_sections(content, version, changes))
    return f"---\n{_front(content, version)}---\n\n{body}\n"


def size_category(rows: int) -> str:
    """The size of a dataset as the hub names it.

    >>> size_category(999), size_category(1_000)
    ('n<1K', '1K<n<10K')
    """
    return next((name for limit, name in _SIZES if rows < limit), "n>1B")


def _front(content: Content, version: str) -> str:
    corpus, tables, digest = content.config.corpus, content.shards.described, content.digest()
    lines = ["language:", "- zh"]
    if corpus.licence:
        lines += [f"license: {_quoted(corpus.licence.lower())}"]
    size = size_category(tables["documents"]["rows"])
    lines += [f"pretty_name: {_quoted(corpus.name)}", "size_categories:", f"- {size}"]
    lines += ["task_categories:", "- text-generation", "tags:", "- jingwen", "configs:"]
    for name, table in tables.items():
        lines += [
            f"- config_name: {name}",
            f"  version: {version}",
            f"  description: {_quoted(_described(name, version, digest))}",
        ]
        lines += ["  default: true"] if name == schema.DOCUMENTS.name else []
        lines += ["  data_files:"]
        for split in table["splits"]:  # none without rows: `datasets` refuses it
            lines += [f"  - split: {split}", f"    path: {name}/{split}-*.parquet"]
    lines += ["dataset_info:"]
    # `datasets` checks the number of examples, a free guard against a truncated file; it reads it only beside a size.
    for name, table in tables.items():
        lines += [f"- config_name: {name}", "  splits:"]
        for split, rows in table["splits"].items():
            lines += [f"  - name: {split}"]
            lines += [f"    num_bytes: {content.shards.bytes(name, split)}", f"    num_examples: {rows}"]
    return "\n".join(lines) + "\n"


def _described(name: str, version: str, digest: str) -> str:
    return f"{schema.BY_NAME[name].says}; {version}, {digest}"


def _quoted(text: str) -> str:
    """JSON strings are YAML strings."""
    return json.dumps(text, ensure_ascii=False)


def _sections(content: Content, version: str, changes: Changes | None) -> Iterator[str]:
    corpus, counts, tables = content.config.corpus, content.counts, content.shards.described
    yield f"# {corpus.name} {version}"
    if corpus.description:
        yield corpus.description
    dropped = sum(counts.dropped.values())
    yield (
        f"{counts.documents:,} Chinese documents ({counts.chars:,} characters) from {counts.pages:,} pages, cleaned by "
        "jingwen. Nothing was changed silently: each edit is a row with its rule, its place and what stood there, and "
        "text and edits together restore every page to the last character. "
        f"{dropped:,} pages gave no document; each is listed with its reason."
    )
    if changes:
        yield from _changed(changes)
    yield "## Load"
    yield _LOAD.format(second="segments" if "segments" in tables else "documents", version=version, name=corpus.name)
    if len(tables["documents"]["splits"]) > 1:
        shares = ", ".join(f"{rows:,} {split}" for split, rows in tables["documents"]["splits"].items())
        yield (
            f"Splits of the documents: {shares}. A page and all its copies stand on one side, by the hash of the page "
            "that stands for them, so no near copy of a held-out document is in train, and none moves when pages are "
            "added. Tables about pages (edits, fields, dropped) have `train` alone."
        )
    yield from _account(content, dropped)
    yield "## Columns"
    for name, told in tables.items():
        table = schema.BY_NAME[name]
        yield f"**{name}** ({told['rows']:,} rows): {table.says}."
        yield _table(
            ("column", "type", "what it says"), [(f"`{c.name}`", _type(c.type), c.says) for c in table.columns]
        )
    yield _RESTORE
    yield _REPRODUCE.format(
        version=version, digest=content.digest(), code=content.stamp.code_version, config=content.stamp.config_digest
    )
    yield _LIMITS


def _changed(changes: Changes) -> Iterator[str]:
    yield f"## Changes since {changes.parent}"
    if not (changes.added or changes.removed or changes.changed):
        yield "The documents and their texts are the same."
    else:
        yield (
            f"{changes.added:,} documents added, {changes.removed:,} removed, {changes.changed:,} with other text. "
            f"`jingwen compare {changes.parent} …` shows each."
        )
    if changes.notes:
        yield "\n".join(f"- {note}" for note in changes.notes)


def _account(content: Content, dropped: int) -> Iterator[str]:
    counts = content.counts
    yield "## Account"
    yield _table(
        ("", "pages"), [("read", counts.pages), ("with documents", counts.pages_with_documents), ("set aside", dropped)]
    )
    if counts.dropped:
        most = sorted(counts.dropped.items(), key=lambda item: (-item[1], item[0]))
        yield _table(("rule", "reason", "pages set aside"), [(rule or "–", reason, n) for (rule, reason, _), n in most])
    if counts.edits:
        yield "What each stage did:"
        yield _table(("stage", "edits", "characters removed", "characters put in"), _by_stage(content))
        yield "The rules that removed most, each with one of its edits:"
        top = sorted(counts.edits.items(), key=lambda item: (-item[1][1], item[0]))[:TOP_RULES]
        header = ("rule", "stage", "edits", "characters removed", "characters put in", "removed, for example")
        yield _table(header, [(rule or "–", stage, *sums, _example(content, rule)) for (stage, rule), sums in top])


def _example(content: Content, rule: str) -> str:
    """An edit of a rule as code in Markdown; where it put something in, what it put."""
    if rule not in content.counts.examples:
        return ""
    _, gone, put = content.counts.examples[rule]
    return _code(gone) + (f" → {_code(put)}" if put else "")


def _code(text: str) -> str:
    shown = "".join(c if c.isprintable() else "␤" if c == "\n" else "·" for c in text)
    shown = shown.strip(" ␤\u3000") or shown
    return f"`` {shown} ``" if "`" in shown else f"`{shown or ' '}`"


def _by_stage(content: Content) -> list[tuple[str, int, int, int]]:
    sums: dict[str, list[int]] = {}
    for (stage, _), counts in content.counts.edits.items():
        total = sums.setdefault(stage, [0, 0, 0])
        for i, n in enumerate(counts):
            total[i] += n
    rows = [(stage, total[0], total[1], total[2]) for stage, total in sums.items()]
    return sorted(rows, key=lambda row: (-row[2], row[0]))


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown; numbers to the right, with thousands marked."""
    cells = [
        [f"{v:,}" if isinstance(v, int) else str(v).replace("|", "\\|").replace("\n", " ") for v in row] for row in rows
    ]
    numeric = [all(c.replace(",", "").isdigit() for c in column) for column in zip(*cells, strict=True)] or [
        False
    ] * len(header)
    rule = ["---:" if right else "---" for right in numeric]
    return "\n".join("| " + " | ".join(row) + " |" for row in [list(header), rule, *cells])


def _type(kind: object) -> str:
    return str(kind).replace("<item: ", "<").replace("double", "float64")


_LOAD = """```python
from datasets import load_dataset

documents = load_dataset("path/to/this/folder", split="train")  # the default config: one row an article
stream = load_dataset("path/to/this/folder", split="train", streaming=True)  # the same, without a copy on disk
segments = load_dataset("path/to/this/folder", "{second}", split="train", streaming=True)
texts = load_dataset("path/to/this/folder", split="train", columns=["doc_id", "text"])  # only these are read
```

Verified before it is used, and pinned to this version where it lies on the Hub:

```python
from pipeline.publish.verify import check

check("path/to/this/folder")  # every file, every page of Parquet, every count; raises with what does not agree
pinned = load_dataset("user/{name}", revision="v{version}", split="train")
```

Without `datasets`: `pyarrow.parquet.read_table("documents")`, or any reader of Parquet."""

_RESTORE = """## Restore a page

Join the `text` of the page's documents by line feeds, in order of `ordinal` (a page in `dropped` begins with no text).
Take its rows of `edits`, highest `layer` first; in each layer, from the first edit to the last, put `removed` back in
place of `replacement` at `start`: going from first to last, positions are those of the text that comes back. The result
is the raw text: its SHA-256 in UTF-8 is `text_digest`. `jingwen show` does it for one page, `jingwen verify --all` for
every page."""

_REPRODUCE = """## Reproduce

Version {version}, digest `{digest}`; code {code}; configuration `{config}`.

The same input, configuration and code give the same digest, with any number of workers, on any machine and whatever the
size of the parts; with the same libraries (`lock` in `manifest.json`) and the same parent, the same bytes. To see it:
`jingwen build` with the configuration that `manifest.json` holds, into an empty folder, and compare `digest`.
`manifest.json` has the SHA-256 of every file, a digest of the rows of every table that does not depend on how they are
stored, and the digests of the input. `jingwen verify` checks all of them."""

_LIMITS = """## Known limits

- Decoding and the rendering of HTML come before the first edit: they are recorded (`encoding`, `raw_digest`), not
  reversed.
- Rules are rules of thumb. Some menus stay, and some short lines of prose may have gone; the edits say which, and by
  what rule.
- Fields (title, source, date, authors) are read from the page as it stands and are null where it does not say.
- `published_at` is the clock of the page, marked as UTC for want of a zone.
- Splits keep copies together, as far as they were found; pages that share single paragraphs may stand on both sides.
- No personal data were sought or masked, and nothing was judged for truth or taste."""
