"""Credits that close an article, at the end of its last paragraph."""

import re

from pipeline.lines import Lines

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
    "庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边"
)
NAME = rf"[{SURNAMES}][\u4e00-\u9fff·]{{1,3}}+"
_IMAGE_TEXT = r"文[/·、]?(?:片|图|摄)|图/文|图文"
_ROLE = r"(?:本报|本网|本刊|本台)?(?:首席|特约|见习|实习|全媒体)?(?:记者|通讯员|作者|特约通讯员|文|摄影|实习生|供稿|撰稿|整理)"
_GAP = r"[\s\u3000\u00a0、,，:：/]"
_PEOPLE = rf"{NAME}(?:{_GAP}++{NAME})*+"
# A role, then its people, then further roles; matched without going back, so that no line can make it slow.
_STAFF = rf"(?:{_ROLE}{_GAP}*+)?+{_PEOPLE}(?:{_GAP}*+{_ROLE}{_GAP}*+{_PEOPLE})*+"

# A role set apart tells that names follow, whatever their family names are.
_ANY = r"[\u4e00-\u9fff·]{2,4}+"
_TOLD = rf"{_ROLE}(?:[/·、]{_ROLE}|[片图])?{_GAP}++{_ANY}(?:{_GAP}++{_ANY})*+"
# （记者 甲 通讯员 乙）, (丙), 文/片 记者 甲: after the end of a sentence, at the end of the line.
CLOSING = re.compile(
    rf"(?<=[。！？!?”」…])[\s\u3000\u00a0]*+(?P<credit>[(（]\s*+(?:{_STAFF}|{_TOLD}(?:{_GAP}*+{_TOLD})*+)\s*+(?:报道|文|摄|供稿)?[)）]"
    rf"|(?:{_IMAGE_TEXT}|文){_GAP}*+{_STAFF})\s*+$"
)
ROLE = re.compile(rf"{_IMAGE_TEXT}|{_ROLE}")

# Five names with their roles fit; what stands further from the end of the line is text.
CREDIT_CHARS = 80


def closing_credit_of(lines: Lines, row: int) -> re.Match[str] | None:
    """The credit that closes a line, with positions of the batch; its group `credit` is the credit without space."""
    tail = int(lines.tail[row])
    low = max(int(lines.head[row]), tail - CREDIT_CHARS)
    # It ends in a bracket, or has one of the words for who wrote: most lines have neither.
    if tail == low or not (lines.text[tail - 1] in ")）" or "文" in lines.text[low:tail]):
        return None
    return CLOSING.search(lines.text, low, tail)
