"""Data-Juicer: the mappers that one would choose for Chinese web text, one after the other; then its near copies.

python -m benchmarks.rivals.data_juicer PAGES.jsonl OUT.jsonl [copies | repairs]

They are run as its own executor does, mappers in batches of a thousand; only its release of models on a graphics card,
which needs torch, is left out. Near copies by MinHash are those that it advises for Chinese: of characters. With
`repairs` it runs those mappers alone that mend characters and change nothing else.
"""

import sys
from typing import Any

import datasets
from data_juicer.ops.load import load_ops
from data_juicer.utils.lazy_loader import LazyLoader
from loguru import logger

from benchmarks.told import Work, tell

MAPPERS: list[dict[str, dict[str, Any]]] = [
    {"fix_unicode_mapper": {}},
    {"punctuation_normalization_mapper": {}},
    {"whitespace_normalization_mapper": {}},
    {"clean_html_mapper": {}},
    {"clean_links_mapper": {}},
    {"clean_email_mapper": {}},
    {"clean_copyright_mapper": {}},
    {"chinese_convert_mapper": {"mode": "t2s"}},
    {"remove_repeat_sentences_mapper": {}},
]
REPAIRS = ("fix_unicode_mapper", "whitespace_normalization_mapper", "chinese_convert_mapper")
COPIES = [{"document_minhash_deduplicator": {"tokenization": "character", "jaccard_threshold": 0.5}}]


def main() -> None:
    """Map, drop copies, write, and tell."""
    logger.remove()
    datasets.disable_progress_bars()
    LazyLoader._install_package = _refused  # else what is lacking is fetched while the clock runs
    chosen = [m for m in MAPPERS if "repairs" not in sys.argv[3:] or m.keys() <= {*REPAIRS}]
    mappers, copies = load_ops(chosen), load_ops(COPIES if "copies" in sys.argv[3:] else [])
    with Work() as work:
        made = pages = datasets.load_dataset("json", data_files=sys.argv[1], split="train")
        for mapper in mappers:
            made = made.map(mapper.process, batched=True, batch_size=1000)
        for deduplicator in copies:
            made, _ = deduplicator.process(made.map(deduplicator.compute_hash))
        made.to_json(sys.argv[2], force_ascii=False)
    tell({"pages": len(pages), "documents": len(made)}, work)


def _refused(*args: object) -> None:
    raise ImportError(f"Not in benchmarks/rivals/data_juicer.txt: {args}")


if __name__ == "__main__":
    main()
