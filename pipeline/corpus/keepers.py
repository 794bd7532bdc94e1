"""Keepers: of every cluster of copies, which pages are kept, and of which kept page each other page is a copy.

Exact copies meet by hash; near copies are proved by the exact Jaccard index of their grams, excerpts by the share of
their grams that the longer page has. A page is only ever dropped for a page that is kept and that it is similar to
itself: similarity is never passed on along a chain.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from pipeline.corpus import verdicts
from pipeline.corpus.buckets import Candidates, candidates, candidates_spread, enough_slots
from pipeline.corpus.excerpts import CANDIDATE_SHARE, excerpts, excerpts_spread
from pipeline.corpus.fingerprints import SLOTS
from pipeline.corpus.gathered import HERE, Gathered, Gathering, Prints, gather
from pipeline.corpus.options import DuplicatesOptions
from pipeline.corpus.order import first_alike, first_seen, inverse, steps_short
from pipeline.corpus.pairs import Elsewhere, Floats, Measure, Pairs, components
from pipeline.corpus.proofs import Proofs
from pipeline.corpus.repeated import Repeated, repeated, repeated_spread
from pipeline.corpus.shingles import GRAM, containment, jaccard
from pipeline.corpus.shuffle import Shuffle
from pipeline.corpus.spread import Place, Placed, Run, Signatures, Spread
from pipeline.corpus.verdicts import CONTAINED, EXACT, KINDS, NEAR, Verdict
from pipeline.edit import Ints
from pipeline.lines import Mask

TextOf: TypeAlias = Callable[[Sequence[str]], Sequence[str]]
Links: TypeAlias = tuple[Ints, Ints]

# Large buckets are looked at again with the pages that are still kept; each round decides most of them. A round that
# decides next to none will not be followed by one that does: such a crowd shares a form, and little else.
MAX_ROUNDS = 12
MIN_PROGRESS = 0.02


@dataclass(frozen=True, slots=True)
class Earlier:
    """A release that pages may be copies of: its name with version, its fingerprints, and its texts where they are."""

    name: str
    prints: Prints
    text_of: TextOf | None = None


def keepers(
    prints: Prints | Gathering,
    text_of: TextOf,
    options: DuplicatesOptions = DuplicatesOptions(),  # noqa: B008  # frozen
    earlier: Sequence[Earlier] = (),
    kinds: Collection[str] = KINDS,
    folder: Path | None = None,
    spread: Spread | None = None,
    proofs: Proofs | None = None,
    run: Run | None = None,
) -> pa.Table:
    """Which pages are copies of which: a row for every page that has a copy or a repeated paragraph, by page_id.

    `prints` are tables of fingerprints, in any order, each page in one, or all of them taken in; `text_of` gives the
    texts of pages whose similarity must be proved, a few thousand at a time; `kinds` are those that pages are dropped
    for; buckets are written into `folder`. With `spread` the search is cut into tasks that may run elsewhere: the same
    comes out; so it does with `proofs` of earlier builds, which take in what is proved, and where tasks that `run`
    takes do the proving.

    `kept_page_id`, `kind` and `similarity` are null for a page that is kept. `kept_release` names the earlier release
    that the kept page is in, null for a page of this corpus; `estimated` says that its text was not at hand, so that
    the similarity is an estimate. `cluster` is the smallest page_id of all pages that similarity links (by estimate
    where nothing hangs on it); of pages of earlier releases, their own cluster goes first. `repeated` are the hashes of
    paragraphs that stand on other kept pages too, `later` those of them that stand on an earlier page first. Pages
    without text are copies of nothing.

    Kept is a page of an earlier release before any of this corpus; then the page that most others of its cluster are
    similar to; among equals the text that most pages have word for word, then the longest (by steps of a quarter), the
    earliest (undated pages last), the smallest page_id. Length alone would keep an edited copy that is a little longer
    for the original, and the other copies, less like it, would stay: of 60,000 pages 0.94 of the copies with an index
    of 0.5 to 0.6 went, instead of all. Of an excerpt and the page that it stands in,
    the page is kept.
    """
    with _folder(folder) as place:
        corpus = gather([e.prints for e in earlier], prints, place, options.similarity, spread)
        return _Keepers(corpus, text_of, options, earlier, kinds, place, spread, proofs or Proofs(), run).table()


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    with TemporaryDirectory(prefix="jingwen-") as made:
        yield Path(made)


class _Keepers:
    """The steps of `keepers` over the rows that were gathered, each narrowing down who is kept."""

    def __init__(
        self,
        corpus: Gathered,
        text_of: TextOf,
        options: DuplicatesOptions,
        earlier: Sequence[Earlier],
        kinds: Collection[str],
        folder: Path,
        spread: Spread | None,
        proofs: Proofs,
        run: Run | None,
    ) -> None:
        self._spread, self._proofs = spread, proofs
        self._run = run if spread is None else spread.run
        self._corpus, self._options, self._kinds, self._folder = corpus, options, kinds, folder
        self._names = [e.name for e in earlier]
        self._text_ofs: list[TextOf | None] = [*(e.text_of for e in earlier), text_of]  # the last is that of HERE
        self._here = corpus.release == HERE
        self._provable = np.array([t is not None for t in self._text_ofs], dtype=bool)[corpus.release]
        self._rank = first_seen(corpus)
        self._first = first_alike(corpus.exact, self._rank)
        self._rows = np.arange(len(corpus))
        self._goal = self._rows.copy()
        self._kind = np.zeros(len(corpus), dtype=np.int8)
        self._similarity = np.ones(len(corpus))

    def table(self) -> pa.Table:
        """What `keepers` gives."""
        links = [(self._first, self._rows), self._near()]
        if CONTAINED in self._kinds:
            links.append(self._contained())
        if EXACT in self._kinds:
            self._exact()
        low, high = (np.concatenate(ends) for ends in zip(*links, strict=True))
        found = self._repeated(self._rank, self._goal == self._rows)
        estimated = ~self._provable[self._goal] & (self._kind != KINDS.index(EXACT))
        verdict = Verdict(self._goal, self._kind, self._similarity, estimated)
        return verdicts.table(self._corpus, self._names, verdict, (low, high), found)

    def _open(self) -> Mask:
        """Rows that are still kept and long enough to be compared; of equal texts the first."""
        long = self._corpus.n_grams + GRAM - 1 >= max(self._options.min_chars, GRAM)
        alone: Mask = long & (self._goal == self._rows)
        return alone & (self._first == self._rows) if EXACT in self._kinds else alone

    def _near(self) -> Links:
        """Drop near copies; the pairs of rows that are alike."""
        similarity = self._options.similarity
        pairs = self._pairs(self._rank, jaccard, similarity)
        worth = enough_slots(similarity) / SLOTS
        kept, open_ = self._rows, self._open()
        for turn in range(MAX_ROUNDS):
            found = self._candidates(open_, turn)
            if not pairs.grow(found.under(self._here[found.low] | self._here[found.high])):
                break
            if NEAR not in self._kinds:
                break
            kept = pairs.survivors(self._turn(pairs), worth)
            # What is still kept of the buckets that were too large to be compared in full.
            left = np.zeros(len(kept), dtype=bool)
            left[found.crowded] = True
            before, open_ = int(open_.sum()), left & open_ & (kept == self._rows)
            if open_.sum() > (1 - MIN_PROGRESS) * before or not open_.any():
                break
        self._drop(kept, NEAR, pairs.similarity_of(self._rows, kept))
        return pairs.links(worth)

    def _pairs(self, place: Ints, measure: Measure, least: float) -> Pairs:
        corpus = self._corpus
        return Pairs(
            corpus.n_chars, corpus.exact, self._provable, place, self._texts, measure, least, self._proofs,
            self._elsewhere(),
        )  # fmt: skip

    def _turn(self, pairs: Pairs) -> Ints:
        """Which row is kept first: what most others are similar to, what most pages have word for word, the longest."""
        alike = pairs.alike()
        low, high = pairs.low[alike], pairs.high[alike]
        degree = np.bincount(np.concatenate((low, high)), minlength=len(self._rows))
        equal = np.bincount(self._first, minlength=len(self._rows))
        short = steps_short(self._corpus.n_grams, components(low, high, len(self._rows)))
        return inverse(np.lexsort((self._rank, short, -equal, -degree, self._here)))

    def _contained(self) -> Links:
        """Drop excerpts of longer pages; the pairs of rows of which one stands within the other."""
        place = inverse(np.lexsort((self._rank, -self._corpus.n_grams)))
        pairs = self._pairs(place, containment, self._options.containment)
        found = self._excerpts(place)
        pairs.grow(found.under(self._here[np.where(place[found.low] > place[found.high], found.low, found.high)]))
        kept = self._with_followers(pairs, pairs.survivors(place, CANDIDATE_SHARE), place)
        self._drop(kept, CONTAINED, pairs.similarity_of(self._rows, kept))
        return pairs.links(self._options.containment)

    def _with_followers(self, pairs: Pairs, kept: Ints, place: Ints) -> Ints:
        """Near copies of an excerpt go where it goes if they stand within the longer page too; else it stays."""
        follower = np.flatnonzero((self._goal != self._rows) & (kept[self._goal] != self._goal))
        if not len(follower):
            return kept
        leader = self._goal[follower]
        within = pairs.proved(follower, kept[leader]) >= self._options.containment
        within &= place[follower] > place[kept[leader]]
        kept = kept.copy()
        stays = leader[~within]
        kept[stays] = stays
        goes = kept[leader] != leader
        kept[follower[goes]] = kept[leader[goes]]
        return kept

    def _drop(self, kept: Ints, kind: str, similarity: Floats) -> None:
        gone = kept != self._rows
        self._goal = np.where(gone, kept, self._goal)
        self._kind[gone] = KINDS.index(kind)
        self._similarity[gone] = similarity[gone]

    def _exact(self) -> None:
        """Drop exact copies: each goes where the first of its equals goes."""
        rows = np.flatnonzero((self._first != self._rows) & self._here)
        first = self._first[rows]
        self._goal[rows], self._kind[rows], self._similarity[rows] = (
            column[first] for column in (self._goal, self._kind, self._similarity)
        )

    def _candidates(self, open_: Mask, turn: int) -> Candidates:
        corpus, similarity = self._corpus, self._options.similarity
        if self._spread is None or isinstance(corpus.bands, Shuffle) or not isinstance(corpus.signature, Signatures):
            return candidates(corpus.bands, corpus.signature, self._rank, open_, similarity)
        name = f"near{turn}"
        return candidates_spread(self._spread, corpus.bands, corpus.signature, self._rank, open_, similarity, name)

    def _excerpts(self, place: Ints) -> Candidates:
        corpus, open_ = self._corpus, self._open()
        if self._spread is None or isinstance(corpus.sentences, Shuffle):
            return excerpts(corpus.sentences, corpus.n_sentences, place, open_, self._folder)
        return excerpts_spread(self._spread, corpus.sentences, corpus.n_sentences, place, open_)

    def _repeated(self, order: Ints, open_: Mask) -> Repeated:
        paragraphs = self._corpus.paragraphs
        if self._spread is None or isinstance(paragraphs, Shuffle):
            return repeated(paragraphs, order, open_)
        return repeated_spread(self._spread, paragraphs, order, open_)

    def _texts(self, rows: Ints) -> list[str]:
        """The texts of rows, wherever they are."""
        out: list[str] = [""] * len(rows)
        for text_of, at, ids in self._by_release(rows):
            for i, text in zip(at, text_of(ids), strict=True):
                out[i] = text
        return out

    def _by_release(self, rows: Ints) -> Iterator[tuple[TextOf, list[int], list[str]]]:
        """What gives the texts of rows, which of the rows, and their ids, for each release."""
        release = self._corpus.release[rows]
        for number in np.unique(release).tolist():
            at = np.flatnonzero(release == number)
            text_of = self._text_ofs[number]
            assert text_of is not None
            yield text_of, at.tolist(), self._corpus.page_id.take(pa.array(rows[at])).to_pylist()

    def _elsewhere(self) -> Elsewhere | None:
        """How to prove by tasks, where they run and all texts lie in files."""
        given = [text_of for text_of in self._text_ofs if text_of is not None]
        placed = [text_of for text_of in given if isinstance(text_of, Placed)]
        if self._run is None or not placed or len(placed) < len(given):
            return None

        def places(rows: Ints) -> list[Place]:
            out: list[Place] = [(Path(), 0)] * len(rows)
            for text_of, at, ids in self._by_release(rows):
                assert isinstance(text_of, Placed)
                for i, place in zip(at, text_of.places(ids), strict=True):
                    out[i] = place
            return out

        return Elsewhere(self._run, places, placed[0].read)
