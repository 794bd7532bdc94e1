"""Hypothesis strategies: texts with every trap, layers of edits of every shape, pages."""

from collections.abc import Sequence
from typing import TypeAlias

from hypothesis import strategies as st

from pipeline.document import Page
from pipeline.edit import Edit, Edits, apply

# A raw text, the layers it went through, each with the text that it saw, and the text at the end.
History: TypeAlias = tuple[str, list[tuple[str, Edits]], str]

# Letters that decide something: line ends that are none, spaces that are evidence, a lone surrogate, a combining mark,
# characters beyond U+FFFF, prose and its signs. Few of them, so that equal neighbours are common.
LETTERS = "甲乙丙丁 a1，。”\n\n\u3000\u2028\u0085\r\f\u200b\u0301\ud800\U00020000\U0001f600\t"

texts = st.text(st.sampled_from(LETTERS), max_size=40)
replacements = st.one_of(st.just(""), st.just(""), st.text(st.sampled_from("新替\n 。x"), min_size=1, max_size=4))
rules = st.sampled_from(["AAA101", "BBB101", "CCC101"])


@st.composite
def layers(draw: st.DrawFn, size: int) -> Edits:
    """A layer of a text of that size: empty and touching spans, spans at both ends, several insertions at a place."""
    count = draw(st.integers(0, 6))
    cuts = sorted(draw(st.lists(st.integers(0, size), min_size=2 * count, max_size=2 * count)))
    edits = [Edit(a, b, draw(replacements), draw(rules)) for a, b in zip(cuts[::2], cuts[1::2], strict=True)]
    if len(edits) > 1 and draw(st.booleans()):  # a move: what one takes out another puts in
        a, b = draw(st.permutations(range(len(edits))))[:2]
        edits[a] = edits[a]._replace(replacement="", link=b)
        edits[b] = edits[b]._replace(link=a)
    return Edits.of(edits)


@st.composite
def histories(draw: st.DrawFn, most: int = 4) -> History:
    """A text and what up to `most` layers made of it."""
    raw = text = draw(texts)
    steps = []
    for _ in range(draw(st.integers(0, most))):
        edits = draw(layers(len(text)))
        steps.append((text, edits))
        text = apply(text, edits)
    return raw, steps, text


def pages_of(bodies: Sequence[str]) -> list[Page]:
    """Pages of these texts, named by their place."""
    return [Page(f"p{i}", body) for i, body in enumerate(bodies)]
