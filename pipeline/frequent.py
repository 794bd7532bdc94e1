"""How likely a character is in Chinese that reads well, against Chinese read in a wrong encoding.

Weights are natural logarithms of that ratio. In running text nearly half of the characters are of `MOST`, a quarter of
`MORE`, a seventh of `MANY`; read wrongly, they come more evenly from all that the encoding holds, most of it rare.
Traditional characters weigh as much as their simplified ones.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from pipeline.lines import codes_of, fold_table

# Written for this purpose, from most to less frequent in general prose.
MOST = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家"
    "种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十"
    "民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或"
)

MORE = (
    "新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系"
    "气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空"
    "决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术"
    "领共确传师观清今切院让识候带导争运笔风步改收根干造言联持组每济车亲极林服快办议往元英士证近失转夫令准布始怎呢存未"
    "远叫台单影具罗字爱击流备兵连调深商算质团集百需价花党华城石级整府离况亚请技际约示复病息究线似官火断精满支视消越器"
    "容照须九增研写称企八功吗包片史委乎查轻易早曾除农找装广显吧阿李标谈吃图念六引历首医局突专费号尽另周较注语仅考落青"
    "随选列武红响虽推势参希古众构房半节土投某案黑维革"
)

MANY = (
    "划敌致陈律足态护七兴派孩验责营星够章音跟志底站严巴例防族供效续施留讲型料终答紧黄绝奇察母京段依批群项故按河米围江"
    "织害斗双境客纪采举杀攻父苏密低朝友诉止细愿千值仍男钱破网热助倒育属坐帝限船脸职速刻乐否刚威毛状率甚独球般普怕弹校"
    "苦创假久错承印晚兰试股拿脑预谁益阳若哪微尼继送急血惊伤素药适波夜省初喜卫源食险待述陆习置居劳财环排福纳欢雷警获模"
    "充负云停木游龙树疑层冷洲冲射略范竟句室异激汉村哈策演简卡罪判担州静退既衣您宗积余痛检差富灵协角占配征修皮挥胜降阶"
    "审沉坚善妈刘读啊超免压银买皇养伊怀执副乱抗犯追帮宣佛岁航优怪香著田铁控税左右份穿艺背阵草脚概恶块顿敢守酒岛托央户"
    "烈洋哥索胡款靠评版宝座释景顾弟登货互付伯慢欧换闻危忙核暗姐介坏讨丽良序升监临亮露永呼味野架域沙掉括舰鱼杂误湾吉减"
    "编楚肯测败屋跑梦散温困剑渐封救贵枪缺楼县尚毫移娘朋画班智亦耳恩短掌恐遗固席松秘谢鲁遇康虑幸均销钟诗藏赶剧票损忽巨"
    "炮旧端探湖录叶春乡附吸予礼港雨呀板庭妇归睛饭额含顺输摇招婚脱补谓督毒油疗旅泽材灭逐莫笑亡鲜词圣择寻厂睡博勒烟授诺"
    "伦岸奥唐卖俄炸载洛健堂旁宫喝借君禁阴园谋宋避抓荣姑孙逃牙束跳顶玉镇雪午练迫爷篇肉嘴馆遍凡础洞卷坦牛宁纸诸训私庄祖"
    "丝翻暴森塔默握戏隐熟骨访弱蒙歌店鬼软典欲萨伙遭盘爸扩盖弄雄稳忘亿刺拥徒姆杨齐赛趣曲刀床迎冰虚玩析窗醒妻透购替塞努"
    "休虎扬途侵刑绿兄迅套贸毕唯谷轮库迹尤竞街促延震弃甲伟麻川申缓潜闪售灯针哲络抵朱埃抱鼓植纯夏忍页杰筑折郑贝尊吴秀混"
    "臣雅振染盛怒舞圆搞狂措姓残秋培迷诚宽宇猛摆梅毁伸摩盟末乃悲拍丁赵硬麦蒋操耶阻订彩抽赞魔纷沿喊违妹浪汇币丰蓝殊献桌"
    "啦瓦莱援译夺汽烧距裁偏符勇触课敬哭懂墙袭召罚侠厅拜巧侧韩冒债曼融惯享戴童犹乘挂奖绍厚纵障讯涉彻刊丈爆乌役描洗玛患"
    "妙镜唱烦签仙彼弗症仿倾牌陷鸟轰咱菜闭奋庆撤泪茶疾缘播朗杜奶季丹狗尾仪偷奔珠虫驻孔宜艾桥淡翼恨繁寒伴叹旦愈潮粮缩罢"
    "聚径恰挑袋灰捕徐珍幕映裂泰隔启尖忠累炎暂估泛荒偿横拒瑞忆孤鼻闹羊呆厉衡胞零穷舍码赫婆魂灾洪腿胆津俗辩胸晓劲贫仁偶"
    "辑邦恢赖圈摸仰润堆碰艇稍迟辆废净凶署壁御奉旋冬矿抬蛋晨伏吹鸡倍糊秦盾杯租骑乏隆诊"
)

# Signs of Chinese prose; wrong readings hit them seldom, for they are few.
_SIGNS = "\u3000\u00b7\u2014\u2018\u2019\u201c\u201d\u2026，。、：；！？（）《》「」『』【】"
_KANA = "のにはをがたてとでしいるっかれさこすもらなくうんりま"
_HANGUL = "이다는의에가을하고를은도지로한기사나서인어자라그대있니리시"

# Shares measured in 290,000 characters of technical prose and 180,000 of statutes, alike in both scripts: most 45 %,
# more 29 %, many 15 %, the other characters of the first levels 2 %, signs 8 %. In GB18030 read as Big5 and the reverse
# and UTF-8 as GB18030: 1, 3, 6, 27 and 0 %; second levels and rarer 45 %, broken 2 to 40 %. The weights lie nearer to
# 0 than the logarithms of these, for lists of names and old books hold rarer characters. In tenths, to fit a byte.
_WEIGHTS = {
    "most": 32,
    "more": 15,
    "many": 3,
    "first": -13,
    "second": -37,
    "rare": -60,
    "sign": 20,
    "letter": -5,
    "broken": -80,
}
SECOND_LEVEL = _WEIGHTS["second"]  # weights from here down are those of rare characters


def _cells(leads: range, trails: range, encoding: str) -> npt.NDArray[np.uint32]:
    data = bytes(b for lead in leads for trail in trails for b in (lead, trail))
    return codes_of(data.decode(encoding, "ignore"))


@cache
def weights() -> npt.NDArray[np.int8]:
    """For each code point its weight in tenths; nothing for ASCII, the least for what cannot be in a text."""
    w = _WEIGHTS
    t = np.full(0x110000, w["rare"], dtype=np.int8)
    t[:0x80] = 0
    t[0x80:0xA0] = w["broken"]
    t[0xA0:0x250] = t[0x370:0x530] = t[0x2000:0x2800] = t[0xFF01:0xFFEF] = w["letter"]
    t[0xFF61:0xFFA0] = w["second"]  # half-width katakana: what Cyrillic and noise read as Shift JIS give
    t[0x1F300:0x1FB00] = t[0x3001:0x3030] = w["letter"]
    t[_cells(range(0xB0, 0xF8), range(0xA1, 0xFF), "gb2312")] = w["second"]
    t[_cells(range(0xC9, 0xFA), range(0x40, 0xFF), "cp950")] = w["second"]
    t[_cells(range(0xB0, 0xD8), range(0xA1, 0xFF), "gb2312")] = w["first"]
    t[_cells(range(0xA4, 0xC6), range(0x40, 0xFF), "cp950")] = w["first"]
    t[_cells(range(0xC6, 0xC7), range(0x40, 0x7F), "cp950")] = w["first"]
    t[0x3041:0x3100] = w["first"]
    t[_cells(range(0xB0, 0xC9), range(0xA1, 0xFF), "euc_kr")] = w["first"]
    t[0xD800:0xF900] = t[0xFFF0:0x10000] = t[0xE0000:] = w["broken"]
    t[0x0] = w["broken"]
    for chars, name in ((MANY, "many"), (MORE, "more"), (MOST, "most"), (_SIGNS, "sign"), (_KANA + _HANGUL, "more")):
        t[codes_of(chars)] = w[name]
    traditional = np.flatnonzero(fold_table() != np.arange(0x110000))
    traditional = traditional[(traditional >= 0x4E00) & (traditional < 0xA000)]
    t[traditional] = np.maximum(t[traditional], t[fold_table()[traditional]])
    return t


def reads_well(text: str) -> float:
    """The mean weight of the characters beyond ASCII, 0 without any: above 0 for Chinese, below for a wrong reading.

    >>> good = "今天的会议在北京开始，大家都来了。"
    >>> reads_well(good) > 1 > -1 > reads_well(good.encode("gb18030").decode("big5", "replace"))
    True
    """
    codes = codes_of(text)
    codes = codes[codes >= 0x80]
    return float(weights()[codes].mean()) / 10 if len(codes) else 0.0
