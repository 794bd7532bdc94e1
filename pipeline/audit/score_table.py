"""Scores against labels as people read them: lines for a terminal, Markdown for the manual, objects for JSON."""

from collections.abc import Iterable, Sequence
from statistics import fmean, median
from typing import Any

from pipeline.audit.quality import Deleted, Quality, Score
from pipeline.audit.terminal import Style, visible

# A page below this share is wrong rather than untidy.
_FAILED = 0.5


def as_json(found: Quality, worst: int = 0) -> dict[str, Any]:
    """The figures as a plain object."""
    out: dict[str, Any] = {
        "labels": found.name,
        "kinds": {kind: _means(found.of(kind)) for kind in found.kinds()},
        "rules": {
            code: {
                "precision": d.precision,
                "chars": d.chars,
                "text_chars": d.text_chars,
                "edits": d.edits,
                "pages": d.pages,
            }
            for code, d in sorted(found.rules.items())
        },
    }
    return out | ({"worst": [s._asdict() for s in worst_of(found, worst)]} if worst else {})


def _means(scores: Sequence[Score]) -> dict[str, Any]:
    return {
        "pages": len(scores), "precision": fmean(s.precision for s in scores),
        "recall": fmean(s.recall for s in scores), "f1": fmean(s.f1 for s in scores),
        "median": median(s.f1 for s in scores),
        "failed": sum(s.f1 < _FAILED for s in scores),
    }  # fmt: skip


def worst_of(found: Quality, count: int) -> list[Score]:
    """The pages with the lowest F1, the worst first."""
    return sorted(found.pages, key=lambda s: (s.f1, s.id))[:count]


def table(found: Quality, names: dict[str, str], style: Style, worst: int = 0) -> list[str]:
    """The figures as lines for a terminal; `names` are those of the rules."""
    out = [style.paint(visible(found.name), "bold")]
    out.append(f"  {'kind':<12}{'pages':>7}{'precision':>11}{'recall':>9}{'F1':>8}{'median':>9}{'below 0.5':>11}")
    for kind in found.kinds():
        m = _means(found.of(kind))
        out.append(
            f"  {visible(kind):<12}{m['pages']:>7}{m['precision']:>11.3f}{m['recall']:>9.3f}{m['f1']:>8.3f}"
            f"{m['median']:>9.3f}{m['failed']:>11}"
        )
    out += ["", f"  {'rule':<32}{'precision':>11}{'deleted':>10}{'of text':>9}{'edits':>7}{'pages':>7}"]
    for code, d in sorted(found.rules.items()):
        out.append(
            f"  {code + ' ' + names.get(code, ''):<32}{d.precision:>11.4f}{d.chars:>10,}{d.text_chars:>9,}"
            f"{d.edits:>7,}{d.pages:>7,}"
        )
    if worst:
        out += ["", "  worst pages"]
        out += [
            f"  {s.f1:.3f}  P {s.precision:.3f}  R {s.recall:.3f}  {visible(s.kind)}  {visible(s.id)}"
            for s in worst_of(found, worst)
        ]
    return out


def markdown(all_found: Iterable[Quality], names: dict[str, str]) -> str:
    """The figures of several files of labels as a page of the manual; figures only, no text of the pages."""
    sets = list(all_found)
    out = [_INTRODUCTION, "", "## Main text", ""]
    out += ["| labels | kind | pages | precision | recall | F1 | median | below 0.5 |", "|---|---|" + "---:|" * 6]
    for found in sets:
        for kind in found.kinds():
            m = _means(found.of(kind))
            cells = (
                found.name,
                kind,
                m["pages"],
                *(f"{m[k]:.3f}" for k in ("precision", "recall", "f1", "median")),
                m["failed"],
            )
            out.append("| " + " | ".join(str(c) for c in cells) + " |")
    out += ["", "## Precision by rule", ""]
    out += ["| rule | precision | characters deleted | of them text | edits | pages |", "|---|" + "---:|" * 5]
    for code, d in sorted(_together(sets).items()):
        name = f"[{code}](rules.md) {names.get(code, '')}".strip()
        out.append(f"| {name} | {d.precision:.4f} | {d.chars:,} | {d.text_chars:,} | {d.edits:,} | {d.pages:,} |")
    return "\n".join(out) + "\n"


def _together(sets: Sequence[Quality]) -> dict[str, Deleted]:
    out: dict[str, Deleted] = {}
    for found in sets:
        for code, d in found.rules.items():
            sums = out.setdefault(code, Deleted())
            sums.pages += d.pages
            sums.edits += d.edits
            sums.chars += d.chars
            sums.text_chars += d.text_chars
    return out


_INTRODUCTION = """\
# Quality

Made by `make quality-docs` from labelled pages, which are not part of the project; `jingwen score LABELS` prints the
same for labels of your own. Main text: Han characters in order against the gold text, averaged over pages. Precision
of a rule: the share of the characters that it deleted which the labels count as no text of the page; characters that
became a field are left out, and labels that come as text only are read line by line, so that a line of which half is
text counts as text."""
