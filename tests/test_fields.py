"""Fields kept as columns are the fields that were found."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean import Trail
from pipeline.document import Field, Page
from pipeline.fields import Fields, Reading
from pipeline.publish.tables import FieldRows, field_batch

SOME = st.lists(
    st.builds(
        Field, st.integers(0, 2), st.sampled_from(["title", "date", "source"]), st.text("甲乙\n", max_size=3),
        st.integers(-1, 2), st.integers(-1, 3), st.sampled_from(["MET101", "A"]), st.sampled_from(["", "metadata"]),
    ),
    max_size=6,
)  # fmt: skip


@given(st.lists(SOME, max_size=4))
def test_fields_in_parts_are_one_list(groups: list[list[Field]]) -> None:
    plain = [field for group in groups for field in group]
    fields = Fields()
    for group in groups:
        fields += group
    assert fields == plain
    assert len(fields) == len(plain)
    assert fields[1:] == plain[1:]
    assert Fields(plain) == fields
    for name in ("title", "date", "source"):
        assert [*fields.named(name)] == [(f.page, f.value) for f in plain if f.name == name]
    assert [*Reading.join([Reading.of(group) for group in groups]).rows()] == plain


@given(SOME)
def test_a_rule_of_a_stage_signs_what_it_reads(found: list[Field]) -> None:
    signed = Reading.of(found, "MET999", "last")
    assert [*signed.rows()] == [f._replace(rule="MET999", stage="last") for f in found]


@given(SOME, SOME)
def test_fields_of_an_earlier_pass_come_back_as_they_were(earlier: list[Field], own: list[Field]) -> None:
    trail = Trail.of([Page(f"p{i}", "甲乙丙") for i in range(3)])
    trail.fields = Fields(earlier)
    rows = FieldRows(field_batch(trail))
    assert [*rows.rows()] == earlier
    assert [*rows.named("title")] == [(f.page, f.value) for f in earlier if f.name == "title"]
    trail.fields = Fields(own, [rows])
    assert trail.fields == earlier + own
    assert [*FieldRows(field_batch(trail)).rows()] == earlier + own
