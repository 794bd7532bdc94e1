"""Data-Juicer: the mappers that one would choose for Chinese web text, one after the other, over a dataset.

python -m benchmarks.rivals.data_juicer_mappers PAGES.jsonl OUT.jsonl

They are mapped as its own executor does, in batches of a thousand; only its release of models on a graphics card, which
needs torch, is left out.
"""

import sys

import datasets
from data_juicer.ops.load import load_ops
from data_juicer.utils.lazy_loader import LazyLoader
from loguru import logger

from benchmarks.told import Work, tell

PROCESS = [
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


def _refused(*args: object) -> None:
    raise ImportError(f"Not in benchmarks/rivals/data_juicer.txt: {args}")


def main() -> None:
    """Map, write, and tell."""
    logger.remove()
    datasets.disable_progress_bars()
    LazyLoader._install_package = _refused  # else what is lacking is fetched while the clock runs
    operators = load_ops(PROCESS)
    with Work() as work:
        made = pages = datasets.load_dataset("json", data_files=sys.argv[1], split="train")
        for operator in operators:
            made = made.map(operator.process, batched=True, batch_size=1000)
        made.to_json(sys.argv[2], force_ascii=False)
    tell({"pages": len(pages), "documents": len(made), "mappers": len(operators)}, work)


if __name__ == "__main__":
    main()
