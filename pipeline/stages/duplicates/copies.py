"""What the rules of copies share: setting aside the pages that the summary calls copies of one kind."""

from pipeline.clean import Aside
from pipeline.corpus.copies import Copies, Copy
from pipeline.rule import Context, Found


def copies(context: Context, kind: str, code: str, reason: str) -> Found:
    """Pages of the batch that are copies of that kind, set aside for the page that is kept."""
    summary: Copies = context.summary
    aside: dict[int, str] = {}
    for i, page in enumerate(context.pages):
        copy = summary.of.get(page.id)
        if copy and copy.kind == kind:
            said = Aside(code, _reason(reason, copy), copy.kept, copy.similarity)
            aside[i] = said  # type: ignore[assignment]  # Found.aside takes either
    return Found(aside=aside)


def _reason(reason: str, copy: Copy) -> str:
    if copy.release is None:
        return reason
    how = ", similarity by estimate" if copy.estimated else ""
    return f"{reason} from an earlier release: {copy.release}{how}"
