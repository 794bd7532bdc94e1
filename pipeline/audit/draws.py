"""Which edits of each rule are looked at: a fair draw by seed, and the riskiest.

A draw is the edits with the smallest digests of seed, page and place: it does not depend on the order of files, and a
larger draw only adds to a smaller one. Rules are strata: each is drawn from on its own.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pipeline.audit.archive import Archive

# Half of a rule page's riskiest would be one kind of risk if the three were added up: each gets its turn instead.
RISKY_EACH = 7
RISKY = 20
EXAMPLES = 50

_DRAWN = """
select rule, page_id, layer, ordinal from edits where {where}
qualify row_number() over (
  partition by rule order by md5(concat_ws(chr(31), ?, page_id, layer, ordinal)), page_id, layer, ordinal
) <= ?
order by rule, md5(concat_ws(chr(31), ?, page_id, layer, ordinal)), page_id, layer, ordinal
"""

# Stops and commas by character: prose has about one in ten. Twenty characters are added to the length, so that a
# fragment of three with a comma does not count as the purest prose. What stands around an edit is told by its
# neighbours in the layer: their rules, and whether they touch it, are near, or far off.
_RISKY = """
with around as (
  select rule, page_id, layer, ordinal, removed, length(removed) as size,
    (length(removed) - length(translate(removed, '，。！？；：、…', ''))) / (length(removed) + 20.0) as prose,
    coalesce(lag(rule) over w, '^') || case when start - lag("end") over w <= 1 then '=' when start - lag("end") over w
      < 100 then '-' else ' ' end || coalesce(lead(rule) over w, '$') || case when lead(start) over w - "end" <= 1
      then '=' when lead(start) over w - "end" < 100 then '-' else ' ' end as context
  from edits where rule is not null and layer in (select distinct layer from edits where {where})
  window w as (partition by page_id, layer order by ordinal)
), told as (
  select *, count(*) over (partition by rule, context) as alike,
    row_number() over (partition by rule, removed order by page_id, layer, ordinal) as again
  from around where {where}
), ranked as (
  select *, row_number() over (partition by rule order by size desc, page_id, layer, ordinal) as longest,
    row_number() over (partition by rule order by alike, size desc, page_id, layer, ordinal) as rarest,
    row_number() over (partition by rule order by prose desc, size desc, page_id, layer, ordinal) as nearest
  from told where again = 1
)
select rule, page_id, layer, ordinal, longest, rarest, nearest, size, alike, prose from ranked
where least(longest, rarest, nearest) <= ? order by rule, least(longest, rarest, nearest), page_id, layer, ordinal
"""


class Drawn(NamedTuple):
    """An edit to look at: which one it is, and why it was chosen (empty where by the seed alone)."""

    rule: str
    page_id: str
    layer: int
    ordinal: int
    why: str = ""


def drawn(archive: "Archive", seed: int, count: int, rule: str | None = None) -> dict[str, list[Drawn]]:
    """For each rule so many edits, all where there are fewer, in the order of the draw."""
    where, given = _only(rule)
    rows = archive.ask(_DRAWN.format(where=where), [*given, str(seed), count, str(seed)])
    out: dict[str, list[Drawn]] = {}
    for row in rows:
        out.setdefault(row["rule"], []).append(Drawn(row["rule"], row["page_id"], row["layer"], row["ordinal"]))
    return out


def riskiest(archive: "Archive", rule: str | None = None) -> dict[str, list[Drawn]]:
    """For each rule up to 20 edits: the longest, those in the rarest context and those nearest to prose, in turn.

    Of edits that removed the same text one is shown.
    """
    where, given = _only(rule)
    rows = archive.ask(_RISKY.format(where=where), [*given, *given, RISKY])
    found: dict[str, list[dict[str, object]]] = {}
    for row in rows:
        found.setdefault(row["rule"], []).append(row)
    return {code: _in_turn(candidates) for code, candidates in found.items()}


def _only(rule: str | None) -> tuple[str, Sequence[str]]:
    return ("rule is not null", ()) if rule is None else ("rule = ?", (rule,))


def _in_turn(rows: Sequence[dict[str, object]]) -> list[Drawn]:
    """One of each kind in turn, each edit once, with what makes it risky."""
    says = {
        "longest": lambda r: f"one of the longest: {r['size']:,} characters",
        "rarest": lambda r: f"rare surroundings: {r['alike']:,} of this rule's edits have such neighbours",
        "nearest": lambda r: f"near to prose: {r['prose'] * 100:.0f} stops in 100 characters",
    }
    queues = {kind: sorted(rows, key=lambda r, k=kind: int(r[k])) for kind in says}  # type: ignore[misc]  # r has ints
    out: dict[tuple[object, ...], Drawn] = {}
    for place in range(max(map(len, queues.values()), default=0)):
        for kind, queue in queues.items():
            row = queue[place] if place < len(queue) else None
            if row is None or (kind == "nearest" and not row["prose"]):
                continue
            key = (row["page_id"], row["layer"], row["ordinal"])
            if key not in out and len(out) < RISKY:
                page, layer, ordinal = str(row["page_id"]), int(str(row["layer"])), int(str(row["ordinal"]))
                out[key] = Drawn(str(row["rule"]), page, layer, ordinal, says[kind](row))
    return list(out.values())
