"""The card: README.md of a release, for people and for `datasets`.

`datasets` knows a local folder by its name and by the configs of this file, not by its files: every config carries the
version and the digest of the release, or a folder that was rebuilt in place would load the rows of the one before.
"""

import json
from collections.abc import Iterable, Iterator, Sequence

from pipeline.publish import schema
from pipeline.publish.manifest import Content

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
          (10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"), (1_000_000_000, "100M<n<1B"))  # fmt: skip
TOP_RULES = 15


def card(content: Content, version: str) -> str:
    """The whole file."""
    body = "\n\n".join(_sections(content, version))
    return f"---\n{_front(content, version)}---\n\n{body}\n"


def size_category(rows: int) -> str:
    """The size of a dataset as the hub names it.

    >>> size_category(999), size_category(1_000)
    ('n<1K', '1K<n<10K')
    """
    return next((name for limit, name in _SIZES if rows < limit), "n>1B")


def _front(content: Content, version: str) -> str:
    corpus, rows, digest = content.config.corpus, content.shards.rows(), content.digest()
    lines = ["language:", "- zh"]
    if corpus.licence:
        lines += [f"license: {_quoted(corpus.licence.lower())}"]
    lines += [f"pretty_name: {_quoted(corpus.name)}", "size_categories:", f"- {size_category(rows['documents'])}"]
    lines += ["task_categories:", "- text-generation", "tags:", "- jingwen", "configs:"]
    for name in rows:
        lines += [
            f"- config_name: {name}",
            f"  version: {version}",
            f"  description: {_quoted(_described(name, version, digest))}",
        ]
        lines += ["  default: true"] if name == schema.DOCUMENTS.name else []
        lines += ["  data_files:", "  - split: train", f"    path: {name}/train-*.parquet"]
    lines += ["dataset_info:"]
    # `datasets` checks the number of examples, a free guard against a truncated file; it reads it only beside a size.
    sizes = content.shards.bytes()
    for name, count in rows.items():
        lines += [f"- config_name: {name}", "  splits:", "  - name: train"]
        lines += [f"    num_bytes: {sizes[name]}", f"    num_examples: {count}"]
    return "\n".join(lines) + "\n"


def _described(name: str, version: str, digest: str) -> str:
    return f"{schema.BY_NAME[name].says}; {version}, {digest}"


def _quoted(text: str) -> str:
    """JSON strings are YAML strings."""
    return json.dumps(text, ensure_ascii=False)


def _sections(content: Content, version: str) -> Iterator[str]:
    corpus, counts, rows = content.config.corpus, content.counts, content.shards.rows()
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
    yield "## Load"
    yield _LOAD.format(second="segments" if "segments" in rows else "documents")
    yield "## Account"
    yield _table(
        ("", "pages"), [("read", counts.pages), ("with documents", counts.pages_with_documents), ("set aside", dropped)]
    )
    if counts.dropped:
        reasons = [(rule or "–", reason, n) for (rule, reason, _), n in counts.dropped.most_common()]
        yield _table(("rule", "reason", "pages set aside"), reasons)
    if counts.edits:
        yield "What each stage did:"
        yield _table(("stage", "edits", "characters removed", "characters put in"), _by_stage(content))
        yield "The rules that removed most:"
        top = sorted(counts.edits.items(), key=lambda item: (-item[1][1], item[0]))[:TOP_RULES]
        header = ("rule", "stage", "edits", "characters removed", "characters put in")
        yield _table(header, [(rule or "–", stage, *sums) for (stage, rule), sums in top])
    yield "## Columns"
    for name, count in rows.items():
        table = schema.BY_NAME[name]
        yield f"**{name}** ({count:,} rows): {table.says}."
        yield _table(
            ("column", "type", "what it says"), [(f"`{c.name}`", _type(c.type), c.says) for c in table.columns]
        )
    yield _RESTORE
    yield _LIMITS
    yield (
        f"Version {version}, digest `{content.digest()}`; code {content.stamp.code_version}; configuration "
        f"`{content.stamp.config_digest}`. `manifest.json` holds the SHA-256 of every file and a digest of the rows of "
        "every table."
    )


def _by_stage(content: Content) -> list[tuple[str, int, int, int]]:
    sums: dict[str, list[int]] = {}
    for (stage, _), counts in content.counts.edits.items():
        total = sums.setdefault(stage, [0, 0, 0])
        for i, n in enumerate(counts):
            total[i] += n
    return [
        (stage, total[0], total[1], total[2]) for stage, total in sorted(sums.items(), key=lambda item: -item[1][1])
    ]


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
```

Without `datasets`: `pyarrow.parquet.read_table("documents")`, or any reader of Parquet."""

_RESTORE = """## Restore a page

Join the `text` of the page's documents by line feeds, in order of `ordinal` (a page in `dropped` begins with no text).
Take its rows of `edits`, highest `layer` first; in each layer, from the first edit to the last, put `removed` back in
place of `replacement` at `start`: going from first to last, positions are those of the text that comes back. The result
is the raw text: its SHA-256 in UTF-8 is `text_digest`. `jingwen show` does it for one page, `jingwen verify --all` for
every page."""

_LIMITS = """## Known limits

- Decoding and the rendering of HTML come before the first edit: they are recorded (`encoding`, `raw_digest`), not
  reversed.
- Rules are rules of thumb. Some menus stay, and some short lines of prose may have gone; the edits say which, and by
  what rule.
- Fields (title, source, date, authors) are read from the page as it stands and are null where it does not say.
- `published_at` is the clock of the page, marked as UTC for want of a zone.
- No personal data were sought or masked, and nothing was judged for truth or taste."""
