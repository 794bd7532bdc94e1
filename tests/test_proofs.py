"""Proofs of an earlier build: nothing is compared twice, and what comes out does not tell what was known."""

import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.corpus import fingerprints
from pipeline.corpus.keepers import keepers
from pipeline.corpus.proofs import SCHEMA, Proofs
from pipeline.document import Page
from pipeline.engine import corpus, files, texts
from pipeline.engine.plan import build
from pipeline.engine.store import Store
from pipeline.engine.uses import Uses, nearest
from tests.test_build import bytes_of, config, toolkit
from tests.test_corpus import edited, numbered, prose, text_by
from tests.test_release import DAMAGES, records, write


def found(pages: Sequence[Page], known: pa.Table | None = None) -> tuple[pa.Table, pa.Table]:
    """Copies, and the proofs that they took."""
    proofs = Proofs(known)
    prints = fingerprints.of([p.text for p in pages], [p.id for p in pages], [p.meta.get("date") for p in pages])
    return keepers([prints], text_by(pages), proofs=proofs), proofs.table()


def bodies(seed: int) -> list[str]:
    """Texts with exact and near copies and excerpts among them."""
    out = []
    for base in range(4):
        text = "。".join(prose(40, 100 * seed + 10 * base + k) for k in range(8))
        excerpt = "。".join(text.split("。")[1:4])
        out += [text, text, edited(text, 0.02, base), edited(text, 0.04, base + 9), excerpt, excerpt + prose(9, base)]
    return out


def refused(page_ids: Sequence[str]) -> list[str]:
    raise AssertionError(f"the texts of {page_ids} were read")


def test_what_was_proved_is_never_read_again() -> None:
    pages = numbered(bodies(1))
    table, known = found(pages)
    assert {"jaccard", "containment"} == set(known["measure"].to_pylist())
    prints = fingerprints.of([p.text for p in pages], [p.id for p in pages])
    assert keepers([prints], refused, proofs=Proofs(known)) == table


@settings(max_examples=25)
@given(st.randoms(use_true_random=False), st.integers(0, 3))
def test_proofs_of_any_earlier_corpus_change_neither_copies_nor_proofs(r: random.Random, gone: int) -> None:
    texts_ = bodies(1) + bodies(2)[:9]
    some = [r.choice(texts_) for _ in range(r.randint(0, 20))]
    days = [f"20{r.randint(10, 12)}-01-01" for _ in some]
    before = [Page(f"p{i}", t, meta={"date": d}) for i, (t, d) in enumerate(zip(some, days, strict=True))]
    r.shuffle(some)
    after = numbered([*some[gone:], edited(r.choice(texts_), 0.02, 77)])
    _, known = found(before)
    for table in (known, known.slice(gone), known.take(pa.array(range(0, len(known), 2), pa.int64()))):
        assert found(after, table) == found(after)


def test_a_hash_that_looks_like_another_is_no_proof() -> None:
    ends = np.array([[1, 2, 3, 4], [5, 6, 7, 8]], dtype=np.uint64)
    proofs = Proofs()
    proofs.add("jaccard", ends, np.array([0.5, 0.25]))
    proofs.add("jaccard", ends[:1], np.array([0.5]))
    known = Proofs(proofs.table())
    assert proofs.table()["value"].to_pylist() == [0.5, 0.25]
    asked = np.concatenate((ends[::-1], ends[:, ::-1], np.array([[1, 2, 3, 5]], dtype=np.uint64)))
    assert known.of("jaccard", asked).tolist()[:2] == [0.25, 0.5]
    assert np.isnan(known.of("jaccard", asked)[2:]).all()
    assert np.isnan(known.of("containment", ends)).all()
    assert Proofs(SCHEMA.empty_table()).table().equals(SCHEMA.empty_table())


# ---- in a build


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a release, its store, and then one page of its input changed."""
    home = tmp_path_factory.mktemp("first")
    texts_ = [text.replace("。", "。\n") + "。" for seed in range(3) for text in bodies(seed)]
    write(home / "pages.jsonl", [{"id": f"p{i:03d}", "url": "", "text": text} for i, text in enumerate(texts_)])
    build(config(home, home / "pages.jsonl", part_mb=0.004), toolkit=toolkit)
    rows = records(home / "pages.jsonl")
    rows[26]["text"] += "\n多了一句话。"
    write(home / "pages.jsonl", rows)
    return home


def untouched(store: Path) -> None:
    """Nothing is done to it."""


def unlike(store: Path) -> None:
    """Proofs that other code made."""
    (path,) = store.glob("keepers-*/proofs.arrow")
    key = path.parent.name
    table = files.load(path).replace_schema_metadata({"made": "otherwise"})
    values = pa.array(np.zeros(len(table)))
    shutil.rmtree(path.parent)

    def make(folder: Path) -> dict[str, object]:
        files.save(folder / "proofs.arrow", table.set_column(5, "value", values))
        return {"parts": []}

    Store(store).once(key, make)


def damaged(store: Path) -> None:
    """Proofs that are not what was written."""
    (path,) = store.glob("keepers-*/proofs.arrow")
    DAMAGES["flipped"](path)


def gone(store: Path) -> None:
    """No earlier copies at all."""
    for path in store.glob("keepers-*"):
        shutil.rmtree(path)


@pytest.mark.parametrize("harm", [untouched, unlike, damaged, gone])
def test_a_release_is_the_same_whatever_was_proved_before(
    harm: object, first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    plain = texts.Texts.__call__

    def counted(self: texts.Texts, page_ids: Sequence[str]) -> list[str]:
        read.append(len(page_ids))
        return plain(self, page_ids)

    monkeypatch.setattr(texts.Texts, "__call__", counted)
    home = tmp_path / "home"
    shutil.copytree(first, home, symlinks=True)
    assert callable(harm)
    harm(home / "store")
    asked = config(home, home / "pages.jsonl", part_mb=0.004)
    place = build(asked, toolkit=toolkit).path
    made = bytes_of(place)
    here, read[:] = sum(read), []
    shutil.rmtree(home / "store")
    shutil.rmtree(place)
    assert bytes_of(build(asked, toolkit=toolkit).path) == made
    assert sum(read) > 20
    assert here < 10 if harm is untouched else here == sum(read)


def test_the_release_nearest_to_a_build_is_the_one_that_shares_most(tmp_path: Path) -> None:
    keys = [[f"shape-{name}" for name in names] for names in ("ab", "abc", "bcd")]
    made = [Uses(tmp_path / str(i), "", own, {}, []) for i, own in enumerate(keys)]
    assert nearest(made, "shape", ["shape-a", "shape-b"]) is made[1]
    assert nearest(made, "shape", ["shape-d"]) is made[2]
    assert nearest([], "shape", []) is None


def test_proofs_name_the_code_that_made_them(monkeypatch: pytest.MonkeyPatch) -> None:
    now = corpus._how_proved()
    monkeypatch.setattr("pipeline.engine.code.libraries", lambda: {"numpy": "0"})
    assert corpus._how_proved() != now
