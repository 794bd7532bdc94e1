"""NAV106."""

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule
from pipeline.signal import Signals
from pipeline.stages.lexicon import FURNITURE
from pipeline.stages.prose import prose
from pipeline.stages.thread import thread_pages

_HEADER = Signals(
    {
        "time": r"^[\W_]*(?:(?:19|20)?\d\d[-/.年])?\d{1,2}[-/.月]\d{1,2}日?(?:\s*\d{1,2}:\d\d(?::\d\d)?)?[\W_]*$|^[\W_]*\d+\s*(?:秒|分钟|小时|天|周|个?月|年)前[\W_]*$|^[\W_]*(?:昨天|前天|今天)\s*\d{0,2}:?\d{0,2}[\W_]*$",
        "label": r"^[\W_]*(?:主题|帖子|精华|积分|威望|金钱|经验|等级|级别|粉丝|关注|获赞|注册时间|最后登录|在线时间|来自|性别|头衔|uid|评分|参与人数|收起|理由|贡献|发帖|听众|收听|好友)\s*(?::.{0,14}|\d.{0,12})?$|^来自\s+\S{2,8}$",
    },
    max_chars=40,
    where=lambda lines: (
        thread_pages(lines)[lines.page] & ((lines.digit > 0) | (lines.length <= 8)) & (lines.stops == 0)
    ),
)


@rule("NAV106")
def post_header(lines: Lines, context: Context) -> Found:
    """The panel and the time of a post, on a page that is a thread.

    Lone times, and labels with their figures (`积分 96`, `注册时间 2022-1-9`), on a page where at
    least three lines are floors, ranks or panels. Elsewhere a lone date may close a notice, so it stays.

    Before: `2022-6-12 16:22`, `积分 96`, post; after: post.
    """
    thread = thread_pages(lines)
    return Found(
        rows=(_HEADER.has(lines, "time", "label") | FURNITURE.has(lines, "panel")) & thread[lines.page] & ~prose(lines)
    )
