"""People and what they did: roles and names in credits, bylines and datelines.

Fields of people are lists. `authors` holds all who wrote; who they were stands beside it: `reporters`,
`correspondents`; `photographers` and `translators` are not authors.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

AUTHORS, REPORTERS, CORRESPONDENTS = "authors", "reporters", "correspondents"
PHOTOGRAPHERS, TRANSLATORS, INTERNS = "photographers", "translators", "interns"

_PAPER = r"(?:(?:本报|本网|本刊|本台|本社)|[\u4e00-\u9fff]{2,8}(?:报|网|社|台|在线|融媒))?"
_RANK = r"(?:首席|特约|见习|实习|全媒体|融媒体?|资深|特派|驻[\u4e00-\u9fff]{2,6})*"
_BY_WORD = {
    "文图|图文|文并图|文字摄影|采写摄影|文/图|文/片|图/文|文、图|文·图|文/摄|文摄|摄影报道|图文报道": (
        AUTHORS,
        PHOTOGRAPHERS,
    ),
    "特约通讯员|通讯员|通联员": (AUTHORS, CORRESPONDENTS),
    "实习生": (INTERNS,),
    "摄影记者|摄影|供图|图片|摄|图|影": (PHOTOGRAPHERS,),
    "编译|译者|翻译|译": (TRANSLATORS,),
    "评论员|撰文|撰稿|作者|文字|采写|执笔|整理|供稿|文": (AUTHORS,),
}
_ROLES = {word: roles for words, roles in _BY_WORD.items() for word in words.split("|")}
# Every role has one of these.
ROLED = re.compile(rf"[记{''.join(sorted({word[0] for word in _ROLES}))}]")
_WORDS = "|".join(sorted(_ROLES, key=len, reverse=True))
# 本报首席记者, 青屿在线记者, 通讯员, 文/图
_OWN_WORDS = ("本报", "本网", "本刊", "本台", "本社")
_OWN = f"(?:{'|'.join(_OWN_WORDS)})"
ROLE = re.compile(rf"(?P<reporter>{_PAPER}{_RANK}记者)|(?P<word>{_OWN}?(?:{_WORDS}))")
_NAME = r"[\u4e00-\u9fff·]{2,4}+(?:·[\u4e00-\u9fff]{1,5}+)?"
_GAP = r"[\s\u3000\u00a0、,，&]"
# A role, set apart from what stands before, with its people behind a space, a colon or a stroke.
SAID = re.compile(
    rf"(?:^|(?<=[\s\u3000\u00a0(（【\[□■◆●▲|/·，,。；;]))(?:{ROLE.pattern})(?:\s*[:：/]\s*|[\s\u3000\u00a0]+)"
    rf"(?P<people>{_NAME}(?:{_GAP}{{1,3}}{_NAME})*+)"
)


class Person(NamedTuple):
    """A field of a person: its name, the person, and where the name stands."""

    field: str
    name: str
    start: int
    end: int


def roles_of(word: str) -> tuple[str, ...]:
    """The fields that a role of ours stands for.

    >>> roles_of("本报记者"), roles_of("本报通讯员"), roles_of("文/图"), roles_of("译")
    (('authors', 'reporters'), ('authors', 'correspondents'), ('authors', 'photographers'), ('translators',))
    """
    if word.endswith("记者") and "摄影" not in word:
        return (AUTHORS, REPORTERS)
    return _ROLES.get(word[2:] if word.startswith(_OWN_WORDS) else word, (AUTHORS,))


# Who writes and edits comes again from page to page; so many texts are remembered, in some 2 MB.
@lru_cache(maxsize=4096)
def people(text: str, first: tuple[str, ...] = (AUTHORS,)) -> Sequence[Person]:
    """The people in a text that is nothing but roles and names; those before any role have the role `first`.

    A role at the end (`甲 摄`) is that of all who have none.

    >>> [(p.field, p.name) for p in people("记者 王小川 李 明 通讯员 郑月明")]
    [('authors', '王小川'), ('reporters', '王小川'), ('authors', '李明'), ('reporters', '李明'), ('authors', '郑月明'), ('correspondents', '郑月明')]
    >>> [(p.field, p.name) for p in people("王小川 摄")]
    [('photographers', '王小川')]
    """
    return tuple(_people(text, first))


def _people(text: str, first: tuple[str, ...]) -> Iterator[Person]:
    found = [m for m in ROLE.finditer(text) if _apart(text, m)] if ROLED.search(text) else []
    if found and not text[found[-1].end() :].strip(_EDGES):
        last = found.pop()
        if not found:
            first = roles_of(last[0])
        text = text[: last.start()]
    at, roles = 0, first
    for match in [*found, None]:
        piece_end = match.start() if match else len(text)
        for name, start, end in _named(text, at, piece_end):
            yield from (Person(role, name, start, end) for role in roles)
        if match:
            roles, at = roles_of(match[0]), match.end()


_EDGES = " \t\u3000\u00a0()（）[]【】:：/，,、.。；;"
# What stands where a name would, and is none.
_NOBODY = frozenset(
    {"佚名", "匿名", "未知", "无名氏", "不详", "无", "网络", "互联网", "本站", "报道", "文章", "文", "图"}
)
_SPLIT = re.compile(r"[^\s\u3000\u00a0、，,/;；|&(（)）\[\]【】:：]+")
_LETTER = re.compile(r"\w")
_LONE = re.compile(r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff])[ \u3000\u00a0]{1,2}([\u4e00-\u9fff])(?![\u4e00-\u9fff])")


def _apart(text: str, role: re.Match[str]) -> bool:
    """Whether a role is a word of its own: single characters (文, 图, 摄, 译) are letters of names as well."""
    if len(role[0]) > 1:
        return True
    before, after = text[: role.start()][-1:], text[role.end() :][:1]
    return (not before or before in _EDGES) and (not after or after in _EDGES)


def _named(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """The names between two positions; a family name set apart from a given name of one character is joined."""
    at = start
    piece = text[start:end]
    for lone in _LONE.finditer(piece) if len(piece) > 2 else ():
        yield from _plain(text, at, start + lone.start())
        yield lone[1] + lone[2], start + lone.start(), start + lone.end()
        at = start + lone.end()
    yield from _plain(text, at, end)


def _plain(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    for word in _SPLIT.finditer(text, start, end):
        name = word[0].strip("。.·")
        if _LETTER.search(name) and len(name) <= 20 and name not in _NOBODY:
            yield name, word.start(), word.end()


def names(text: str) -> list[str]:
    """Names in a list of persons, each once.

    >>> names("王茂征 孙士勇、邱贻坤"), names("李 明")
    (['王茂征', '孙士勇', '邱贻坤'], ['李明'])
    """
    return list(dict.fromkeys(p.name for p in people(text)))
