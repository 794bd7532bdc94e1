"""Blocks and sentences of a batch together."""

from typing import NamedTuple

from pipeline.lines import Lines
from pipeline.stages.segments.blocks import Blocks, blocks
from pipeline.stages.segments.options import SegmentOptions
from pipeline.stages.segments.sentences import Sentences, sentences


class Segments(NamedTuple):
    """What a batch of published texts consists of; positions are those of the batch."""

    blocks: Blocks
    sentences: Sentences


def segments(lines: Lines, options: SegmentOptions | None = None) -> Segments:
    """The headings, paragraphs and sentences of all lines of a batch."""
    return Segments(blocks(lines), sentences(lines, options))
