"""The main text of pages of HTML by trafilatura, resiliparse and readability, each by its function for that.

python -m benchmarks.rivals.html_text TOOL PAGES.jsonl TEXTS.jsonl
"""

import re
import sys
from collections.abc import Callable

from benchmarks.rivals import rows
from benchmarks.told import Work, tell

# A title and a text.
Read = Callable[[str], tuple[str, str]]


def main() -> None:
    """Extract, write, and tell."""
    read = TOOLS[sys.argv[1]]()
    pages = rows.read(sys.argv[2])
    made = []
    with Work() as work:
        for page in pages:
            title, text = read(page["html"])
            made.append({"id": page["id"], "title": title, "text": text})
    rows.write(sys.argv[3], made)
    tell({"pages": len(pages), "without text": sum(not row["text"] for row in made)}, work)


def trafilatura() -> Read:
    """`bare_extraction`, as it is: with comments, which are the text of a forum, and tables."""
    from trafilatura import bare_extraction

    def read(html: str) -> tuple[str, str]:
        found = bare_extraction(html, with_metadata=True)
        return (found.title or "", found.text or "") if found else ("", "")

    return read


def trafilatura_precision() -> Read:
    """The same as it is set for articles: precision before recall, no comments."""
    from trafilatura import bare_extraction

    def read(html: str) -> tuple[str, str]:
        found = bare_extraction(html, with_metadata=True, favor_precision=True, include_comments=False)
        return (found.title or "", found.text or "") if found else ("", "")

    return read


def resiliparse() -> Read:
    """`extract_plain_text` of the main content."""
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    def read(html: str) -> tuple[str, str]:
        tree = HTMLTree.parse(html)
        return tree.title or "", extract_plain_text(tree, main_content=True)

    return read


def readability() -> Read:
    """`summary` of readability-lxml, its tags taken away."""
    from lxml.html import fromstring
    from readability import Document

    def read(html: str) -> tuple[str, str]:
        document = Document(html)
        summary = re.sub(r"(?i)<br\s*/?>|</(p|div|li|h\d|tr)>", "\n", document.summary())
        return document.short_title() or "", str(fromstring(summary).text_content())

    return read


TOOLS: dict[str, Callable[[], Read]] = {
    "trafilatura": trafilatura,
    "trafilatura-precision": trafilatura_precision,
    "resiliparse": resiliparse,
    "readability": readability,
}

if __name__ == "__main__":
    main()
