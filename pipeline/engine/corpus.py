"""The steps of the corpus: what all parts together say. They run in the process that builds."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.engine.files import GRAMS, LINES, PAGES, PRINTS, TEMPLATES, load, save
from pipeline.engine.store import Store
from pipeline.engine.toolkit import Recipe
from pipeline.errors import InputError
from pipeline.publish.parquet import sha256_of

# Tables of so many parts are merged at a time: the merged one and these are all that is held.
_FAN_IN = 16


def lines_of_corpus(recipe: Recipe, store: Store, key: str, cleaned: Sequence[str]) -> dict[str, Any]:
    """Check that page ids are unique, and finish the summaries of lines and of grams where a rule needs them."""

    def make(folder: Path) -> dict[str, Any]:
        check_ids([load(store.path(k) / PAGES)["page_id"] for k in cleaned])
        tools = recipe.toolkit()
        if recipe.templates:
            merged = _merged([store.path(k) / LINES for k in cleaned], tools.merge_lines)
            save(folder / TEMPLATES, tools.templates(merged, _options(recipe, recipe.TEMPLATES)))
        if recipe.grams:
            save(folder / GRAMS, _merged([store.path(k) / GRAMS for k in cleaned], tools.merge_grams))
        made = [(recipe.templates, TEMPLATES), (recipe.grams, GRAMS)]
        return {"sha256": "".join(sha256_of(folder / name) for there, name in made if there)}

    return store.once(key, make)


def copies_of_corpus(recipe: Recipe, store: Store, key: str, shaped: Sequence[str]) -> dict[str, Any]:
    """Find which pages are copies of which; each part gets the rows of its own pages, and is redone only for those."""

    def make(folder: Path) -> dict[str, Any]:
        if not recipe.duplicates:
            return {"parts": [""] * len(shaped)}
        tools = recipe.toolkit()
        prints = [load(store.path(k) / PRINTS) for k in shaped]
        pages = [load(store.path(k) / PAGES) for k in shaped]
        copies = tools.keepers(tools.merge_prints(prints), Texts(pages), _options(recipe, recipe.DUPLICATES))
        digests = []
        for shaped_key, part in zip(shaped, prints, strict=True):
            own = copies.filter(
                pc.is_in(copies["page_id"], value_set=part["page_id"].combine_chunks())
            ).combine_chunks()
            path = folder / f"{shaped_key}.arrow"
            save(path, own)
            digests.append(sha256_of(path))
        return {"parts": digests}

    return store.once(key, make)


def check_ids(ids: Sequence[pa.ChunkedArray]) -> None:
    """Raise InputError where two pages have one id."""
    places = Places(ids)
    twice = places.first_twice()
    if twice is not None:
        raise InputError(
            f'Two pages of the input have the id "{twice}". An id names one page, in the release and in every edit; '
            "give each page its own (in [source], `id` names the field that holds it), or leave it out and one is made."
        )


class Places:
    """Where each id stands among the rows of all parts, in 16 bytes an id."""

    def __init__(self, ids: Sequence[pa.ChunkedArray]) -> None:
        self._ids = pa.chunked_array([chunk for column in ids for chunk in column.chunks], pa.string())
        hashes = [np.fromiter(map(hash, chunk.to_pylist()), np.int64, len(chunk)) for chunk in self._ids.chunks]
        every = np.concatenate(hashes) if hashes else np.zeros(0, dtype=np.int64)
        self._order = np.argsort(every, kind="stable")
        self._sorted = every[self._order]

    def row(self, page_id: str) -> int:
        """The row of an id."""
        low, high = np.searchsorted(self._sorted, hash(page_id), side="left"), len(self._sorted)
        while low < high and self._sorted[low] == hash(page_id):
            row = int(self._order[low])
            if self._ids[row].as_py() == page_id:
                return row
            low += 1
        raise KeyError(page_id)

    def first_twice(self) -> str | None:
        """An id that stands there twice, or None."""
        for i in np.flatnonzero(self._sorted[1:] == self._sorted[:-1]).tolist():
            one, other = (self._ids[int(self._order[j])].as_py() for j in (i, i + 1))
            if one == other:
                return str(one)
        return None


class Texts:
    """The texts of pages by id, read from the files that the parts lie in."""

    def __init__(self, pages: Sequence[pa.Table]) -> None:
        self._places = Places([table["page_id"] for table in pages])
        self._texts = pa.chunked_array([chunk for table in pages for chunk in table["text"].chunks], pa.string())

    def __call__(self, page_ids: Sequence[str]) -> list[str]:
        """The texts of those pages."""
        return [self._texts[self._places.row(page_id)].as_py() for page_id in page_ids]


def _merged(paths: Sequence[Path], merge: Callable[[Sequence[pa.Table]], pa.Table]) -> pa.Table:
    merged: list[pa.Table] = []
    for low in range(0, len(paths), _FAN_IN):
        merged = [merge([*merged, *(load(path) for path in paths[low : low + _FAN_IN])])]
    return merged[0]


def _options(recipe: Recipe, name: str) -> Any:
    chosen = recipe.options.get(name)
    return chosen if chosen is not None else next(s.options() for s in recipe.toolkit().stages if s.name == name)
