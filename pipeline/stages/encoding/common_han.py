"""Sets of Han characters that tell Chinese text from bytes that only happen to decode as some."""

from functools import cache

# Some 630 of the most frequent characters of modern Chinese: four in five characters of running text.
COMMON = frozenset(
    ""
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去"
    ""
    "法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点"
    ""
    "正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿"
    ""
    "原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德"
    ""
    "资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交"
    ""
    "规万取拉格望觉术领共确传师观清今切院让识候带导争运笔板收根干造言联持组每济车亲极林服快办议往元英士证近失转夫令准布始怎呢存未远叫"
    ""
    "台单影具罗字爱击流备兵连调深商算质团集百需价花党华城石级整府离况亚请技际约示复病息究线似官火断精满支视消越器容照须九增研写称企八"
    ""
    "功吗包片史委乎查轻易早曾除农找装广显吧阿李标谈吃图念六引历首医局突专费号尽另周较注语仅考落青随选列武红响虽推势参希古众构房半节土"
    ""
    "投某案黑维革划敌致陈律足态护七兴派孩验责营星够章音跟志底站严巴例防族供效续施留讲型料终答紧黄绝奇察母京段依批群项故按河米围江织害"
    "斗双境客纪采举杀攻父苏密低朝友诉止细愿千值仍男钱破网热助倒育属坐帝限船脸职速刻乐否刚威毛状率甚独球般普怕弹校苦创伪"
)


def _coded(lead_low: int, lead_high: int) -> frozenset[str]:
    pairs = (bytes((lead, trail)) for lead in range(lead_low, lead_high + 1) for trail in range(0xA1, 0xFF))
    # GBK and not GB 2312: they differ on the dash and the middle dot, and it is GBK that the Web reads.
    return frozenset("".join(pair.decode("gbk", "ignore") for pair in pairs))


@cache
def plain() -> frozenset[str]:
    """Level 1 of GB 2312 (3,755 characters, 99.7 % of running text) and the signs of its rows 1 to 9.

    >>> "国" in plain(), "，" in plain(), "涓" in plain()
    (True, True, False)
    """
    return _coded(0xA1, 0xA9) | _coded(0xB0, 0xD7)


def is_han(char: str) -> bool:
    """Whether a character is a Han character of the main blocks."""
    return "\u3400" <= char <= "\u9fff"
