"""The steps of the corpus: what all parts together say. They run in the process that builds."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.config import SourceConfig
from pipeline.corpus import overlaps, sample
from pipeline.engine import code
from pipeline.engine.earlier import releases
from pipeline.engine.files import GRAMS, LINES, PAGES, PRINTS, SAMPLE, SETS, TEMPLATES, load, save
from pipeline.engine.store import DamagedError, Store, digest_of, sha256_of
from pipeline.engine.texts import Places, Texts
from pipeline.engine.toolkit import Recipe
from pipeline.errors import InputError, UsageError
from pipeline.stages.duplicates import KINDS

# Tables of so many parts are merged at a time: the merged one and these are all that is held.
_FAN_IN = 16


def lines_of_corpus(recipe: Recipe, store: Store, key: str, cleaned: Sequence[str]) -> dict[str, Any]:
    """Check that page ids are unique, finish the summary of lines and count grams, where a rule needs them.

    The result tells for each part what the summary says of its own lines, and what the grams are: a part is redone
    where that is something new. `grams` is the key of the work that counted them, if any.
    """

    def make(folder: Path) -> dict[str, Any]:
        check_ids([load(store.checked(k, PAGES))["page_id"] for k in cleaned])
        tools, options = recipe.toolkit(), recipe.chosen(recipe.TEMPLATES)
        grams = ""
        if recipe.grams:
            grams = _grams(recipe, store, cleaned)
            shutil.copy(store.checked(grams, GRAMS), folder)
        if not recipe.templates:
            return {"parts": [grams] * len(cleaned), "grams": grams}
        paths = [store.checked(k, LINES) for k in cleaned]
        table = tools.templates(_merged(paths, tools.merge_lines), options)
        save(folder / TEMPLATES, table)
        templates = tools.templates_of(table)
        return {"parts": [templates.digest(load(path), options) + grams for path in paths], "grams": grams}

    return store.once(key, make)


def _grams(recipe: Recipe, store: Store, cleaned: Sequence[str]) -> str:
    """The key of the grams of the sample; they are counted anew only where a text of it is new."""
    pages = sample.drawn(load(store.checked(k, SAMPLE)) for k in cleaned)
    own = digest_of(
        code.digest("corpus", "frequent.py", "lines.py", "engine/toolkit.py"),
        code.libraries(),
        [p.text.hex() for p in pages],
    )
    key = f"grams-{own[:32]}"

    def make(folder: Path) -> dict[str, Any]:
        save(folder / GRAMS, recipe.grams_of(_sampled(store, cleaned, pages)))
        return {}

    store.once(key, make)
    return key


def _sampled(store: Store, cleaned: Sequence[str], pages: Sequence[sample.Drawn]) -> Iterator[str]:
    """The texts of the sample, in order, each as it was when it was drawn."""
    for part, own in groupby(pages, itemgetter(0)):
        path = store.path(cleaned[part]) / PAGES
        texts = load(path)["text"]
        for page in own:
            try:
                text = str(texts[page.row].as_py())
            except ValueError:  # no UTF-8
                text = ""
            if sample.digest(text) != page.text:
                raise DamagedError(cleaned[part], str(path))
            yield text


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
        prints = _Prints([store.checked(k, PRINTS) for k in shaped])
        texts = Texts([store.checked(k, PAGES) for k in shaped])
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


def sets_of_evaluation(recipe: Recipe, store: Store, key: str) -> dict[str, Any]:
    """The windows of all evaluation sets, as one table."""

    def make(folder: Path) -> dict[str, Any]:
        options, tools = recipe.options[recipe.EVALUATION], recipe.toolkit()
        tables = []
        for path in options.sets:
            parts = tools.parts(SourceConfig(path), 0)
            pages = (page for part in parts for page in tools.read(part))
            tables.append(overlaps.windows_of(pages, options.min_chars, Path(path).name))
            if not len(tables[-1]):
                raise UsageError(
                    f"{path}: no item of this evaluation set has {options.min_chars} letters in a row, so no page "
                    "could share them. [stages.evaluation] min_chars may be lower; or look at the file."
                )
        save(folder / SETS, overlaps.merge(tables))
        return {"sets": len(tables)}

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
            with pa.OSFile(os.fsencode(path)) as file:
                yield pa.ipc.open_file(file).read_all()


def _merged(paths: Sequence[Path], merge: Callable[[Sequence[pa.Table]], pa.Table]) -> pa.Table:
    """All tables as one, by a tree: a row is merged as often as the tree is high, not once for each part after it."""

    def merged(group: Sequence[Path | pa.Table]) -> pa.Table:
        return merge([load(t) if isinstance(t, Path) else t for t in group])

    tables: list[Path | pa.Table] = list(paths)
    with ThreadPoolExecutor(2) as pool:  # sorting, most of it, lets go of the interpreter
        while len(tables) > 1:
            tables = list(pool.map(merged, [tables[low : low + _FAN_IN] for low in range(0, len(tables), _FAN_IN)]))
    return load(tables[0]) if isinstance(tables[0], Path) else tables[0]
