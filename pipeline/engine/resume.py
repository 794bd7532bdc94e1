"""Going on in the middle of a pass: the edits of its first stages, found before, are laid anew and the others follow.

Where an option or a rule of one stage changes, the work of the stages before it stands in what an earlier build left:
their edits, fields and reasons. Applied to the same input they give the very text that the changed stage saw.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple, Self

import numpy as np
import pyarrow as pa

from pipeline.clean import Aside, Trail, lay
from pipeline.document import Field
from pipeline.edit import Edits
from pipeline.engine.batches import ENGINE, FAILED, UNWRITABLE, Work, further
from pipeline.engine.files import EDITS, FIELDS, PAGES, opened
from pipeline.engine.store import DamagedError, Store
from pipeline.engine.toolkit import Recipe
from pipeline.errors import InvariantError, JingwenError
from pipeline.pieces import Pieces
from pipeline.publish.tables import Before, trail_of
from pipeline.rule import Stage

# Of what else a pass was made of only this may differ: it has no part in its stages.
_BESIDE = "dates of fingerprints"


class Standing(NamedTuple):
    """Finished work of a part whose first so many stages would be done the same way: its key, and how many."""

    key: str
    stages: int


class UnfitError(Exception):
    """The work that stands cannot be gone on from: the pass is done from its beginning."""


def kept(stages: Sequence[Stage], old: Mapping[str, Any], new: Mapping[str, Any]) -> int:
    """How many of the first stages of a pass are the same; `old` and `new` say what the pass was made of, by name.

    Stages that see one text are done together. Where documents begin is not told by edits: a stage that tells is done
    again, with all that follow.
    """
    of_stage = {f"stage {stage.name}" for stage in stages}
    if any(old.get(name) != new.get(name) for name in (old.keys() | new.keys()) - of_stage - {_BESIDE}):
        return 0
    count = 0
    for stage in stages:
        if stage.name == Recipe.BREAKS or old.get(f"stage {stage.name}") != new.get(f"stage {stage.name}"):
            break
        count += 1
    while 0 < count < len(stages) and stages[count].group and stages[count].group == stages[count - 1].group:
        count -= 1
    return count


class Earlier:
    """The work that a part goes on from, batch by batch."""

    def __init__(self, recipe: Recipe, number: int, stages: int, files: list[pa.RecordBatchFileReader]) -> None:
        self._stages = recipe.stages(number)[:stages]
        self._numbers = recipe.numbers(number)
        self._codes = {rule.code for stage in self._stages for rule in stage.rules}
        self._files = files

    @classmethod
    @contextmanager
    def opened(cls, store: Store, standing: Standing, recipe: Recipe, number: int) -> Iterator[Self]:
        """That of a pass; raises UnfitError where its files are not what was written."""
        with ExitStack() as stack:
            try:
                paths = [store.checked(standing.key, name) for name in (PAGES, EDITS, FIELDS)]
            except DamagedError:
                raise UnfitError from None
            yield cls(recipe, number, standing.stages, [stack.enter_context(opened(path)) for path in paths])

    def shadowed(self, result: Mapping[str, Any]) -> Counter[str]:
        """What the stages that stand found in vain, from the result of the work."""
        return Counter({code: n for code, n in result["shadowed"].items() if code in self._codes})

    def trail(self, batch: int, state: Before, work: Work) -> Trail:
        """The trail of a batch after all stages of the pass.

        Raises UnfitError where a page was set aside because a rule failed, or one fails now: it goes through the pass
        alone then, from the beginning.
        """
        trail = self._begun(batch, state)
        trail.shadowed.clear()
        try:
            return further(trail, work._replace(stages=work.stages[len(self._stages) :]))
        except JingwenError as error:
            if isinstance(error, InvariantError):
                raise UnfitError from error
            raise
        except Exception as error:  # a rule may raise anything
            raise UnfitError from error

    def _begun(self, batch: int, state: Before) -> Trail:
        pages, edits, fields = (file.get_batch(batch) for file in self._files)
        layer = edits.column("layer").to_numpy()
        reasons = pages.column("aside_reason").to_pylist()
        failed = any(reason and reason.startswith((FAILED, UNWRITABLE)) for reason in reasons)
        # Lone surrogates lie beside the columns of text; pages with them are few.
        lone = edits.column("removed_bytes").null_count < len(edits)
        if failed or lone or (layer == self._numbers[ENGINE]).any() or len(pages) != len(state.given):
            raise UnfitError
        trail = trail_of(state, 0, len(state.given))
        for stage in self._stages:
            own = edits.take(pa.array(np.flatnonzero(layer == self._numbers[stage.name])))
            lay(trail, stage.name, _placed(own, trail), Pieces.of(own.column("removed").to_pylist()))
        told = (pages.column(name).to_pylist() for name in ("aside_rule", "kept_page_id", "similarity"))
        for page, (reason, rule, kept_page, similarity) in enumerate(zip(reasons, *told, strict=True)):
            if reason is not None and rule in self._codes:
                trail.aside.setdefault(page, Aside(rule, reason, kept_page, similarity))
        names = {stage.name for stage in self._stages}
        columns = [fields.column(name).to_pylist() for name in Field._fields]
        trail.fields += [f for f in map(Field._make, zip(*columns, strict=True)) if f.stage in names]
        return trail


def _placed(rows: pa.RecordBatch, trail: Trail) -> Edits:
    """The edits of one layer in positions of the batch."""
    page, start, end = (rows.column(name).to_numpy().astype(np.int64) for name in ("page", "start", "end"))
    base = trail.lines.page_start[page]
    link = rows.column("link").fill_null(-1).to_numpy().astype(np.int64)
    put, rule, note = (
        np.array([*rows.column(name).fill_null("").to_pylist(), None], dtype=object)[:-1]
        for name in ("replacement", "rule", "note")
    )
    linked = np.where(link < 0, -1, np.searchsorted(page, page) + link)
    return Edits(start + base, end + base, put, rule, note, linked)
