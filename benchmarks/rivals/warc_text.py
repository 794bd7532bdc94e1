"""Pages of a WARC archive as plain text by FastWARC and resiliparse alone: the whole page, nothing recorded of it.

python -m benchmarks.rivals.warc_text PAGES.warc.gz
"""

import sys

from fastwarc.warc import ArchiveIterator, WarcRecordType
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.encoding import bytes_to_str, detect_encoding

from benchmarks.told import Work, tell


def main() -> None:
    """Read, and tell."""
    pages = chars = 0
    with Work() as work, open(sys.argv[1], "rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response, parse_http=True):
            body = record.reader.read()
            html = bytes_to_str(body, record.http_charset or detect_encoding(body) or "utf-8")
            chars += len(extract_plain_text(html, main_content=False, list_bullets=True, preserve_formatting=True))
            pages += 1
    tell({"pages": pages, "chars": chars}, work)


if __name__ == "__main__":
    main()
