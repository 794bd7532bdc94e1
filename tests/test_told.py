"""What a release tells as columns, held equal to the same told one by one."""

from collections import Counter
from random import Random

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.document import LISTS, WHOLE_PAGE, Page
from pipeline.edit import Edit, Edits
from pipeline.engine.tally import _under
from pipeline.publish import schema
from pipeline.publish.documents import alike, coded, table_batch
from pipeline.publish.restore import raw_texts, restored
from pipeline.publish.rows import columns_hashed
from pipeline.publish.tables import strings
from pipeline.publish.told import MANY, SINGLE, OfDocuments, Placed, told_of
from tests.strategies import History, histories

Row = tuple[int, str, str]
NAMES = st.sampled_from(["title", "source", "tags", "authors", "script", "region", "interns", "note"])
VALUES = st.sampled_from(["", "甲", "乙", "丙"])
META = st.dictionaries(st.sampled_from(["title", "tags", "region", "script", "pid"]), VALUES, max_size=3)


def _plain(page: list[int], rows: list[tuple[int, str, str, bool]], metas: list[dict[str, str]]) -> list[object]:
    """Each document by itself: single values, lists, other pairs, script."""
    told: list[Row] = [(d, n, v) for d, n, v, left in rows if d >= 0 and not left]
    told += [(d, n, v) for d, n, v, left in rows if d >= 0 and left]
    siblings = {p: [d for d, own in enumerate(page) if own == p] for p in page}
    said: dict[tuple[int, str], list[Row]] = {}
    for row in told:
        if row[1] in WHOLE_PAGE:
            said.setdefault((page[row[0]], row[1]), []).append(row)
    for (p, name), own in said.items():
        told += [(d, name, v) for d in siblings[p] if d not in {d for d, _, _ in own} for _, _, v in own]
    known = {*SINGLE, *MANY}
    given = [(d, n, v) for d, m in enumerate(metas) for n, v in sorted(m.items()) if n in known]
    alone = [Counter(page)[p] == 1 for p in page]
    first = [row for row in given if alone[row[0]]]
    settled = {row[:2] for row in first}
    told = [*first, *(r for r in told if r[:2] not in settled), *(r for r in given if not alone[r[0]])]
    told += [(d, n, v) for d, m in enumerate(metas) for n, v in sorted(m.items()) if n not in known]
    out: list[object] = []
    for d in range(len(page)):
        mine = [(n, v) for of, n, v in told if of == d]
        single = {name: next((v for n, v in mine if n == name), None) for name in SINGLE}
        many = {name: [*dict.fromkeys(v for n, v in mine if n == name)] for name in MANY}
        extra: list[tuple[str, str]] = []
        for n, v in mine:
            fresh = (n, v) not in extra if n in LISTS else all(n != other for other, _ in extra)
            if n not in known and n != "script" and fresh:
                extra.append((n, v))
        out.append((single, many, extra, next((v for n, v in mine if n == "script" and v), None)))
    return out


@given(st.data())
def test_fields_told_as_columns_are_those_told_one_by_one(data: st.DataObject) -> None:
    page = sorted(data.draw(st.lists(st.integers(0, 3), max_size=5)))
    doc = st.integers(-1, len(page) - 1)
    rows = data.draw(st.lists(st.tuples(doc, NAMES, VALUES, st.booleans()), max_size=12))
    metas = {p: data.draw(META) for p in page}
    numbers = np.array(page, dtype=np.int64)
    fields = OfDocuments(
        np.array([r[0] for r in rows], dtype=np.int64), strings([r[1] for r in rows]), strings([r[2] for r in rows]),
        np.array([r[3] for r in rows], dtype=bool),
    )  # fmt: skip
    told = told_of(Placed(numbers, numbers, numbers, numbers), fields, [Page(str(p), "", meta=metas[p]) for p in page])
    found = [
        (
            {name: told.single[name][d].as_py() for name in SINGLE},
            {name: told.many[name][d].as_py() for name in MANY},
            [(pair["name"], pair["value"]) for pair in told.extra[d].as_py()],
            told.script[d].as_py(),
        )
        for d in range(len(page))
    ]
    assert found == _plain(page, rows, [metas[p] for p in page])


