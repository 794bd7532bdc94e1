"""The steps of the corpus: what all parts together say. They run in the process that builds."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.engine.earlier import releases
from pipeline.engine.files import GRAMS, LINES, PAGES, PRINTS, TEMPLATES, load, save
from pipeline.engine.store import Store
from pipeline.engine.texts import Places, Texts
from pipeline.engine.toolkit import Recipe
from pipeline.errors import InputError
from pipeline.publish.parquet import sha256_of
from pipeline.stages.duplicates import KINDS

# Tables of so many parts are merged at a time: the merged one and these are all that is held.
_FAN_IN = 16


def lines_of_corpus(recipe: Recipe, store: Store, key: str, cleaned: Sequence[str]) -> dict[str, Any]:
    """Check that page ids are unique, and finish the summaries of lines and of grams where a rule needs them."""

    def make(folder: Path) -> dict[str, Any]:
        check_ids([load(store.path(k) / PAGES)["page_id"] for k in cleaned])
        tools = recipe.toolkit()
        if recipe.templates:
            merged = _merged([store.path(k) / LINES for k in cleaned], tools.merge_lines)
            save(folder / TEMPLATES, tools.templates(merged, recipe.chosen(recipe.TEMPLATES)))
        if recipe.grams:
            save(folder / GRAMS, _merged([store.path(k) / GRAMS for k in cleaned], tools.merge_grams))
        made = [(recipe.templates, TEMPLATES), (recipe.grams, GRAMS)]
        return {"sha256": "".join(sha256_of(folder / name) for there, name in made if there)}

    return store.once(key, make)


def copies_of_corpus(
    recipe: Recipe, store: Store, key: str, shaped: Sequence[str], against: Sequence[str] = ()
) -> dict[str, Any]:
    """Find which pages are copies of which; each part gets the rows of its own pages, and is redone only for those.

    `against` are the folders of earlier releases.
    """

    def make(folder: Path) -> dict[str, Any]:
        if not recipe.duplicates:
            return {"parts": [""] * len(shaped)}
        tools = recipe.toolkit()
        prints = _Prints([store.path(k) / PRINTS for k in shaped])
        texts = Texts([store.path(k) / PAGES for k in shaped])
        kinds = [kind for code, kind in KINDS.items() if recipe.selection(code)]
        buckets = folder / "buckets"
        buckets.mkdir()
        earlier = releases(against, buckets)
        copies = tools.keepers(prints, texts, recipe.chosen(recipe.DUPLICATES), earlier, kinds, buckets)
        shutil.rmtree(buckets)
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


class _Prints:
    """The fingerprints of all parts, a part at a time, read and let go: a map would stay in memory."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths

    def __iter__(self) -> Iterator[pa.Table]:
        for path in self._paths:
            with pa.OSFile(str(path)) as file:
                yield pa.ipc.open_file(file).read_all()


def _merged(paths: Sequence[Path], merge: Callable[[Sequence[pa.Table]], pa.Table]) -> pa.Table:
    merged: list[pa.Table] = []
    for low in range(0, len(paths), _FAN_IN):
        merged = [merge([*merged, *(load(path) for path in paths[low : low + _FAN_IN])])]
    return merged[0]
