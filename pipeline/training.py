"""`jingwen train`: weights for the line model from labelled pages.

Pages are cleaned by the stages before the model, labels follow their lines, and LightGBM grows the trees; it is needed
only here. Sites are kept together in cross-validation, so that a figure speaks of sites that no one has seen.
"""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.audit.labels import MAIN, UNKNOWN, Labelled, labelled
from pipeline.clean import Trail
from pipeline.document import Page
from pipeline.edit import backward
from pipeline.errors import UsageError
from pipeline.stages.evidence import FEATURES, evidence
from pipeline.workbench import Bench

Floats = npt.NDArray[np.float64]

# Trees of three questions: four leaves did as well as eight and sixteen on pages held back, and are read at a glance.
_LEAVES, _TREES, _RATE = 4, 200, 0.08
# A leaf needs so many lines, and a third of the features is tried for each tree: pages are few, and no line may decide.
_LEAST_LINES, _FEATURES, _LINES, _SHRINK = 15, 0.3, 0.7, 5.0
_FOLDS = 10
# A line weighs its Han characters, within reason, and each page as much as any other.
_HEAVIEST, _LIGHTEST = 200.0, 3.0


class Sheet(NamedTuple):
    """The lines of a page: columns of evidence, whether each is text, its weight (0 where nobody said), Han."""

    site: str
    columns: npt.NDArray[np.float32]
    text: Floats
    weight: Floats
    han: Floats


@dataclass(frozen=True, slots=True)
class Fit:
    """What a model came to on pages that it had not seen: Han characters kept of what is text, and text of what is
    kept, averaged over pages.
    """

    pages: int
    lines: int
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def sheets(paths: Iterable[str | Path], bench: Bench) -> list[Sheet]:
    """The labelled pages of some files; raises UsageError where there is none to learn from."""
    before = tuple(stage for stage in bench.tools.stages if stage.name in ("encoding", "script"))
    first = bench._replace(tools=bench.tools._replace(stages=before))
    out = []
    for path in paths:
        pages = labelled(path)
        at = 0
        for trail in first.trails(Page(page.id, page.text) for page in pages):
            found = evidence(trail.lines)
            columns = np.stack(found.columns, axis=1) if len(found.rows) else np.zeros((0, len(FEATURES)), np.float32)
            for index in range(trail.lines.pages):
                chosen = trail.lines.page[found.rows] == index
                out.append(_sheet(trail, index, pages[at], found.rows[chosen], columns[chosen]))
                at += 1
    if not any(sheet.weight.any() for sheet in out):
        raise UsageError(
            "There is no labelled line in these files; the line model learns from lines that are labelled."
        )
    return out


def _sheet(
    trail: Trail, index: int, page: Labelled, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.float32]
) -> Sheet:
    low = int(trail.lines.page_start[index])
    spans = np.stack((trail.lines.head[rows], trail.lines.tail[rows])) - low
    for _, edits, _ in reversed(trail.layers_of(index)):
        spans = np.stack([backward(edits, row) for row in spans])
    main = np.concatenate(([0], np.cumsum(page.labels == MAIN)))
    known = np.concatenate(([0], np.cumsum(page.labels != UNKNOWN)))
    count = known[spans[1]] - known[spans[0]]
    text = (2 * (main[spans[1]] - main[spans[0]]) > count) * 1.0
    han = trail.lines.han[rows].astype(np.float64)
    weight = np.where(count > 0, np.minimum(han, _HEAVIEST) + _LIGHTEST, 0.0)
    return Sheet(page.site, columns, text, weight / max(weight.sum(), 1.0), han)


def grown(pages: Sequence[Sheet]) -> Any:
    """The booster of LightGBM for some pages; raises UsageError where that package is not there."""
    try:
        import lightgbm
    except ImportError:
        raise UsageError("Training needs LightGBM: pip install 'jingwen[train]'.") from None
    parameters = {
        "objective": "binary", "num_leaves": _LEAVES, "learning_rate": _RATE, "min_data_in_leaf": _LEAST_LINES,
        "lambda_l2": _SHRINK, "feature_fraction": _FEATURES, "bagging_fraction": _LINES, "bagging_freq": 1,
        "max_bin": 63, "seed": 0, "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbose": -1,
    }  # fmt: skip
    data = lightgbm.Dataset(
        np.concatenate([page.columns for page in pages]),
        np.concatenate([page.text for page in pages]),
        weight=np.concatenate([page.weight for page in pages]) * 1000.0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return lightgbm.train(parameters, data, _TREES)


def tried(pages: Sequence[Sheet], share: float) -> Fit:
    """Cross-validation: each page judged by a model that has seen no page of its site; a line is kept where the
    model's probability is above `share`.
    """
    sites = sorted({page.site for page in pages})
    np.random.default_rng(0).shuffle(sites)
    fold = {site: i % _FOLDS for i, site in enumerate(sites)}
    right, kept = [], []
    for k in range(min(_FOLDS, len(sites))):
        rest = [page for page in pages if fold[page.site] != k]
        held = [page for page in pages if fold[page.site] == k]
        if not rest:
            continue
        booster = grown(rest)
        for page in held:
            judged = page.weight > 0
            found = (booster.predict(page.columns) > share) & judged
            text = (page.text > 0) & judged
            both = float(page.han[found & text].sum())
            if text.any():
                right.append(both / max(float(page.han[found].sum()), 1.0))
                kept.append(both / max(float(page.han[text].sum()), 1.0))
    mean = [float(np.mean(values)) if values else 0.0 for values in (right, kept)]
    return Fit(len(pages), sum(len(page.text) for page in pages), *mean)


def weights(booster: Any, fit: Fit) -> dict[str, Any]:
    """The data of `line_model.json`: features, trees, and what the model was made from."""
    trees = [_tree(info["tree_structure"]) for info in booster.dump_model()["tree_info"]]
    about = {
        "pages": fit.pages,
        "lines": fit.lines,
        "precision": round(fit.precision, 4),
        "recall": round(fit.recall, 4),
    }
    return {"about": about, "features": FEATURES, "bias": 0.0, "trees": [tree for tree in trees if tree["feature"]]}


def _tree(root: dict[str, Any]) -> dict[str, list[Any]]:
    out: dict[str, list[Any]] = {key: [] for key in ("feature", "threshold", "left", "right", "value", "mean")}

    def place(node: dict[str, Any]) -> int:
        if "leaf_value" in node and "split_feature" not in node:
            out["value"].append(round(node["leaf_value"], 5))
            return -len(out["value"])
        number = len(out["feature"])
        out["feature"].append(node["split_feature"])
        out["threshold"].append(float(np.float32(node["threshold"])))
        out["mean"].append(round(node["internal_value"], 5))
        out["left"].append(0)
        out["right"].append(0)
        out["left"][number] = place(node["left_child"])
        out["right"][number] = place(node["right_child"])
        return number

    place(root)
    return out
