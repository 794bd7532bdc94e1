"""Segments: headings, paragraphs and sentences of the published text. Spans only; nothing is edited here."""

from pipeline.stages.segments.blocks import blocks
from pipeline.stages.segments.options import SegmentOptions
from pipeline.stages.segments.segments import Segments, segments
from pipeline.stages.segments.sentences import sentences

__all__ = ["SegmentOptions", "Segments", "blocks", "segments", "sentences"]
