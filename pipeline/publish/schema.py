"""The only list of columns: of the tables of a release, and of the files that passes hand on to each other."""

import json
from functools import cache
from typing import Any, NamedTuple

import pyarrow as pa

TEXT, WHOLE, LONG, REAL = pa.string(), pa.int32(), pa.int64(), pa.float64()
TIME = pa.timestamp("us", tz="UTC")
CODED = pa.dictionary(WHOLE, TEXT)
TEXTS = pa.list_(TEXT)
PAIRS = pa.list_(pa.struct([("name", TEXT), ("value", TEXT)]))


class Column(NamedTuple):
    """A column of a release and what it says. `coded`: few distinct values, so that a dictionary pays."""

    name: str
    type: pa.DataType
    says: str
    coded: bool = False


class Table(NamedTuple):
    """A table of a release. A row group ends after `group_rows` rows, so that it stays far below 64 MiB.

    `words` are the columns that make up its texts: what another release must share with it to have the same texts.
    `split` says that its rows go to train, validation and test by their document; all others are in train.
    """

    name: str
    says: str
    columns: tuple[Column, ...]
    group_rows: int
    words: tuple[str, ...] = ()
    split: bool = False

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema, with the features that `datasets` reads."""
        return _schema(self.columns)

    @property
    def coded_schema(self) -> pa.Schema:
        """That of rows not written yet: `coded` columns are dictionaries, whose values are copied and hashed once."""
        return _coded_schema(self.columns)

    @property
    def coded(self) -> list[str]:
        """The columns for which a dictionary pays."""
        return [c.name for c in self.columns if c.coded]


DOCUMENTS = Table("documents", "one row an article", (
    Column("doc_id", TEXT, "page_id, `#` and ordinal"),
    Column("page_id", TEXT, "the raw page that it comes from"),
    Column("ordinal", WHOLE, "its place among the documents of the page, from 0"),
    Column("title", TEXT, "headline, read from the page or given with it"),
    Column("subtitle", TEXT, "second headline"),
    Column("original_title", TEXT, "headline under which it was first published"),
    Column("text", TEXT, "the clean text, one paragraph a line"),
    Column("source", TEXT, "the publisher that the page names", True),
    Column("url", TEXT, "address of the page"),
    Column("site", TEXT, "host of the address, or the folder of the page", True),
    Column("authors", TEXTS, "all who wrote it"),
    Column("reporters", TEXTS, "those of the authors who are reporters"),
    Column("correspondents", TEXTS, "those of the authors who are correspondents"),
    Column("photographers", TEXTS, "photographers"),
    Column("translators", TEXTS, "translators"),
    Column("editor", TEXT, "the editor in charge"),
    Column("published_at", TIME, "the date as a time; local time as the page gives it, no zone converted"),
    Column("date", TEXT, "the date as ISO text, to the day or the minute as the page gives it"),
    Column("page_number", TEXT, "page of the newspaper, as 04 or A06"),
    Column("section", TEXT, "section of the newspaper or the site", True),
    Column("views", LONG, "how often the page was viewed, as it says"),
    Column("tags", TEXTS, "keywords"),
    Column("captions", TEXTS, "captions of pictures, lifted out of the text"),
    Column("overlaps", TEXTS, "where it shares text with an evaluation set: `set:item at start-end`; often empty"),
    Column("extra", PAIRS, "other fields of the page, and metadata that came with it"),
    Column("lang", TEXT, "language, as BCP 47", True),
    Column("script", TEXT, "script of the raw page: Hans, Hant or mixed; null where no character tells", True),
    Column("encoding", TEXT, "character encoding of the raw bytes", True),
    Column("n_chars", WHOLE, "characters of the text"),
    Column("n_tokens", WHOLE, "tokens of the text; null where no tokenizer was given"),
    Column("n_sentences", WHOLE, "sentences of the text"),
    Column("n_edits", WHOLE, "edits made to the page"),
    Column("removed_chars", WHOLE, "characters that edits took out of the page"),
    Column("han_ratio", REAL, "share of Han characters among those that are no space"),
    Column("stops_ratio", REAL, "share of stops (，。、；！？…) among those that are no space"),
    Column("ended_ratio", REAL, "share of lines that end like a sentence"),
    Column("mean_line_chars", REAL, "mean length of a line in characters"),
    Column("repeated_chars", WHOLE, "characters in paragraphs that stand on other pages too"),
    Column("dup_cluster", TEXT, "the smallest page_id among the page and its copies; null where it has none"),
    Column("split", TEXT, "train, validation or test: by the cluster, so that no copies stand on two sides", True),
    Column("config_digest", TEXT, "digest of the configuration", True),
    Column("code_version", TEXT, "version and digest of the code", True),
    Column("raw_digest", TEXT, "SHA-256 of the bytes that were read"),
    Column("text_digest", TEXT, "SHA-256 of the raw text of the page, in UTF-8"),
), 4096, ("doc_id", "text", "split"), True)  # fmt: skip

SEGMENTS = Table("segments", "headings, paragraphs and sentences, as spans of a document", (
    Column("doc_id", TEXT, "the document", True),
    Column("ordinal", WHOLE, "its place among the segments of the document; a paragraph stands before its sentences"),
    Column("kind", TEXT, "heading, paragraph or sentence", True),
    Column("start", WHOLE, "first character, in code points of the document"),
    Column("end", WHOLE, "one past the last character"),
    Column("text", TEXT, "the text between them"),
), 65_536, ("doc_id", "kind", "start", "end"), True)  # fmt: skip

PASSAGES = Table("passages", "whole sentences of one document packed to a budget: segments of the kind passage", (
    Column("doc_id", TEXT, "the document", True),
    Column("ordinal", WHOLE, "its place among the passages of the document"),
    Column("kind", TEXT, "passage", True),
    Column("start", WHOLE, "first character, in code points of the document"),
    Column("end", WHOLE, "one past the last character"),
    Column("text", TEXT, "the text between them"),
    Column("n_chars", WHOLE, "characters of the text"),
    Column("n_tokens", WHOLE, "tokens of the text; null where no tokenizer was given"),
), 8192, ("doc_id", "start", "end"), True)  # fmt: skip

EDITS = Table("edits", "everything that was changed, in order; inverted they restore the raw page", (
    Column("page_id", TEXT, "the page", True),
    Column("stage", TEXT, "the stage that made the edit", True),
    Column("layer", WHOLE, "its place among the stages; later layers see what earlier ones left"),
    Column("ordinal", WHOLE, "its place in the layer of the page, from 0"),
    Column("rule", TEXT, "code of the rule", True),
    Column("start", WHOLE, "first character, in code points of the page as the stage saw it"),
    Column("end", WHOLE, "one past the last character"),
    Column("removed", TEXT, "what stood there"),
    Column("replacement", TEXT, "what stands there now"),
    Column("note", TEXT, "why, in a few words; null where the rule says all", True),
    Column("link", WHOLE, "ordinal of the edit of the same layer that the text was moved to or from; null where none"),
    Column("removed_bytes", pa.binary(), "UTF-8 of `removed` where that has U+FFFD for lone surrogates"),
), 65_536)  # fmt: skip

FIELDS = Table("fields", "values read from the pages or given with them, with the place they were read at", (
    Column("page_id", TEXT, "the page", True),
    Column("doc_id", TEXT, "the document it belongs to; null where that, or the page, was dropped", True),
    Column("name", TEXT, "title, source, date, authors, …", True),
    Column("value", TEXT, "the value, in normal form"),
    Column("stage", TEXT, "the stage that read it; `given` where it came with the page", True),
    Column("rule", TEXT, "code of the rule; null where none read it", True),
    Column("start", WHOLE, "first character, in code points of the page as the stage saw it; null where not in it"),
    Column("end", WHOLE, "one past the last character"),
), 65_536)  # fmt: skip

DROPPED = Table("dropped", "pages that gave no document, with the reason and the raw text", (
    Column("page_id", TEXT, "the page"),
    Column("url", TEXT, "address of the page"),
    Column("site", TEXT, "host of the address, or the folder of the page", True),
    Column("rule", TEXT, "code of the rule; null where the page could not be read", True),
    Column("reason", TEXT, "why"),
    Column("kept_page_id", TEXT, "for a copy, the page that was kept"),
    Column("kept_release", TEXT, "for a copy of a page of an earlier release, that release", True),
    Column("similarity", REAL, "for a copy, how alike the two are, from 0 to 1: the Jaccard index of their character "
           "5-grams, or the share of its own 5-grams for an excerpt"),
    Column("dup_cluster", TEXT, "the cluster of copies that it belongs to"),
    Column("encoding", TEXT, "character encoding of the raw bytes", True),
    Column("raw_digest", TEXT, "SHA-256 of the bytes that were read"),
    Column("text_digest", TEXT, "SHA-256 of the raw text of the page, in UTF-8"),
    Column("text", TEXT, "the raw text; null for bytes that could not be decoded"),
    Column("text_bytes", pa.binary(), "UTF-8 of `text` where that has U+FFFD for lone surrogates"),
    Column("raw_bytes", pa.binary(), "the bytes that could not be read as text, up to 1 MiB; else null"),
), 4096)  # fmt: skip

FINGERPRINTS = Table("fingerprints", "what finds copies of the published pages without their texts", (
    Column("page_id", TEXT, "the page"),
    Column("cluster", TEXT, "its dup_cluster"),
    Column("date", TEXT, "the date by which copies are put in order"),
    Column("n_chars", LONG, "characters of its text"),
    Column("n_grams", LONG, "its character 5-grams, spaces left out"),
    Column("exact", pa.binary(), "128-bit hash of the text, folded, without spaces"),
    Column("signature", pa.binary(), "MinHash: 128 numbers of 16 bits, little-endian"),
    Column("paragraphs", pa.list_(LONG), "hashes of its paragraphs"),
    Column("sentences", pa.list_(LONG), "hashes of its sentences"),
), 16_384)  # fmt: skip

TABLES = (DOCUMENTS, SEGMENTS, PASSAGES, EDITS, FIELDS, DROPPED, FINGERPRINTS)
BY_NAME = {table.name: table for table in TABLES}
SPLITS = ("train", "validation", "test")

# What passes hand on, one record batch for each batch of pages. `breaks` are positions in the page at which another
# document begins; a page with an aside_reason is set aside, and `unread` says that its bytes could not be decoded.
# `text` is UTF-16, little-endian, with a line feed at its end: half of what the code points of a batch take.
PASS_PAGES = pa.schema([
    ("page_id", TEXT), ("url", TEXT), ("site", TEXT), ("meta", TEXT), ("encoding", TEXT), ("reader", TEXT),
    ("raw_digest", TEXT), ("text_digest", TEXT), ("unread", pa.bool_()), ("raw", pa.binary()),
    ("hints", pa.binary()), ("text", pa.large_binary()), ("breaks", pa.list_(LONG)),
    ("aside_rule", TEXT), ("aside_reason", TEXT), ("kept_page_id", TEXT), ("similarity", REAL),
])  # fmt: skip

# `page` is the index in the batch.
PASS_EDITS = pa.schema([
    ("page", WHOLE), ("layer", pa.int16()), ("ordinal", WHOLE), ("rule", TEXT), ("start", WHOLE), ("end", WHOLE),
    ("removed", TEXT), ("replacement", TEXT), ("note", TEXT), ("link", WHOLE), ("removed_bytes", pa.binary()),
])  # fmt: skip

# `at` is where the place of the field stands in the text after the pass: it says which document the field belongs to.
PASS_FIELDS = pa.schema([
    ("page", WHOLE), ("name", TEXT), ("value", TEXT), ("start", WHOLE), ("end", WHOLE), ("rule", TEXT), ("stage", TEXT),
    ("at", WHOLE),
])  # fmt: skip


@cache
def _schema(columns: tuple[Column, ...]) -> pa.Schema:
    fields = [pa.field(c.name, c.type) for c in columns]
    return pa.schema(fields, metadata={"huggingface": features(columns)})


@cache
def _coded_schema(columns: tuple[Column, ...]) -> pa.Schema:
    return pa.schema([pa.field(c.name, CODED if c.coded else c.type) for c in columns])


def features(columns: tuple[Column, ...]) -> str:
    """The features of a table as `datasets` writes them into the schema; importing it for that would take seconds."""
    return json.dumps({"info": {"features": {c.name: _feature(c.type) for c in columns}}})


def _feature(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_list(kind):
        return {"feature": _feature(kind.value_type), "_type": "List"}
    if pa.types.is_struct(kind):
        return {kind.field(i).name: _feature(kind.field(i).type) for i in range(kind.num_fields)}
    return {"dtype": _NAMES.get(kind, str(kind)), "_type": "Value"}


_NAMES = {pa.float64(): "float64", TIME: "timestamp[us, tz=UTC]"}
