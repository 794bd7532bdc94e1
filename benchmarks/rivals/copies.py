"""Copies by MinHash, as their users find them: rensa, datasketch, and the three steps of datatrove.

python -m benchmarks.rivals.copies rensa|datasketch|datatrove PAGES.jsonl DROPPED.json

All count character 5-grams of text without white space, ask for an index of 0.5 of 128 hashes in 32 bands of 4, the way
that finds copies from 0.5 on, and verify by the estimate of the signature; of a group of copies the first page is kept.
Datatrove counts characters as words and does not verify at all.
"""

import json
import struct
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.rivals import rows
from benchmarks.told import Work, tell

SIMILARITY, HASHES, BANDS = 0.5, 128, 32


def main() -> None:
    """Find copies, write the ids of dropped pages, and tell."""
    find = TOOLS[sys.argv[1]]
    pages = rows.read(sys.argv[2])
    texts = [page["text"] for page in pages]
    find(texts[:20])  # imports and tables are not what is measured
    with Work() as work:
        dropped = find(texts)
    Path(sys.argv[3]).write_text(json.dumps([pages[i]["id"] for i in sorted(dropped)]), encoding="utf-8")
    tell({"pages": len(pages), "bytes": rows.bytes_of(pages)}, work)


def rensa(texts: Sequence[str]) -> set[int]:
    """Rensa's R-MinHash and its LSH, one page after the other."""
    from rensa import RMinHash, RMinHashLSH

    lsh = RMinHashLSH(threshold=SIMILARITY, num_perm=HASHES, num_bands=BANDS)
    made, gone = RMinHash.from_token_sets([_grams(t) for t in texts], HASHES, 7), set()
    for i, own in enumerate(made):
        if any(own.jaccard(made[j]) >= SIMILARITY - 0.1 for j in lsh.query(own)):
            gone.add(i)
        else:
            lsh.insert(i, own)
    return gone


def datasketch(texts: Sequence[str]) -> set[int]:
    """The MinHash and MinHashLSH of datasketch, one page after the other."""
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(num_perm=HASHES, params=(BANDS, HASHES // BANDS))
    made: dict[int, MinHash] = {}
    gone: set[int] = set()
    for i, text in enumerate(texts):
        own = MinHash(num_perm=HASHES)
        own.update_batch([gram.encode() for gram in set(_grams(text))])
        if any(own.jaccard(made[j]) >= SIMILARITY - 0.1 for j in lsh.query(own)):
            gone.add(i)
        else:
            made[i] = own
            lsh.insert(i, own)
    return gone


def datatrove(texts: Sequence[str]) -> set[int]:
    """The three steps of datatrove (signatures, buckets, clusters) over a folder, characters for words."""
    from datatrove.data import Document
    from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.utils.logging import logger
    from datatrove.utils.word_tokenizers import WordTokenizer

    class Characters(WordTokenizer):  # type: ignore[misc]  # it ships no types
        """Each character is a word."""

        def word_tokenize(self, text: str) -> list[str]:
            return list(text)

        def sent_tokenize(self, text: str) -> list[str]:
            return [text]

        def span_tokenize(self, text: str) -> list[tuple[int, int]]:
            return [(0, len(text))]

    logger.remove()
    config = MinhashConfig(n_grams=5, num_buckets=BANDS, hashes_per_bucket=HASHES // BANDS)
    with TemporaryDirectory() as folder:
        signatures, buckets, removed = (f"{folder}/{name}" for name in ("signatures", "buckets", "removed"))
        documents = (Document(text=text, id=str(i)) for i, text in enumerate(texts))
        MinhashDedupSignature(signatures, config, language=Characters()).run(documents, 0, 1)
        for bucket in range(BANDS):
            MinhashDedupBuckets(signatures, buckets, config=config).run(None, bucket, BANDS)
        MinhashDedupCluster(buckets, removed, config=config).run(None, 0, 1)
        data = b"".join(path.read_bytes() for path in sorted(Path(removed).glob("*.remove")))
    return {number for (number,) in struct.iter_unpack("<I", data)}


TOOLS: dict[str, Callable[[Sequence[str]], set[int]]] = {
    "rensa": rensa, "datasketch": datasketch, "datatrove": datatrove,
}  # fmt: skip


def _grams(text: str) -> list[str]:
    solid = "".join(text.split())
    return [solid[i : i + 5] for i in range(len(solid) - 4)]


if __name__ == "__main__":
    main()
