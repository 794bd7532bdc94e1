"""datatrove: ftfy, then the filters of Gopher, C4 and FineWeb set for Chinese, from JSONL to JSONL.

python -m benchmarks.rivals.datatrove_filters PAGES.jsonl OUT

Words are those of datatrove's own tokenizer for Mandarin. The options are those for a language without spaces: words of
one character and more, Chinese stop words, ends of lines and short lines not asked for; with the defaults, which are
for English, no page would be left.
"""

import sys
from pathlib import Path

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.pipeline.formatters import FTFYFormatter
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter
from datatrove.utils.logging import logger
from datatrove.utils.typeshelper import Languages

from benchmarks.rivals import rows
from benchmarks.told import Work, tell

LANGUAGE = Languages.mandarin_chinese
STOP_WORDS = ["的", "了", "在", "是", "和", "不", "一", "也", "有", "就"]


def main() -> None:
    """Filter, write, and tell."""
    logger.remove()
    pages, out = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    pipeline = [
        JsonlReader(str(pages.parent), glob_pattern=pages.name, text_key="text", id_key="id"),
        FTFYFormatter(),
        GopherRepetitionFilter(language=LANGUAGE),
        C4QualityFilter(filter_no_terminal_punct=False, min_words_per_line=-1, language=LANGUAGE),
        GopherQualityFilter(
            min_avg_word_length=1, max_avg_word_length=10, stop_words=STOP_WORDS, max_non_alpha_words_ratio=0.6,
            language=LANGUAGE,
        ),
        FineWebQualityFilter(line_punct_thr=0.0, short_line_thr=1.0, char_duplicates_ratio=0.1, language=LANGUAGE),
        JsonlWriter(str(out), output_filename="${rank}.jsonl", compression=None),
    ]  # fmt: skip
    with Work() as work:
        LocalPipelineExecutor(pipeline, tasks=1, logging_dir=str(out / "logs")).run()
    kept = [row for path in out.glob("*.jsonl") for row in rows.read(str(path))]
    tell({"pages": len(rows.read(str(pages))), "documents": len(kept)}, work)


if __name__ == "__main__":
    main()
