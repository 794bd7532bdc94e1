"""Splits: train, validation and test by the hash of the cluster, so that no near copy stands on both sides.

The hash decides alone: a document stays in its split when a corpus grows, as long as its cluster keeps its name.
"""

import hashlib

from pipeline.corpus.options import DuplicatesOptions

TRAIN, VALIDATION, TEST = SPLITS = ("train", "validation", "test")


def split_of(cluster: str, options: DuplicatesOptions) -> str:
    """The split of a cluster, or of a page without copies, by its name.

    >>> options = DuplicatesOptions(validation_share=0.2, test_share=0.2)
    >>> [split_of(name, options) for name in ("p1", "p2", "p3", "p4", "p5")]
    ['train', 'validation', 'test', 'validation', 'validation']
    """
    digest = hashlib.blake2b(cluster.encode("utf-8", "surrogatepass"), digest_size=8, person=b"split").digest()
    place = int.from_bytes(digest, "big") / 2**64
    if place < options.test_share:
        return TEST
    return VALIDATION if place < options.test_share + options.validation_share else TRAIN
