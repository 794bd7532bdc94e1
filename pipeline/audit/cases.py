"""Cases: an edit judged wrong as a case of its rule's fixture, cut down to the lines that make the rule err.

A fixture is a page on which one rule runs alone. So the rule is run on the text that its stage saw, and lines around
the edit are left out as long as the rule still makes the same edit; what is left is the case, a known failure.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from pipeline.audit.judgements import Settled, settled
from pipeline.audit.terminal import visible
from pipeline.audit.verdicts import Judgements, Key
from pipeline.clean import Trail, advance
from pipeline.document import Field, Page
from pipeline.edit import Edit, Edits, apply
from pipeline.errors import InputError, UsageError
from pipeline.publish import read
from pipeline.rule import Rule, Stage
from pipeline.stages import STAGES

_Row = TypeVar("_Row")
# Beyond so many tries the case is small enough to be read, or never will be.
MOST_TRIES = 200
_ESCAPED = re.compile(
    "[\\x00-\\x09\\x0b-\\x1f\\x7f-\\xa0\\xad\\u034f\\u061c\\u1680\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3000"
    "\\u3164\\ud800-\\udfff\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\\U00010000-\\U0010ffff\\\\]"
)
_FENCE = re.compile(r"^```(?=[ \t]*$)", re.MULTILINE)


class Case(NamedTuple):
    """A case: the rule it belongs to, its heading, a remark, the page before and after, and fields that are given."""

    rule: str
    name: str
    remark: str
    before: str
    after: str
    given: tuple[tuple[str, str], ...]

    def markdown(self) -> str:
        """The case as it stands in a fixture."""
        blocks = [f"## {self.name}"]
        if self.remark:
            blocks.append(self.remark)
        if self.given:
            blocks.append(_block("given", "\n".join(f"{name} = {value}" for name, value in self.given)))
        blocks += [_block("before", self.before), _block("after", self.after)]
        return "\n" + "\n\n".join(blocks) + "\n"


def _block(kind: str, text: str) -> str:
    return f"```{kind}\n{escaped(text)}\n```"


def escaped(text: str) -> str:
    r"""A text as fixtures write it: what cannot be seen as `\uXXXX`, a backslash as `\\`.

    >>> print(escaped("甲\u3000\\"))
    甲\u3000\\
    """

    def spelled(found: re.Match[str]) -> str:
        code = ord(found[0])
        return "\\\\" if found[0] == "\\" else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

    return _FENCE.sub(r"\\u0060``", _ESCAPED.sub(spelled, text))


def wrong(judged: Judgements, only: str | None = None) -> dict[Key, Settled]:
    """The edits judged wrong, or the one named `PAGE:LAYER:ORDINAL`; raises UsageError where it is not among them."""
    found = {key: said for key, said in settled(judged.records).items() if said.wrong > said.right}
    if only is None:
        return found
    page, _, rest = only.rpartition(":")
    page, _, layer = page.rpartition(":")
    if not (page and layer.isdigit() and rest.isdigit()):
        raise UsageError(f"{visible(only)} names no edit; expected PAGE:LAYER:ORDINAL.")
    key = Key(page, int(layer), int(rest))
    if key not in found:
        named = ", ".join(visible(":".join(map(str, k))) for k in list(found)[:5]) or "none"
        raise UsageError(f"{visible(only)} was not judged wrong. Judged wrong: {named}.")
    return {key: found[key]}


def case(release: Path, key: Key, said: Settled) -> Case:
    """The case of an edit; raises UsageError where the rule, run alone, does not make it."""
    stage, rule = _rule(said.rule)
    page = read.page(release, key.page_id)
    number = next((i for i, layer in enumerate(page.layers) if layer.stage == stage.name), -1)
    if page.raw is None or number < 0 or key.ordinal >= len(page.layers[number].edits):
        raise InputError(f"{release}: {visible(key.page_id)} has no such edit by {stage.name}.")
    text = page.raw
    for layer in page.layers[:number]:
        text = apply(text, layer.edits)
    target = page.layers[number].edits.rows()[key.ordinal]
    earlier = {s.name for s in STAGES[: STAGES.index(stage)]}
    known = [(f.name, f.value) for f in page.fields if f.stage in earlier]
    given = tuple((name, value) for name, value in dict.fromkeys(known) if "\n" not in value)
    return _Cut(stage, rule, target, text).case(given, key, said)


def _rule(code: str) -> tuple[Stage, Rule]:
    for stage in STAGES:
        for rule in stage.rules:
            if rule.code == code and not stage.corpus:
                return stage, rule
            if rule.code == code:
                raise UsageError(f"{code} looks at the whole corpus: no page alone makes it err, so it has no fixture.")
    raise UsageError(f"{visible(code)} is no rule of this version. `jingwen rules` lists them.")


class _Cut:
    """Cutting a page down around one edit of one rule."""

    def __init__(self, stage: Stage, rule: Rule, target: Edit, text: str) -> None:
        self._stage = Stage(stage.name, (rule,), stage.options)
        self._rule = rule
        self._target = target
        self._text = text
        self._taken = text[target.start : target.end]
        self._tries = 0

    def case(self, given: tuple[tuple[str, str], ...], key: Key, said: Settled) -> Case:
        """The case, as small as was found."""
        target, text = self._target, self._text
        first = text.rfind("\n", 0, target.start) + 1
        last = text.find("\n", max(target.end - 1, target.start))
        last = len(text) if last < 0 else last
        above = text[:first].split("\n")[:-1]
        below = text[last + 1 :].split("\n") if last < len(text) else []
        body = text[first:last]
        offset = target.start - first
        where = f"{visible(key.page_id)}, layer {key.layer}, edit {key.ordinal}"
        if not self._errs(above, body, below, offset, given):
            raise UsageError(
                f"{where}: run alone on the text that its stage saw, {self._rule.code} does not make this edit. Either "
                "it was mended since, or another rule of the stage is needed for it; write the case by hand."
            )
        above = self._shrunk(above, lambda rows: self._errs(rows, body, below, offset, given))
        below = self._shrunk(below, lambda rows: self._errs(above, body, rows, offset, given))
        kept = self._shrunk(list(given), lambda rows: self._errs(above, body, below, offset, tuple(rows)))
        before = "\n".join([*above, body, *below])
        start = sum(len(row) + 1 for row in above) + offset
        made = self._edits(before, tuple(kept))
        others = made.take((made.start != start) | (made.end != start + len(self._taken)))
        remark = re.sub(r"\s+", " ", " ".join(said.notes)).strip()
        name = f"Judged wrong: {where} (known failure)"
        return Case(self._rule.code, name, escaped(remark), before, apply(before, others), tuple(kept))

    def _edits(self, text: str, given: Sequence[tuple[str, str]]) -> Edits:
        trail = Trail.of([Page("p", text)])
        trail.fields += [Field(0, name, value, 0, 0, "") for name, value in given]
        advance(trail, [self._stage], {})
        return trail.layers_of(0)[0][1]

    def _errs(
        self, above: Sequence[str], body: str, below: Sequence[str], offset: int, given: Sequence[tuple[str, str]]
    ) -> bool:
        """Whether the rule, run alone, still makes the edit."""
        self._tries += 1
        text = "\n".join([*above, body, *below])
        start = sum(len(row) + 1 for row in above) + offset
        end = start + len(self._taken)
        if text[start:end] != self._taken:
            return False
        made = self._edits(text, given).rows()
        return any((e.start, e.end, e.replacement) == (start, end, self._target.replacement) for e in made)

    def _shrunk(self, rows: list[_Row], errs: Callable[[list[_Row]], bool]) -> list[_Row]:
        """The rows that are needed: halves, quarters and so on are left out while the rule still errs."""
        size = len(rows)
        while size and self._tries < MOST_TRIES:
            at = 0
            while at < len(rows) and self._tries < MOST_TRIES:
                fewer = rows[:at] + rows[at + size :]
                if errs(fewer):
                    rows = fewer
                else:
                    at += size
            size //= 2
        return rows


def written(folder: Path, case: Case) -> Path | None:
    """Add a case to its rule's fixture; the file, or None where the case is there already.

    Raises InputError where the rule has no fixture in the folder.
    """
    path = folder / f"{case.rule}.md"
    if not path.is_file():
        raise InputError(f"{path}: {case.rule} has no fixture there. Name the folder of fixtures with --out.")
    with path.open(encoding="utf-8", newline="") as file:
        before = file.read()
    if f"## {case.name}\n" in before:
        return None
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write(("" if before.endswith("\n") else "\n") + case.markdown())
    return path
