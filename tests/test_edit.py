"""Edits: what restores exactly, who keeps the credit, where positions go."""

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.edit import (
    Change,
    Edit,
    EditError,
    Edits,
    apply,
    backward,
    check,
    flatten,
    forward,
    invert,
    removed,
    restore,
)
from tests.strategies import History, histories, layers, texts

texts_and_layers = texts.flatmap(lambda text: st.tuples(st.just(text), layers(len(text))))


def slowly_applied(text: str, edits: Edits) -> str:
    """The plain way: from the last edit to the first, on the string."""
    for e in reversed(edits.rows()):
        text = text[: e.start] + e.replacement + text[e.end :]
    return text


@given(texts_and_layers)
def test_apply_equals_the_plain_way(case: tuple[str, Edits]) -> None:
    assert apply(*case) == slowly_applied(*case)


@given(texts_and_layers)
def test_a_layer_and_its_inverse_restore_the_text(case: tuple[str, Edits]) -> None:
    text, edits = case
    changed = apply(text, edits)
    back = invert(edits, removed(text, edits))
    check(len(changed), back)
    assert apply(changed, back) == text


@given(texts_and_layers)
def test_inverting_twice_gives_the_layer(case: tuple[str, Edits]) -> None:
    text, edits = case
    changed = apply(text, edits)
    back = invert(edits, removed(text, edits))
    assert invert(back, removed(changed, back)).rows() == edits.rows()


@given(histories())
def test_several_layers_restore_the_raw_text(history: History) -> None:
    raw, steps, final = history
    assert restore(final, [(edits, removed(seen, edits)) for seen, edits in steps]) == raw


def changed_by(raw: str, changes: Sequence[Change]) -> str:
    """The raw text with flat changes made; they stand in order and do not overlap."""
    out, at = [], 0
    for c in changes:
        assert c.start >= at, "changes overlap or are out of order"
        assert c.end > c.start or c.replacement, "a change that changes nothing"
        out += [raw[at : c.start], c.replacement]
        at = c.end
    return "".join([*out, raw[at:]])


@given(histories())
def test_flat_changes_lead_from_the_raw_text_to_the_final_one(history: History) -> None:
    raw, steps, final = history
    assert changed_by(raw, flatten(len(raw), [edits for _, edits in steps])) == final


def takers(raw: str, steps: Sequence[tuple[str, Edits]]) -> list[tuple[str, int, int] | None]:
    """For each raw character the rule, layer and edit that took it: every character carried through, one by one."""
    origin: list[int] = list(range(len(raw)))  # where each character of the text comes from; -1: put in by a layer
    taker: list[tuple[str, int, int] | None] = [None] * len(raw)
    for depth, (_, edits) in enumerate(steps):
        for index, e in reversed(list(enumerate(edits.rows()))):
            for place in origin[e.start : e.end]:
                if place >= 0:
                    assert taker[place] is None
                    taker[place] = (e.rule, depth, index)
            origin[e.start : e.end] = [-1] * len(e.replacement)
    return taker


@given(histories())
def test_the_first_rule_that_took_a_character_keeps_the_credit(history: History) -> None:
    raw, steps, _ = history
    found: list[tuple[str, int, int] | None] = [None] * len(raw)
    for c in flatten(len(raw), [edits for _, edits in steps]):
        found[c.start : c.end] = [(c.rule, c.layer, c.edit)] * (c.end - c.start)
    assert found == takers(raw, steps)


@given(histories(most=1))
def test_what_a_single_layer_did_is_the_layer_itself(history: History) -> None:
    raw, steps, _ = history
    flat = flatten(len(raw), [edits for _, edits in steps])
    rows = [(i, e) for _, edits in steps for i, e in enumerate(edits.rows()) if e.end > e.start or e.replacement]
    assert sorted((c.start, c.end, c.replacement, c.edit) for c in flat) == sorted((*e[:3], i) for i, e in rows)


def test_text_put_in_and_taken_out_again_does_not_show() -> None:
    flat = flatten(2, [Edits.of([Edit(1, 1, "新", "AAA101")]), Edits.of([Edit(1, 2, "", "BBB101")])])
    assert flat == []


def test_later_rule_never_takes_the_credit() -> None:
    first, second = Edits.of([Edit(1, 3, "", "AAA101")]), Edits.of([Edit(0, 2, "", "BBB101")])
    assert [(c.start, c.end, c.rule) for c in flatten(4, [first, second])] == [
        (0, 1, "BBB101"),
        (1, 3, "AAA101"),
        (3, 4, "BBB101"),
    ]


@given(texts_and_layers)
def test_positions_go_where_a_plain_count_says(case: tuple[str, Edits]) -> None:
    text, edits = case
    changed = apply(text, edits)
    back = invert(edits, removed(text, edits))
    for position in range(len(text) + 1):
        assert forward(edits, np.array([position])) == plainly_forward(edits, position)
    for position in range(len(changed) + 1):
        # Inside a replacement a position goes back to the start of its edit, forward to its end: they differ there.
        inside = [e.start for e, b in zip(edits.rows(), back.rows(), strict=True) if b.start < position < b.end]
        want = inside[0] if inside else plainly_forward(back, position)
        assert backward(edits, np.array([position])) == want


