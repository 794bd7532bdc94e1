"""Line counts: which lines a site repeats from page to page, from a summary that is merged in any order.

What is counted is on how many pages *with different bodies* a line stands: ten copies of one article on a site repeat
every one of its lines ten times, and none of them is furniture. Whole-page hashes do not see that, since copies come
in different dress; the neighbours of a line do not see it either, since inside a menu they repeat as they do inside a
copied body. So a page goes under the hash of its body: the sum of the two least hashes of its long lines. It is the
same for copies whatever stands around them, and mostly the same for edited copies (where the sets of long lines have
a Jaccard index of 0.9, in four cases of five). Two lines and not one, since a long notice that a site repeats could
itself be the least of its pages.

A line keeps at most MAX_BODIES bodies, the least ones. That makes the summary small, and merging a union: associative,
commutative, and harmless when a part is merged twice. Beyond that number the count is an estimate (error about 9 %).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.document import Page
from pipeline.edit import Ints
from pipeline.lines import BREAK, DIGIT, SPACE, Lines, Mask, fold_table, kinds, looked_up

Hashes = npt.NDArray[np.uint64]

SCHEMA = pa.schema([("site", pa.uint64()), ("line", pa.uint64()), ("body", pa.uint32())])
# Longer lines are paragraphs; the longest notices and disclaimers of footers have about 200 characters.
MAX_CHARS = 200
# A line with this many letters belongs to the body of its page as far as telling pages apart goes; menus and titles
# are shorter.
LONG_LETTERS = 30
MAX_BODIES = 128

# Rows that are sorted at a time: each takes some 80 bytes then.
_MERGED_AT_ONCE = 1 << 19
_EVERY = np.uint64(0)  # stands for the line that every page has: its count is the number of bodies of the site
_M1, _M2, _M3 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True, slots=True)
class TemplatesOptions:
    """When a line that a site repeats is furniture."""

    # Three pages of a small site share a turn of phrase by chance, or are versions of one page; four of different
    # bodies seldom do. A site of fewer pages has no templates: we would rather keep a menu than lose a sentence.
    min_pages: int = 4
    # Sections of a site have furniture of their own, so a line need not be on most pages; headings that articles
    # happen to share (total, appendix) stay below a tenth except where all pages are of one form.
    min_share: float = 0.1
    # A block in the middle of a page has no edge of the page to vouch for it; tables that some pages share look like
    # it.
    min_block_share: float = 0.3
    min_block_lines: int = 3
    # Pages of a site may quote the same sentence (a slogan, a paragraph of a law); that half of them do, at their edge,
    # is left to notices of the site itself.
    min_prose_share: float = 0.5
    # Shorter sentences are formulas of the text (hereby announced) and not notices of the site.
    min_prose_chars: int = 15
    # Pages without an address need not come from one site; where they do, they can be counted as one.
    unknown_site: bool = False


class LineHashes(NamedTuple):
    """Hashes of the lines of a batch; `pair` is that of a row with the next one, 0 where there is none."""

    line: Hashes
    pair: Hashes
    countable: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Templates:
    """The lines, and pairs of lines, that sites repeat on pages of different bodies; on what share, of which site."""

    keys: Hashes = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    share: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    site: Hashes = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))

    def shares(self, sites: Hashes, hashes: Hashes) -> npt.NDArray[np.float32]:
        """On what share of its site's bodies each line stands; 0 for lines that are not repeated enough."""
        if not len(self.keys):
            return np.zeros(len(hashes), dtype=np.float32)
        wanted = _keys(sites, hashes)
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(self.keys[at] == wanted, self.share[at], np.float32(0))

    def digest(self, counts: pa.Table, options: TemplatesOptions = TemplatesOptions()) -> str:
        """What these templates say of the lines of a part, by its line counts, as a digest.

        A page more or less on a site moves the share of every line of it a little; only where a share passes one of the
        bounds that rules ask for is there anything to do anew.
        """
        # Line counts stand in the order of their keys.
        own = keys_of(counts)
        at = np.minimum(np.searchsorted(own, self.keys), max(len(own) - 1, 0))
        hit = own[at] == self.keys if len(own) else np.zeros(len(self.keys), dtype=bool)
        level = self._levels(options)[hit]
        return hashlib.sha256(self.keys[hit].tobytes() + level.tobytes()).hexdigest()

    def differing(self, other: "Templates", options: TemplatesOptions = TemplatesOptions()) -> Hashes:
        """The keys of lines of which two summaries say something else, in the sense of `digest`."""
        both, here, there = np.intersect1d(self.keys, other.keys, assume_unique=True, return_indices=True)
        moved = both[self._levels(options)[here] != other._levels(options)[there]]
        return np.concatenate((moved, np.setxor1d(self.keys, other.keys, assume_unique=True)))

    def _levels(self, options: TemplatesOptions) -> Ints:
        bounds = np.sort(np.array([options.min_block_share, options.min_prose_share], dtype=np.float32))
        return np.digitize(self.share, bounds)

    def to_table(self) -> pa.Table:
        """The templates as a table, to be written to a file."""
        return pa.table({"key": pa.array(self.keys), "share": pa.array(self.share), "site": pa.array(self.site)})

    @classmethod
    def of_table(cls, table: pa.Table) -> "Templates":
        """The templates that `to_table` gave."""
        return cls(*(table[name].to_numpy() for name in ("key", "share", "site")))


