"""EUC-TW, which Python has no codec for: planes 1 and 2 of CNS 11643, by way of Big5, which keeps the same order.

Big5 was ordered as the two planes are, but for some eighty places; so runs of cells suffice for a table.
"""

import re
from functools import cache

# "cell:place:count": that many cells of CNS 11643 from `cell` on (plane 1, then plane 2; 94 a row) stand in Big5 from
# `place` on (157 a lead byte). Derived by comparing the cells of glibc's EUC-TW with Python's cp950, one by one.
_RUNS = """
0:0:5 6:6:15 21:23:2 24:22:1 29:29:44 73:74:1 74:73:1 75:75:21 98:98:1 100:100:27 127:128:1 128:127:1 130:130:14
146:146:2 148:149:1 149:148:1 150:150:4 155:21:1 156:156:78 282:234:29 312:264:1 314:266:142 470:6101:20 3290:471:1412
4702:1884:424 5126:1883:1 5127:2308:1876 7003:4571:1 7004:4184:387 7391:4572:525 7916:5286:1 7917:5097:105
8023:5203:83 8106:5287:84 8190:5517:1 8191:5371:54 8245:5426:1 8246:5425:1 8247:5427:90 8337:5518:354 8836:6280:10
8846:6291:33 8879:6372:1 8880:6324:48 8928:6373:46 8974:6586:1 8975:6419:167 9142:6587:1840 10982:9074:1
10983:8428:108 11091:8537:537 11628:8427:1 11629:9075:100 11729:8536:1 11730:9175:399 12129:9575:1637 13766:11761:1
13767:11212:146 13913:11899:1 13914:11358:287 14201:12508:1 14202:11645:116 14318:11762:137 14455:11900:104
14559:12425:1 14560:12004:222 14782:12227:198 14980:12426:82 15062:12509:86 15148:12226:1 15149:12595:8
15157:12604:153 15310:12758:56 15366:13114:1 15367:12814:113 15480:12603:1 15481:12927:142 15623:12757:1
15624:13069:45 15669:13115:71 15740:13380:1 15741:13186:194 15935:13381:490 16425:13914:1 16426:13871:43 16469:13915:1
16470:13917:11 16481:13916:1 16482:13928:4
"""
# Cells of plane 1 that Big5 has under another code point or not at all.
_ODD = {5: "\u30fb", 23: "\ufe32", 96: "\u203e", 154: "\u2016", 8022: "\u5f5e"}
_PLANE = 94 * 94

_TOKEN = re.compile(rb"[\x00-\x7f]+|\x8e[\xa1\xa2][\xa1-\xfe]{2}|[\xa1-\xfe]{2}|[\x80-\xff]")


def _big5(place: int) -> str:
    lead, trail = divmod(place, 157)
    return bytes([lead + 0xA1, trail + 0x40 if trail < 63 else trail + 0x62]).decode("cp950")


@cache
def _cells() -> dict[bytes, str]:
    cells = dict(_ODD)
    for run in _RUNS.split():
        cell, place, count = map(int, run.split(":"))
        cells.update((cell + i, _big5(place + i)) for i in range(count))
    table: dict[bytes, str] = {}
    for cell, char in cells.items():
        plane, rest = divmod(cell, _PLANE)
        pair = bytes([rest // 94 + 0xA1, rest % 94 + 0xA1])
        table[bytes([0x8E, 0xA1 + plane]) + pair] = char
        if not plane:
            table[pair] = char
    return table


def decode_euc_tw(data: bytes) -> str:
    r"""The text of EUC-TW bytes; a byte that fits nowhere becomes a lone surrogate, as under `surrogateescape`.

    >>> decode_euc_tw(b"\xc4\xe3\xc5\xc6 ok \xff")
    '中文 ok \udcff'
    """
    table = _cells()
    out = []
    for token in _TOKEN.findall(data):
        char = table.get(token)
        out.append(token.decode("ascii", "surrogateescape") if char is None else char)
    return "".join(out)
