"""The line model: for each line the odds that it is the page's own text, learned from labelled pages.

A sum of small decision trees over the columns of `evidence`; the weights are data, `line_model.json`, which `jingwen
train` makes. Only NumPy is needed to run it.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from pipeline.edit import Ints
from pipeline.lines import Lines, Mask
from pipeline.stages.evidence import FEATURES, Column, evidence
from pipeline.stages.forest import Floats, Forest, Tree
from pipeline.stages.prose import prose


@dataclass(frozen=True, slots=True)
class Model:
    """Trees whose values add up to log odds; `bias` is where the sum begins."""

    bias: float
    trees: list[Tree]
    about: dict[str, Any]
    forest: Forest

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Model":
        """A model from its JSON; raises ValueError where it is for other features than these."""
        if tuple(data["features"]) != FEATURES:
            raise ValueError("the weights of the line model are for other columns; make them again: jingwen train")
        trees = [Tree(**tree) for tree in data["trees"]]
        return cls(data["bias"], trees, data["about"], Forest(trees))

    def odds(self, columns: list[Column]) -> Floats:
        """Log odds for each row."""
        found: Floats = self.bias + self.forest.sums(columns)
        return found

    def shares(self, columns: list[Column]) -> npt.NDArray[np.float32]:
        """What each feature adds to the log odds of each row."""
        return self.forest.shares(columns)


@cache
def model() -> Model:
    """The model of the package."""
    return Model.of(orjson.loads(resources.files("pipeline.stages").joinpath("line_model.json").read_bytes()))


def odds(lines: Lines) -> Floats:
    """For each line the log odds that it is text; 0 for blank lines."""
    return lines.derived(_odds)


def unlikely(lines: Lines, share: float) -> Mask:
    """Lines whose probability of being text is below `share`; blank lines are not judged."""
    found: Mask = ~lines.blank & (odds(lines) < np.log(share / (1.0 - share)))
    return found


def _odds(lines: Lines) -> Floats:
    found = evidence(lines)
    out: Floats = np.zeros(len(lines))
    rows = found.rows
    if len(rows):
        own = model().odds(found.columns)
        # What stands between two paragraphs goes or stays together: lines share half of their odds with their block.
        reads, page = prose(lines)[rows], lines.page[rows]
        block = np.cumsum(np.concatenate(([0], reads[1:] | reads[:-1] | (page[1:] != page[:-1]))))
        mean = np.bincount(block, weights=own) / np.bincount(block)
        out[rows] = (own + mean[block]) / 2.0
    return out


def reasons(lines: Lines, rows: Ints, count: int = 2) -> list[str]:
    """For some rows the log odds and the features that speak most against their being text, strongest first."""
    if not len(rows):
        return []
    found = evidence(lines)
    at = np.searchsorted(found.rows, rows)
    shares = model().shares([column[at] for column in found.columns])
    strongest = np.argsort(shares, axis=0, kind="stable")[:count]
    weights = np.take_along_axis(shares, strongest, 0)
    return [
        f"log odds {total:.1f}: " + ", ".join(f"{FEATURES[f]} {w:.1f}" for f, w in zip(told, weighed, strict=True))
        for total, told, weighed in zip(
            odds(lines)[rows].tolist(), strongest.T.tolist(), weights.T.tolist(), strict=True
        )
    ]
