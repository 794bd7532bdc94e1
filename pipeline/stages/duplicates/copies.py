"""What both rules of copies share: setting aside the pages that the summary calls copies of one kind."""

from pipeline.clean import Aside
from pipeline.corpus.keepers import Copy
from pipeline.rule import Context, Found


def copies(context: Context, kind: str, code: str, reason: str) -> Found:
    """Pages of the batch that are copies of that kind, set aside for the page that is kept."""
    aside: dict[int, str] = {}
    for i, page in enumerate(context.pages):
        copy: Copy | None = context.summary.get(page.id)
        if copy and copy.kind == kind:
            aside[i] = Aside(code, reason, copy.kept, copy.similarity)  # type: ignore[assignment]  # Found.aside takes either
    return Found(aside=aside)
