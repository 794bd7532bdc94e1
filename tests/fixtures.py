"""Reading the fixtures of rules: Markdown prose around cases, as tests/rules/README.md says."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from pipeline.document import Page
from pipeline.sources.html import render
from pipeline.sources.html.extracted import taken_lines

RULES = Path(__file__).parent / "rules"
BLOCKS = ("before", "html", "extracted", "after", "given", "fields", "documents", "reason")

# Names and values of fields, in order.
Values: TypeAlias = list[tuple[str, str]]

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(\\)|.?)")
_FENCE = re.compile(r"```(\w*)\s*")


@dataclass
class Case:
    """One case of a fixture; `blocks` holds its blocks by kind, escapes undone."""

    name: str
    line: int
    blocks: dict[str, str] = field(default_factory=dict)

    @property
    def before(self) -> str:
        """The text of the page; that of its HTML as it is rendered."""
        return self.page().text

    def page(self, page_id: str = "p0") -> Page:
        """The page of the case: plain text, or HTML with its hints."""
        if "html" not in self.blocks:
            return Page(page_id, self.blocks["before"])
        text, hints = render(self.blocks["html"])
        if "extracted" in self.blocks:
            hints = replace(
                hints, taken=np.array(taken_lines(text.split("\n"), self.blocks["extracted"]), dtype=np.int64)
            )
        return Page(page_id, text, hints=hints)

    @property
    def after(self) -> str:
        return self.blocks["after"]

    @property
    def known_failure(self) -> bool:
        return "(known failure)" in self.name

    @property
    def leaves_alone(self) -> bool:
        """Whether the rule must find nothing here."""
        return self.before == self.after and not set(self.blocks) & {"fields", "documents", "reason"}

    @property
    def fields(self) -> Values | None:
        """The (name, value) pairs that the case names."""
        if "fields" not in self.blocks:
            return [] if self.leaves_alone else None
        return self._values("fields")

    @property
    def given(self) -> Values:
        """What earlier stages have read on the page, before the rule runs."""
        return self._values("given")

    def _values(self, kind: str) -> Values:
        rows = [line.partition(" = ") for line in self.blocks.get(kind, "").split("\n") if line]
        return [(name, value) for name, _, value in rows]


def fixture(code: str) -> list[Case]:
    """The cases of a rule; raises ValueError where the file is not of the form that the README says."""
    path = RULES / f"{code}.md"
    cases: list[Case] = []
    kind: str | None = None
    body: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        fence = _FENCE.fullmatch(line)
        if kind is not None:
            if line.rstrip() != "```":
                body.append(line)
                continue
            if kind in BLOCKS:
                if kind in cases[-1].blocks:
                    raise ValueError(f"{path.name}:{number}: a second block {kind} in {cases[-1].name!r}.")
                cases[-1].blocks[kind] = unescaped("\n".join(body), f"{path.name}:{number}")
            kind, body = None, []
        elif fence:
            kind = fence[1] or "text"
            if kind in BLOCKS and not cases:
                raise ValueError(f"{path.name}:{number}: a block {kind} before the first heading `## …`.")
        elif line.startswith("## "):
            cases.append(Case(line[3:].strip(), number))
    if kind is not None:
        raise ValueError(f"{path.name}: the last block {kind} has no end.")
    for case in cases:
        wanted = {"html" if "html" in case.blocks else "before", "after"}
        if missing := wanted - set(case.blocks):
            raise ValueError(
                f"{path.name}:{case.line}: case {case.name!r} has no block {' and '.join(sorted(missing))}."
            )
        for kind in ("given", "fields"):
            if wrong := [line for line in case.blocks.get(kind, "").split("\n") if line and " = " not in line]:
                raise ValueError(
                    f"{path.name}:{case.line}: {wrong[0]!r} in block {kind} of {case.name!r} is not `name = value`."
                )
    return cases


def unescaped(text: str, where: str = "") -> str:
    r"""The text with `\uXXXX`, `\UXXXXXXXX` and `\\` undone.

    >>> unescaped(r"\u3000a\\") == "\u3000a\\"
    True
    """

    def char(found: re.Match[str]) -> str:
        if found[3]:
            return "\\"
        digits = found[1] or found[2]
        if not digits:
            raise ValueError(f"{where}: {found[0]!r} is no escape; a backslash itself is written twice.")
        return chr(int(digits, 16))

    return _ESCAPE.sub(char, text)
