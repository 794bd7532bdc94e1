"""The options of stage encoding."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EncodingOptions:
    """What a user may set for stage encoding."""

    # Unicode's stream-safe format (UAX 15, section 13) allows 30 combining marks in a row, more than any orthography
    # uses; longer runs are decoration, and CPython takes quadratic time to order them.
    max_marks: int = 30
    # UTF-8 that was read as GBK loses one to three characters in ten, because GBK has no sign for every pair of bytes.
    # What is left as it is passes for Han text; U+FFFD in the repaired line says what it is worth. With more lost than
    # kept what comes out is no text either.
    max_lost_share: float = 0.5