def plainly_forward(edits: Edits, position: int) -> int:
    """The plain way: what ends at or before the position moves it, what holds it sends it to the end."""
    moved = 0
    for e in edits.rows():
        growth = len(e.replacement) - (e.end - e.start)
        if e.end <= position:
            moved += growth
        elif e.start < position:
            return e.end + moved + growth
    return position + moved


@given(texts_and_layers)
def test_positions_outside_of_edits_go_forward_and_back_unchanged(case: tuple[str, Edits]) -> None:
    text, edits = case
    changed = apply(text, edits)
    every = np.arange(len(text) + 1)
    there = forward(edits, every)
    assert 0 <= there.min() <= there.max() <= len(changed)
    assert (np.diff(there) >= 0).all(), "forward is monotone"
    spans = edits.rows()
    free = [p for p in every.tolist() if not any(e.start <= p <= e.end for e in spans)]
    assert backward(edits, there[free]).tolist() == free
    for p in free:
        assert changed[there[p] : there[p] + 1] == text[p : p + 1], "the character behind it is still behind it"


@given(texts_and_layers)
def test_positions_go_backward_in_order_and_within_the_text(case: tuple[str, Edits]) -> None:
    text, edits = case
    changed = apply(text, edits)
    there = backward(edits, np.arange(len(changed) + 1))
    assert 0 <= there.min() <= there.max() <= len(text)
    assert (np.diff(there) >= 0).all(), "backward is monotone"


@given(texts_and_layers)
def test_a_position_inside_a_change_goes_to_its_end_and_comes_back_to_its_start(case: tuple[str, Edits]) -> None:
    text, edits = case
    ends = forward(edits, edits.end)
    for e, end in zip(edits.rows(), ends.tolist(), strict=True):
        inner = np.arange(e.start + 1, e.end)
        assert set(forward(edits, inner).tolist()) <= {end - sum(len(x.replacement) for x in later_at(edits, e))}
    back = invert(edits, removed(text, edits))
    for e, b in zip(edits.rows(), back.rows(), strict=True):
        assert set(backward(edits, np.arange(b.start + 1, b.end)).tolist()) <= {e.start}


def later_at(edits: Edits, edit: Edit) -> Iterator[Edit]:
    """Insertions that stand right behind an edit."""
    rows = edits.rows()
    for e in rows[rows.index(edit) + 1 :]:
        if e.start == e.end == edit.end:
            yield e


parts = st.lists(layers(12), max_size=4)


def linked(edits: Edits) -> list[tuple[Edit, Edit]]:
    rows = [e._replace(link=-1) for e in edits.rows()]
    return sorted((rows[i], rows[link]) for i, link in enumerate(edits.link.tolist()) if link >= 0)


@given(parts)
def test_joined_edits_keep_their_links_and_their_order(given_parts: list[Edits]) -> None:
    joined = Edits.join(given_parts)
    assert linked(joined) == sorted(pair for part in given_parts for pair in linked(part))
    keys = [(e.start, e.end) for e in joined.rows()]
    assert keys == sorted(keys)
    assert len(joined) == sum(map(len, given_parts))


@given(layers(30), st.integers(0, 30), st.integers(0, 30))
def test_one_pages_share_is_relative_and_loses_only_links_that_leave_it(edits: Edits, low: int, size: int) -> None:
    share = edits.between(low, low + size)
    inside = [e for e in edits.rows() if low <= e.start <= low + size]
    assert [e._replace(link=-1) for e in share.rows()] == [
        e._replace(start=e.start - low, end=e.end - low, link=-1) for e in inside
    ]
    kept = [(a, b) for a, b in linked(edits) if all(low <= e.start <= low + size for e in (a, b))]
    assert len(linked(share)) == len(kept)
    assert share.shifted(low).rows() == edits.take((edits.start >= low) & (edits.start <= low + size)).rows()


@given(layers(20), st.data())
def test_edits_taken_under_a_mask_are_those_at_its_places(edits: Edits, data: st.DataObject) -> None:
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(edits), max_size=len(edits))), dtype=bool)
    taken = edits.take(mask)
    assert taken.rows() == edits.take(np.flatnonzero(mask)).rows()
    assert all(taken.link[link] == i for i, link in enumerate(taken.link.tolist()) if link >= 0)


@pytest.mark.parametrize(
    "edits",
    [
        [Edit(3, 2)],
        [Edit(0, 5)],
        [Edit(-1, 1)],
        [Edit(0, 2, rule="AAA101"), Edit(1, 3, rule="BBB101")],
        [Edit(1, 3), Edit(2, 2, "x")],
    ],
)
def test_what_is_no_layer_is_refused(edits: list[Edit]) -> None:
    with pytest.raises(EditError, match=r"sorted, in range, and do not overlap"):
        apply("甲乙丙丁", Edits.of(edits))


def test_unsorted_columns_are_refused() -> None:
    edits = Edits.of([Edit(0, 1), Edit(2, 3)])
    order = np.array([1, 0])
    columns = {f.name: getattr(edits, f.name)[order] for f in dataclasses.fields(edits)}
    with pytest.raises(EditError):
        check(4, Edits(**columns))


def test_an_error_names_the_rule_before_it() -> None:
    with pytest.raises(EditError, match=r"edit BBB101 \[1, 3\) .* after AAA101 \[0, 2\)"):
        check(4, Edits.of([Edit(0, 2, rule="AAA101"), Edit(1, 3, rule="BBB101")]))
