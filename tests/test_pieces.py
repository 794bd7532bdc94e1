"""Pieces of texts as code points do what plain strings do."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.edit import Edit, Edits, apply, removed
from pipeline.lines import codes_of, text_of
from pipeline.pieces import Pieces, applied, spans_of

ANY = st.text(st.sampled_from("甲乙丙 \n\x00a\U0001f600\ud800"), max_size=30)


@st.composite
def layers(draw: st.DrawFn) -> tuple[str, Edits]:
    """A text and a layer of it: spans that do not overlap and may touch, some of them empty."""
    text = draw(ANY)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    spans = [span for span in pairwise(cuts) if draw(st.booleans())]
    return text, Edits.of(Edit(a, b, draw(st.just("") | ANY)) for a, b in spans)


@given(ANY)
def test_code_points_are_those_of_the_string(text: str) -> None:
    assert codes_of(text).tolist() == [ord(c) for c in text]
    assert text_of(codes_of(text)) == text


@given(layers())
def test_a_layer_is_applied_as_to_a_string(case: tuple[str, Edits]) -> None:
    text, edits = case
    assert text_of(applied(codes_of(text), edits)) == apply(text, edits)
    assert text_of(spans_of(codes_of(text), edits.start, edits.end)) == "".join(removed(text, edits))


@given(st.lists(st.lists(ANY, max_size=5), max_size=4), st.data())
def test_pieces_are_the_texts_that_they_were_made_of(groups: list[list[str]], data: st.DataObject) -> None:
    joined = Pieces.join([Pieces.of(texts) for texts in groups])
    texts = [text for group in groups for text in group]
    assert list(joined) == texts
    assert len(joined) == len(texts)
    low, high = data.draw(st.integers(-9, 9)), data.draw(st.integers(-9, 9))
    assert joined[low:high] == texts[low:high]
    assert [joined[i] for i in range(-len(texts), len(texts))] == texts * 2
    assert joined.ends.tolist() == np.cumsum([len(t) for t in texts]).tolist()
