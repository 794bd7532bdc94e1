"""SCR101: characters of the script that is not wanted."""

from functools import cache

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.stages.script.conversion import Codes, character_table
from pipeline.stages.script.converted import change_edits, simplified_pieces, traditional_pieces

CODE = "SCR101"


@cache
def _quotes(to_traditional: bool) -> Codes:
    pairs = {"「": "“", "」": "”", "『": "‘", "』": "’"}
    return character_table({new: old for old, new in pairs.items()} if to_traditional else pairs)


@rule(CODE)
def other_script(lines: Lines, context: Context) -> Found:
    """Traditional characters on traditional pages, which become simplified.

    Conversion follows OpenCC's dictionaries, phrases before characters, with mends of our own where they go wrong: 乾
    stays in 乾隆 and 乾安县 but not in 乾斷食, 於 is a preposition in 於倫敦, 覆 stays in 顛覆 and becomes 复 in 覆核,
    瞭 is 了 but in 瞭望, 昇 stays in names. A run of changed characters is one edit.

    With `direction = "s2t"` it is simplified text that becomes traditional, by OpenCC's choice alone; with `"none"`
    the rule rests. With `quotes = true` quotation marks change with the script: 「」 of converted lines become “”, or
    the reverse.

    Leaves alone: simplified pages, whatever they quote; on a page with both, lines in simplified script; words (軟體
    becomes 软体, not 软件).

    Before: `後來他們發現了問題`. After: `后来他们发现了问题`.
    """
    options = context.options
    if options.direction == "none":
        return Found()
    to_traditional = options.direction == "s2t"
    pieces = lines.derived(simplified_pieces if to_traditional else traditional_pieces)
    quotes = _quotes(to_traditional)
    changes = [(p.start, p.codes, quotes[p.converted] if options.quotes else p.converted) for p in pieces]
    return Found(edits=change_edits(changes, CODE))