@given(st.lists(st.none() | st.sampled_from("甲乙丙"), max_size=9), st.integers(0, 9))
def test_texts_of_a_dictionary_are_hashed_as_texts(values: list[str | None], cut: int) -> None:
    plain = pa.table({"a": pa.array(values, pa.string()), "b": ["丁"] * len(values)}).to_batches()
    table = plain[0] if plain else pa.record_batch({"a": pa.array([], pa.string()), "b": pa.array([], pa.string())})
    some = pa.array(values, pa.string()).dictionary_encode()
    kept = pa.concat_arrays([some.slice(cut), some.slice(0, cut)]) if cut < len(some) else some
    order = [*range(cut, len(values)), *range(cut)] if cut < len(some) else list(range(len(values)))
    held = pa.record_batch({"a": kept, "b": alike("丁", len(kept))})
    for name, found in columns_hashed(held).items():
        assert found.tolist() == columns_hashed(table)[name][order].tolist()


@given(st.lists(st.integers(1, 400), max_size=6))
def test_rows_under_a_mask_are_the_same_sliced_or_copied(runs: list[int]) -> None:
    under = np.repeat(np.arange(len(runs)) % 2 == 0, runs)
    rows = pa.record_batch({"a": pa.array(range(len(under)), pa.int64())})
    found = _under(rows, under)
    assert found["a"].to_pylist() == np.flatnonzero(under).tolist()


def test_coded_columns_say_what_they_were_made_of() -> None:
    columns = {
        "page_id": coded(np.array([1, 0, 1]), ["p", "q"]), "doc_id": coded(np.array([0, -1, 1]), ["q#0", "q#1"]),
        "name": ["n", "n", "m"], "value": ["1", "2", "3"], "stage": alike("given", 3), "rule": [None, "MET101", None],
        "start": np.array([0, 1, 2]), "end": np.array([1, 2, 3]),
    }  # fmt: skip
    batch = table_batch(schema.FIELDS, columns).cast(schema.FIELDS.schema)
    assert batch["page_id"].to_pylist() == ["q", "p", "q"]
    assert batch["doc_id"].to_pylist() == ["q#0", None, "q#1"]
    assert batch["rule"].to_pylist() == [None, "MET101", None]
    assert batch["stage"].to_pylist() == ["given"] * 3


@given(st.lists(histories(), max_size=4), st.randoms())
def test_pages_are_restored_whatever_the_order_of_their_edits(pages: list[History], random: Random) -> None:
    rows = []
    for p, (_, steps, _) in enumerate(pages):
        for layer, (text, edits) in enumerate(steps):
            rows += [_row(p, layer, i, text, edit) for i, edit in enumerate(edits.rows())]
    random.shuffle(rows)
    batch = pa.RecordBatch.from_pylist(rows, schema.PASS_EDITS)
    assert restored([final for _, _, final in pages], batch) == [raw for raw, _, _ in pages]
    some = random.sample(range(len(pages)), len(pages) // 2)
    raws = raw_texts([pages[p][2] for p in some], batch, some)
    assert raws.to_pylist() == [pages[p][0].encode("utf-8", "surrogatepass") for p in some]


def _row(page: int, layer: int, ordinal: int, text: str, edit: Edit) -> dict[str, object]:
    taken = text[edit.start : edit.end]
    lone = any(0xD800 <= ord(c) < 0xE000 for c in taken)
    return {
        "page": page, "layer": layer, "ordinal": ordinal, "rule": edit.rule, "start": edit.start, "end": edit.end,
        "removed": taken.encode("utf-8", "replace").decode() if lone else taken, "replacement": edit.replacement,
        "removed_bytes": taken.encode("utf-8", "surrogatepass") if lone else None,
    }  # fmt: skip


def test_lone_surrogates_that_were_removed_come_back() -> None:
    steps = [("甲\ud800乙丙", Edits.of([Edit(1, 3, "x")])), ("甲x丙", Edits.of([Edit(0, 3)]))]
    rows = [_row(0, layer, i, text, e) for layer, (text, edits) in enumerate(steps) for i, e in enumerate(edits.rows())]
    rows[0]["removed"] = "\ufffd乙"
    assert restored([""], pa.RecordBatch.from_pylist(rows, schema.PASS_EDITS)) == ["甲\ud800乙丙"]
