"""The same passage in both scripts, and where the gold sets lie."""

from pathlib import Path

import pytest

GOLD = Path(__file__).parents[1] / ".." / "shared" / "gold"
needs_gold = pytest.mark.skipif(not GOLD.is_dir(), reason="the gold sets do not stand beside the checkout")

SIMPLE = (
    "今年春天，镇上的图书馆换了新的屋顶。工人们把旧瓦片一块一块取下来，在院子里堆成了小山。"
    "馆长说，雨季以前一定能完工，到时候大家又可以坐在窗边看书了。"
)
TRADITIONAL = (
    "今年春天，鎮上的圖書館換了新的屋頂。工人們把舊瓦片一塊一塊取下來，在院子裡堆成了小山。"
    "館長說，雨季以前一定能完工，到時候大家又可以坐在窗邊看書了。"
)