def of(lines: Lines, pages: Sequence[Page]) -> pa.Table:
    """The line counts of a batch: a row for each line and pair of lines of each body of each site.

    Lines are compared with width, case and script folded and spaces dropped; in lines with a colon all numbers are
    alike. Lines without letters, such as dates in digits and rules of dashes, and lines of more than MAX_CHARS
    characters are not counted.
    """
    hashes = lines.derived(line_hashes)
    site = site_hashes(pages)
    body = _bodies(lines, hashes.line)
    rows = np.flatnonzero(hashes.countable)
    paired = np.flatnonzero(hashes.pair)
    whole = np.flatnonzero(np.bincount(lines.page, weights=~lines.blank))
    page = np.concatenate((lines.page[rows], lines.page[paired], whole))
    line = np.concatenate((hashes.line[rows], hashes.pair[paired], np.full(len(whole), _EVERY)))
    return _least(site[page], line, body[page])


def merge(tables: Sequence[pa.Table]) -> pa.Table:
    """The line counts of all parts, in any order and grouping: the same rows."""
    columns = [[table[name].to_numpy() for name in SCHEMA.names] for table in tables]
    keys = [_keys(site, line) for site, line, _ in columns]
    # Tables stand in the order of their keys, which are spread evenly: a range of keys at a time, whatever their size.
    cuts = np.linspace(0, 2.0**64, 1 + sum(map(len, keys)) // _MERGED_AT_ONCE, endpoint=False)[1:].astype(np.uint64)
    ends = [np.concatenate(([0], np.searchsorted(key, cuts), [len(key)])) for key in keys]
    merged = []
    for i in range(len(cuts) + 1):
        own = [[column[e[i] : e[i + 1]] for column in c] for c, e in zip(columns, ends, strict=True)]
        merged.append(_least(*(map(np.concatenate, zip(*own, strict=True)))) if own else SCHEMA.empty_table())
    return pa.concat_tables(merged).combine_chunks()


def finish(table: pa.Table, options: TemplatesOptions = TemplatesOptions()) -> Templates:
    """The lines repeated on enough pages of their site, from merged line counts."""
    site, line, body = (table[name].to_numpy() for name in SCHEMA.names)
    if not len(site):
        return Templates()
    begin = np.flatnonzero(_begins(site, line))
    size = np.diff(np.append(begin, len(site)))
    # Nearly all lines stand on fewer pages than could ever be enough.
    some = (size >= min(options.min_pages, MAX_BODIES)) | (line[begin] == _EVERY)
    begin, size = begin[some], size[some]
    last = body[begin + size - 1].astype(np.float64) + 1
    count = np.where(
        size < MAX_BODIES, size, (MAX_BODIES - 1) * 2.0**32 / last
    )  # the k-th least of n hashes is about k / n
    site, line = site[begin], line[begin]
    total = line == _EVERY
    of_site = dict(zip(site[total].tolist(), count[total].tolist(), strict=True))
    sites, of_line = np.unique(site, return_inverse=True)
    bodies = np.array([of_site[s] for s in sites.tolist()])[of_line]
    enough = ~total & (count >= np.maximum(options.min_pages, options.min_share * bodies))
    if not options.unknown_site:
        enough &= site != _site_hash("")
    keys = _keys(site[enough], line[enough])
    order = np.argsort(keys)
    share = np.minimum(count[enough] / bodies[enough], 1.0)[order].astype(np.float32)
    return Templates(keys[order], share, site[enough][order])


@cache
def _site_hash(site: str) -> int:
    return int.from_bytes(hashlib.blake2b(site.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def site_hashes(pages: Sequence[Page]) -> Hashes:
    """The hash of each page's site."""
    return np.fromiter((_site_hash(p.site) for p in pages), dtype=np.uint64, count=len(pages))


def _mixed(values: Hashes) -> Hashes:
    out = (values ^ (values >> np.uint64(30))) * _M2
    out = (out ^ (out >> np.uint64(27))) * _M3
    return out ^ (out >> np.uint64(31))


def keys_of(counts: pa.Table) -> Hashes:
    """The key of each row of line counts, as templates have it."""
    return _keys(counts["site"].to_numpy(), counts["line"].to_numpy())


def _keys(site: Hashes, line: Hashes) -> Hashes:
    """One hash for a line of a site."""
    return _mixed(site ^ line * _M2)


def _weights_of(codes: npt.NDArray[np.uint32]) -> Hashes:
    """A random number for each folded code point; all digits have the same one, spaces have 0."""
    weight: Hashes = looked_up(_weights(), codes.astype(np.uint16))
    if codes.max(initial=0) > 0xFFFF:
        far = np.flatnonzero(codes > 0xFFFF)
        weight = weight.copy()
        weight[far] = _weight(codes[far])
    return weight


@cache
def _weights() -> Hashes:
    """The weights of the basic plane: half a megabyte, where a table of all planes would take nine."""
    return _weight(np.arange(1 << 16, dtype=np.uint32))


def _weight(codes: npt.NDArray[np.uint32]) -> Hashes:
    code = fold_table()[codes].astype(np.uint64)
    kind = kinds()[code] & 7
    code[kind == DIGIT] = ord("0")
    weight: Hashes = _mixed((code + np.uint64(1)) * _M1) | np.uint64(1)
    weight[(kind == SPACE) | (kind == BREAK)] = 0
    return weight


@cache
def _powers(bits: int) -> tuple[Hashes, Hashes]:
    """The powers of an odd number and of its inverse mod 2^64, 2 ** bits of each."""
    base = int(_M3)
    tables = []
    for factor in (base, pow(base, -1, 1 << 64)):
        steps = np.full(1 << bits, factor, dtype=np.uint64)
        steps[0] = 1
        tables.append(np.cumprod(steps, dtype=np.uint64))
    return tables[0], tables[1]


def line_hashes(lines: Lines) -> LineHashes:
    """Hashes of all lines of a batch at once: a polynomial mod 2^64 whose running sum is taken over the whole text."""
    weight = _weights_of(lines.codes)
    digit = np.flatnonzero(lines.kind == DIGIT)  # no digit has a flag
    further = digit[1:][np.diff(digit) == 1]  # of a number only the first digit counts
    counts = weight != 0
    counts[further] = False
    rank = np.zeros(len(weight) + 1, dtype=np.int32)
    np.cumsum(counts, dtype=np.int32, out=rank[1:])
    power, inverse = _powers(max(16, int(rank[-1]).bit_length()))
    total = np.zeros(len(weight) + 1, dtype=np.uint64)
    np.multiply(weight, looked_up(power, rank[:-1]), out=total[1:])
    total[further + 1] = 0
    np.cumsum(total, out=total)
    line = (total[lines.end] - total[lines.start]) * inverse[rank[lines.start]]
    line = _mixed(line + _figures(lines, digit))
    countable = ~lines.blank & (lines.length <= MAX_CHARS) & (lines.han + lines.latin >= 2)
    below = lines.neighbour(1)
    paired = countable & (below >= 0) & countable[below]
    pair = np.where(paired, _mixed(line * _M1 + line[below]), np.uint64(0)) if len(line) else line
    return LineHashes(line, pair, countable)


def _figures(lines: Lines, digit: Ints) -> Hashes:
    """What the figures add to the hash of each line; nothing where a colon says that they are a value.

    Views: 17 and Views: 2,301 are one line of the site; weekly no. 17 and weekly no. 18 are two titles.
    """
    colon = np.flatnonzero((lines.codes == ord(":")) | (lines.codes == ord("\uff1a")))
    labelled = np.zeros(len(lines), dtype=bool)
    labelled[np.searchsorted(lines.end, colon)] = True
    power, inverse = _powers(max(16, len(digit).bit_length()))
    weight = _mixed(fold_table()[lines.codes[digit]].astype(np.uint64)) * power[: len(digit)]
    total = _running(weight)
    first = np.searchsorted(digit, lines.start)
    end = np.append(first[1:], len(digit))
    return np.where(labelled, np.uint64(0), (total[end] - total[first]) * inverse[first])


def _running(values: Hashes) -> Hashes:
    """The sum of all before each place, and of all."""
    out = np.zeros(len(values) + 1, dtype=np.uint64)
    np.cumsum(values, out=out[1:])
    return out


def _bodies(lines: Lines, line: Hashes) -> npt.NDArray[np.uint32]:
    """For each page the hash of its body: of its two least long lines, or of all lines where none is long."""
    total = _running(np.where(lines.blank, np.uint64(0), line))
    body = total[lines.end_row] - total[lines.first_row]
    rows = np.flatnonzero(lines.han + lines.latin >= LONG_LETTERS)
    if len(rows):
        page, own = lines.page[rows], line[rows]
        first = np.flatnonzero(_begins(page))
        least = np.minimum.reduceat(own, first)
        further = own != np.repeat(least, np.diff(first, append=len(rows)))
        second = np.minimum.reduceat(np.where(further, own, ~np.uint64(0)), first)
        body[page[first]] = least + np.where(np.logical_or.reduceat(further, first), second, np.uint64(0))
    return (_mixed(body) >> np.uint64(32)).astype(np.uint32)


def _begins(*columns: npt.NDArray[Any]) -> Mask:
    """Rows that differ from the row above in any column."""
    out = np.zeros(len(columns[0]), dtype=bool)
    out[:1] = True
    for column in columns:
        out[1:] |= column[1:] != column[:-1]
    return out


def _least(site: Hashes, line: Hashes, body: npt.NDArray[np.uint32]) -> pa.Table:
    """Distinct rows in order, at most MAX_BODIES for each line of a site: those of the least bodies."""
    key = _keys(site, line)
    order = np.argsort(key)
    again = ~_begins(key[order])
    again[:-1] |= again[1:]  # most lines stand on one page: only the others are put in order of their bodies
    shared = order[again]
    order[again] = shared[np.lexsort((body[shared], key[shared]))]
    key, body = key[order], body[order]
    new = np.flatnonzero(_begins(key, body))
    begin = np.flatnonzero(_begins(key[new]))
    nth: Ints = np.arange(len(new)) - np.repeat(begin, np.diff(np.append(begin, len(new))))
    kept = new[nth < MAX_BODIES]
    return pa.table([pa.array(c) for c in (site[order[kept]], line[order[kept]], body[kept])], schema=SCHEMA)
