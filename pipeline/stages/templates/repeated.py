"""What the template rules share: which lines of a batch their site repeats, and where they stand on the page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from pipeline.corpus.line_counts import Templates, TemplatesOptions, line_hashes, site_hashes
from pipeline.document import Page
from pipeline.lines import Lines, Mask
from pipeline.rule import Context

# Signs of a sentence inside a line, in the folded text. Colon and 、 are none of them: footers are full of both.
_SENTENCE = re.compile(r"[。！？，；!?,;]")

# Lines that belong to the text however often a site has them: numbered headings, appendices, salutations and closing
# formulas of official letters, dates (figures are folded, so that all dates look alike), and the bare name of the body
# that signs.
_OF_THE_TEXT = re.compile(
    r"[#*\s]*(?:第[一二三四五六七八九十百零〇\d]+[章节条编部篇回卷讲集课]"
    r"|[一二三四五六七八九十]+[、.]|[(\[][一二三四五六七八九十\d]+[)\]]|\d+[.、)]"
    r"|(?:附件|附录|附表|附则|总则|目录|前言|引言|结语|后记|摘要|关键词|参考文献|注释?|图|表)"
    r"[一二三四五六七八九十\d]*(?=$|[:. ])"
    r"|各.*:$|特此|此致$|敬礼$|以上|抄送|主送|\(?(?:全文)?完\)?$"
    r"|[\d年月日时分秒星期周一二三四五六七八九十〇.:/ -]+$|.*\d{4}年\d{1,2}月\d{1,2}日"
    r"|[\u4e00-\u9fff]{2,28}(?:政府|办公室|办公厅|委员会|党委|县委|市委|省委|局|厅|法院|检察院|公司|协会|学会|中心|大学|学院)$)"
)


class Repeated(NamedTuple):
    """Rows of a batch: furniture without sentences, notices (prose), and the stretches of both that reach an edge."""

    plain: Mask
    notice: Mask
    at_edge: Mask
    below: Mask  # the next line that is not blank follows this one on other pages too
    in_block: Mask  # lines common enough to be furniture in the middle of a page


@dataclass(frozen=True, slots=True)
class _Judgement:
    """Made once for a batch and shared by the rules: two with the same summary and options are the same."""

    summary: Templates
    options: TemplatesOptions
    pages: Sequence[Page] = field(compare=False)

    def __call__(self, lines: Lines) -> Repeated:
        if not len(self.summary.keys):
            none = np.zeros(len(lines), dtype=bool)
            return Repeated(none, none, none, none, none)
        hashes = lines.derived(line_hashes)
        site = site_hashes(self.pages)[lines.page]
        share = np.where(hashes.countable, self.summary.shares(site, hashes.line), 0)
        hit = share > 0
        if not hit.any():
            return Repeated(hit, hit, hit, hit, hit)
        rows = np.flatnonzero(hit)
        texts = lines.strings(rows)
        hit[rows] = [not _OF_THE_TEXT.match(line) for line in texts]
        prose = np.zeros(len(lines), dtype=bool)
        prose[rows] = [_SENTENCE.search(line) is not None for line in texts]
        prose |= lines.ended
        long = lines.length >= self.options.min_prose_chars
        notice = hit & prose & long & (share >= self.options.min_prose_share)
        furniture = hit & ~prose | notice
        below = np.zeros(len(lines), dtype=bool)
        below[rows] = self.summary.shares(site[rows], hashes.pair[rows]) > 0
        in_block = furniture & (share >= self.options.min_block_share)
        return Repeated(furniture & ~notice, notice, _reaching_edge(lines, furniture), below, in_block)


def repeated(lines: Lines, context: Context) -> Repeated:
    """Judge every line of a batch by how much its site repeats it."""
    return lines.derived(_Judgement(context.summary, context.options, context.pages))


def _reaching_edge(lines: Lines, hit: Mask) -> Mask:
    """Lines between which and the top or the bottom of their page only such lines and blank ones stand."""
    other = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(~hit & ~lines.blank)))
    row = np.arange(len(lines))
    above = other[row] == other[lines.first_row[lines.page]]
    below = other[lines.end_row[lines.page]] == other[row + 1]
    reaching: Mask = hit & (above | below)
    return reaching
