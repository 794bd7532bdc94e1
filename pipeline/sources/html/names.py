"""What the words of an element's class and id say of it: names that sites of all makes use, English and pinyin.

A word counts only where it stands alone in a name, parted by signs or capitals: `side-nav`, `relatedNews`, `topNav`.
"""

import re
from functools import lru_cache

from pipeline.hints import ARTICLE, ASIDE, COMMENTS, CONTENT, FOOTER, FURNITURE, HEADER, NAV, RELATED

_WORDS = {
    NAV: "nav navi navbar navigation menu menus submenu crumb crumbs breadcrumb breadcrumbs daohang mianbaoxie location topbar sitemap pager pagination paging pages tabs",
    HEADER: "header head masthead banner logo",
    FOOTER: "footer foot copyright banquan beian icp dibu",
    ASIDE: "sidebar sider aside widget widgets",
    RELATED: "related relate relevant recommend recommended recommendation recommends recom rec tuijian xiangguan hot hots popular rank ranking ranklist paihang guess interest similar promo promotion latest",
    COMMENTS: "comment comments pinglun cmt disqus liuyan",
    FURNITURE: "share sharing fenxiang social toolbar tools tool login register signin signup search sousuo qrcode qr erweima ewm ad ads adv advert advertisement gg guanggao sponsor subscribe newsletter player mplayer barrage danmu carousel swiper avatar popup modal dialog tooltip like likes dianzan vote follow guanzhu shengming disclaimer",
    CONTENT: "content contents article articles post story entry detail details neirong zhengwen text body main cont con txt wenzhang artical rich richtext markdown",
}  # fmt: skip
_KIND = {word: kind for kind, words in _WORDS.items() for word in words.split()}
_PARTS = re.compile(r"[\s_-]+")
_CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
# What follows says how the element is, not what it is: `has-navbar`, `isAd`.
_STATES = frozenset({"has", "is", "no", "not", "with", "without", "enable", "disable", "show", "hide", "int"})
# Made-up words in camel case run on; names of things have three words at the most.
_MOST_WORDS = 3
_TAGS = {
    "nav": NAV, "header": HEADER, "footer": FOOTER, "aside": ASIDE, "article": ARTICLE, "main": ARTICLE,
}  # fmt: skip
_ROLES = {
    "navigation": NAV, "menu": NAV, "menubar": NAV, "banner": HEADER, "contentinfo": FOOTER, "complementary": ASIDE,
    "article": ARTICLE, "main": ARTICLE, "search": FURNITURE, "dialog": FURNITURE,
}  # fmt: skip


def kind_of(tag: str, attributes: dict[str, str | None]) -> int:
    """The flags of an element of its own.

    >>> kind_of("div", {"class": "relatedNews"}) == RELATED, kind_of("div", {"id": "contentious"})
    (True, 0)
    """
    kind = _TAGS.get(tag, 0)
    if not attributes:
        return kind
    role = attributes.get("role")
    if role:
        kind |= _ROLES.get(role, 0)
    if "articleBody" in (attributes.get("itemprop") or ""):
        kind |= ARTICLE
    for name in ("class", "id"):
        value = attributes.get(name)
        if value:
            kind |= named(value[:200])
    return kind


@lru_cache(maxsize=20_000)
def named(value: str) -> int:
    """The flags that the words of a class or id give.

    >>> named("has-menu"), named("summary_EGg7N"), named("topNav") == NAV
    (0, 0, True)
    """
    kind = 0
    state = False
    for part in _PARTS.split(value):
        if not part.isalpha():  # a digit within: made by a tool, or a number of a kind
            part = part.rstrip("0123456789")
        words = _CAMEL.findall(part) if part.isalpha() and part.isascii() else []
        if words and not state and len(words) <= _MOST_WORDS and words[0].lower() not in _STATES:
            for word in words:
                if len(word) > 2 or len(words) == 1:
                    kind |= _KIND.get(word.lower(), 0)
        state = len(words) == 1 and words[0].lower() in _STATES
    return kind
