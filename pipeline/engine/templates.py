"""The lines that sites repeat, from what an earlier build reckoned where only some parts have changed since.

The result is the one that all parts give from the beginning; what an earlier build left saves work and nothing else.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from pipeline import mirror
from pipeline.corpus.line_changes import replaced, sites_between
from pipeline.engine.files import LINES, TEMPLATES, load, save
from pipeline.engine.store import Store
from pipeline.engine.sums import Changed, Sums
from pipeline.engine.toolkit import Recipe

STEP = "templates"
# Where more of the parts than this are others, most sites are: all are reckoned in one go.
_MOST = 0.5


class Standing(NamedTuple):
    """An earlier step of the corpus that was done in the same way: its key, its parts, and what it said of each."""

    key: str
    cleaned: list[str]
    said: list[str]

    @classmethod
    def of(cls, store: Store, how: str, cleaned: Sequence[str]) -> Self | None:
        """The newest that was done as `how` says, most of whose parts are among those given; the others are there."""
        now = set(cleaned)
        for key in store.newest(STEP):
            found = store.result(key)
            if found is None or found.get("how") != how:
                continue
            was = set(found["cleaned"])
            if len(was - now) + len(now - was) > _MOST * len(now) or any(store.result(k) is None for k in was - now):
                continue
            grams = found["grams"]
            return cls(key, found["cleaned"], [part.removesuffix(grams) for part in found["parts"]])
        return None


def templates_of_corpus(
    sums: Sums, recipe: Recipe, store: Store, folder: Path, cleaned: Sequence[str], standing: Standing | None
) -> list[str]:
    """Write the templates of a corpus into a folder; for each part what they say of its lines, as a digest."""
    tools, options, path = recipe.toolkit, recipe.chosen(recipe.TEMPLATES), folder / TEMPLATES
    if standing is None:
        save(path, sums.templates(tools, options, cleaned))
        mirror.sent(path)
        return sums.told(tools, options, path, cleaned)
    gone, come = set(standing.cleaned) - set(cleaned), set(cleaned) - set(standing.cleaned)
    sites = sites_between(*([load(store.checked(key, LINES)) for key in sorted(some)] for some in (gone, come)))
    earlier = load(store.checked(standing.key, TEMPLATES))
    whole = replaced(earlier, sites, sums.templates(tools, options, cleaned, sites)) if len(sites) else earlier
    save(path, whole)
    mirror.sent(path)
    before, after = (tools().templates_of(table) for table in (earlier, whole))
    known: dict[str, Any] = dict(zip(standing.cleaned, standing.said, strict=True))
    return sums.told(tools, options, path, cleaned, known, Changed(after.differing(before, options), sites))
