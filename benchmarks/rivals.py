"""Tools that find near copies, each as `texts to the numbers of those it would drop`, set up for the same task.

All see sets of character 5-grams and seek a Jaccard index of 0.5 with 128 hashes in 32 bands of 4, or what comes
nearest; of a group of copies the first page is kept. Rivals verify as their users do: by the estimate of the signature.
"""

import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

Dropped: TypeAlias = set[int]
SIMILARITY, HASHES, BANDS = 0.5, 128, 32


def jingwen(texts: Sequence[str]) -> Dropped:
    """Ours, as in a build: near copies from 0.45 on proved on the texts, excerpts too."""
    from pipeline.corpus import fingerprints
    from pipeline.corpus.keepers import keepers

    ids = [f"{i:08d}" for i in range(len(texts))]
    table = keepers([fingerprints.of(texts, ids)], lambda wanted: [texts[int(i)] for i in wanted])
    return {int(r["page_id"]) for r in table.to_pylist() if r["kept_page_id"]}


def rensa(texts: Sequence[str]) -> Dropped:
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


def datasketch(texts: Sequence[str]) -> Dropped:
    """The MinHash and MinHashLSH of datasketch, one page after the other."""
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(num_perm=HASHES, params=(BANDS, HASHES // BANDS))
    made: dict[int, MinHash] = {}
    gone: Dropped = set()
    for i, text in enumerate(texts):
        own = MinHash(num_perm=HASHES)
        own.update_batch([gram.encode() for gram in set(_grams(text))])
        if any(own.jaccard(made[j]) >= SIMILARITY - 0.1 for j in lsh.query(own)):
            gone.add(i)
        else:
            made[i] = own
            lsh.insert(i, own)
    return gone


def datatrove(texts: Sequence[str]) -> Dropped:
    """The three steps of datatrove (signatures, buckets, clusters) over a folder, characters for words."""
    from datatrove.data import Document
    from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.utils.logging import logger
    from datatrove.utils.word_tokenizers import WordTokenizer

    class Characters(WordTokenizer):  # type: ignore[misc]  # the extra ships no types
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


TOOLS: dict[str, Callable[[Sequence[str]], Dropped]] = {
    "jingwen": jingwen, "rensa": rensa, "datasketch": datasketch, "datatrove": datatrove,
}  # fmt: skip


def _grams(text: str) -> list[str]:
    solid = "".join(text.split())
    return [solid[i : i + 5] for i in range(len(solid) - 4)]
