"""datatrove: ftfy, then the filters of Gopher, C4 and FineWeb set for Chinese; then its near copies.

python -m benchmarks.rivals.datatrove PAGES.jsonl OUT [copies | repairs]

Words are those of datatrove's own tokenizer for Mandarin. The options are those for a language without spaces: words of
one character and more, Chinese stop words, ends of lines and short lines not asked for; with the defaults, which are
for English, no page would be left. With `repairs` there is ftfy alone.
"""

import sys
from collections import deque
from pathlib import Path

from datatrove.pipeline.base import PipelineStep
from datatrove.pipeline.dedup import (
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
    MinhashDedupSignature,
)
from datatrove.pipeline.dedup.minhash import MinhashConfig
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
from datatrove.utils.word_tokenizers import load_word_tokenizer

from benchmarks.rivals import rows
from benchmarks.told import Work, tell

LANGUAGE = Languages.mandarin_chinese
STOP_WORDS = ["的", "了", "在", "是", "和", "不", "一", "也", "有", "就"]


def main() -> None:
    """Filter, drop copies, write, and tell."""
    logger.remove()
    pages, out = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    kept = out / "filtered"
    tokenizer = load_word_tokenizer(LANGUAGE)  # its dictionary is not what is measured
    tokenizer.word_tokenize("渡口")
    tokenizer.sent_tokenize("渡口。")
    with Work() as work:
        _filter(pages, kept, repairs="repairs" in sys.argv[3:])
        if "copies" in sys.argv[3:]:
            kept = _without_copies(kept, out)
    documents = sum(len(rows.read(str(path))) for path in kept.glob("*.jsonl"))
    tell({"pages": len(rows.read(str(pages))), "documents": documents}, work)


def _filter(pages: Path, kept: Path, *, repairs: bool) -> None:
    filters = [
        GopherRepetitionFilter(language=LANGUAGE),
        C4QualityFilter(filter_no_terminal_punct=False, min_words_per_line=-1, language=LANGUAGE),
        GopherQualityFilter(
            min_avg_word_length=1, max_avg_word_length=10, stop_words=STOP_WORDS, max_non_alpha_words_ratio=0.6,
            language=LANGUAGE,
        ),
        FineWebQualityFilter(line_punct_thr=0.0, short_line_thr=1.0, char_duplicates_ratio=0.1, language=LANGUAGE),
    ]  # fmt: skip
    reader = JsonlReader(str(pages.parent), glob_pattern=pages.name, text_key="text", id_key="id")
    _run([reader, FTFYFormatter(), *([] if repairs else filters), _writer(kept)])


def _without_copies(kept: Path, out: Path) -> Path:
    """The four steps of its example for MinHash, as they are; where they put what is left."""
    steps, many = out / "steps", MinhashConfig().num_buckets
    _run([_reader(kept), MinhashDedupSignature(str(steps / "signatures"), MinhashConfig(), language=LANGUAGE)])
    buckets = MinhashDedupBuckets(str(steps / "signatures"), str(steps / "buckets"), config=MinhashConfig())
    _run([buckets], many)
    _run([MinhashDedupCluster(str(steps / "buckets"), str(steps / "removed"), config=MinhashConfig())])
    _run([_reader(kept), MinhashDedupFilter(str(steps / "removed")), _writer(out / "left")])
    return out / "left"


def _reader(folder: Path) -> JsonlReader:
    return JsonlReader(str(folder), glob_pattern="*.jsonl")


def _writer(folder: Path) -> JsonlWriter:
    return JsonlWriter(str(folder), output_filename="${rank}.jsonl", compression=None)


def _run(pipeline: list[PipelineStep], tasks: int = 1) -> None:
    """As its executor runs a pipeline in one process, without copies of the steps: a tokenizer in use has none."""
    for rank in range(tasks):
        data = None
        for step in pipeline:
            data = step(data, rank, tasks)
        deque(data or (), maxlen=0)


if __name__ == "__main__":
    main()
