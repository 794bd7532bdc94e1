"""Dates in the forms that pages use, read to ISO: to the day, or to the minute where the page gives one."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple


class Date(NamedTuple):
    """A date in a line: where it stands and its value as ISO."""

    start: int
    end: int
    value: str


_TIME = (
    r"(?:,?\s{0,4}+(?:t|格林尼治标准时间|北京时间|gmt|星期[一二三四五六日天]|\(?周[一二三四五六日天]\)?|,)?\s{0,4}+"
    r"(?P<pm>上午|下午|晚上?|早上?|中午|凌晨|am|pm)?\s{0,4}+(?P<h>2[0-4]|[01]?\d)\s*[:时点]\s*(?P<n>[0-5]\d)"
    r"(?:\s*[:分]\s*(?:[0-5]\d)?\s*秒?)?(?:\.\d+)?(?:\s?(?P<after>am|pm)\b)?(?:z|\s?[+-]\d\d:?\d\d)?)?"
)
_WEEKDAY = r"(?:\s{0,4}+(?:星期|周|\(周|\(星期)[一二三四五六日天]\)?)?"
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_MONTH_NUMBER = {name: i for i, name in enumerate(_MONTHS.split("|"), 1)}
_MONTH = rf"(?P<name>{_MONTHS})[a-z]*\.?"
_ENGLISH_TIME = r"(?:,?\s{1,3}(?:at\s)?(?P<h>2[0-3]|[01]?\d):(?P<n>[0-5]\d)(?::[0-5]\d)?(?:\s?(?P<after>am|pm)\b)?)?"

# The common form, here by its own name too: year, month, day in figures.
DATE = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d\d)\s{0,3}(?:[-/.]|年)\s{0,3}(?P<m>1[0-2]|0?[1-9])\s{0,3}(?:[-/.]|月)\s{0,3}"
    r"(?P<d>3[01]|[12]\d|0?[1-9])(?!\d(?!\d:))\s{0,3}+(?:日|号)?" + _WEEKDAY + _TIME
)
_FORMS = (
    DATE,
    # 二〇二〇年七月一日
    re.compile(r"(?P<cy>[二一][〇零○o0九][〇零○o0一二三四五六七八九]{2})年(?P<cm>[一二三四五六七八九十]{1,3})月(?P<cd>[一二三四五六七八九十]{1,3})日"),
    # 民国112年4月15日, as official pages of Taiwan write: years since 1911
    re.compile(r"(?:中华)?民国\s?(?P<roc>\d{2,3})\s?年\s?(?P<m>1[0-2]|0?[1-9])\s?月\s?(?P<d>3[01]|[12]\d|0?[1-9])\s?日" + _TIME),
    # Dec 28 Sat 2013 00:28, December 28, 2013
    re.compile(
        rf"(?<![a-z]){_MONTH}\s{{1,2}}(?P<d>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?,?\s{{1,2}}(?:[a-z]{{3,9}},?\s{{1,2}})?"
        rf"(?P<y>(?:19|20)\d\d)(?!\d){_ENGLISH_TIME}"
    ),
    # 28 Dec 2013
    re.compile(rf"(?<!\d)(?P<d>3[01]|[12]\d|0?[1-9])\s{_MONTH},?\s(?P<y>(?:19|20)\d\d)(?!\d){_ENGLISH_TIME}"),
    # 12/28/2013: a month never exceeds 12; where both could be the month, the American order is the commoner on the web
    re.compile(r"(?<![\d/])(?P<m>1[0-2]|0?[1-9])/(?P<d>3[01]|[12]\d|0?[1-9])/(?P<y>(?:19|20)\d\d)(?![\d/])"),
    # 24-5-13 17:07: without its century only where a time follows, else it may be a score or a version
    re.compile(
        r"(?<![\d./-])(?P<short>\d\d)[-/.](?P<m>1[0-2]|0?[1-9])[-/.](?P<d>3[01]|[12]\d|0?[1-9])\s{1,3}"
        r"(?P<h>2[0-3]|[01]?\d):(?P<n>[0-5]\d)(?::[0-5]\d)?(?!\d)"
    ),
)  # fmt: skip
# What must be in a text that has any of the forms; and for each, in their order, in one that has it: a look at that costs a tenth of the pattern.
_FIGURE = re.compile(r"[\d年]")
_YEAR, _MONTH_WORD = re.compile(r"(?:19|20)\d\d"), re.compile(rf"(?:{_MONTHS})")
_POSSIBLE: tuple[Callable[[str], object], ...] = (
    _YEAR.search,
    re.compile(r"[二一][〇零○o0九][〇零○o0一二三四五六七八九]{2}年").search,
    lambda text: "民国" in text,
    _MONTH_WORD.search,
    _MONTH_WORD.search,
    lambda text: text.count("/") > 1,
    re.compile(r"[-/.]\d{1,2}\s{1,3}\d{1,2}:").search,
)
# 20200701, only where a label says that it is a date.
COMPACT = re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?!\d)")
_CHINESE = str.maketrans("〇零○o一二三四五六七八九", "0000123456789")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# Two figures name a year of this century up to here, else one of the last.
_CENTURY = 50


def dates(text: str) -> list[Date]:
    """The dates in a folded line, in order; where two forms overlap the earlier form has it.

    >>> [d.value for d in dates("2020年07月01日 下午 8:50 dec 28 sat 2013 00:28 民国112年4月15日 二〇二一年十二月三日")]
    ['2020-07-01 20:50', '2013-12-28 00:28', '2023-04-15', '2021-12-03']
    """
    found: list[Date] = []
    if not _FIGURE.search(text):
        return found
    whole = DATE.match(text)
    value = date_value(whole) if whole and whole.end() == len(text) else None
    if value:  # nothing but a date of the common form
        return [Date(0, len(text.rstrip()), value)]
    for form, possible in zip(_FORMS, _POSSIBLE, strict=True):
        if not possible(text):
            continue
        for date in _read(form, text):
            if all(date.end <= d.start or date.start >= d.end for d in found):
                found.append(date)
    return sorted(found)


def _read(form: re.Pattern[str], text: str) -> Iterator[Date]:
    for match in form.finditer(text):
        value = date_value(match)
        if value:
            yield Date(match.start(), match.start() + len(match[0].rstrip()), value)


def date_value(found: re.Match[str]) -> str | None:
    """A match of one of our forms as ISO; None where the calendar has no such day.

    >>> date_value(DATE.search("2020-02-30")), date_value(DATE.search("2020.7.1 9时05分"))
    (None, '2020-07-01 09:05')
    """
    parts = found.re.groupindex
    if "cy" in parts:
        year, month, day = int(found["cy"].translate(_CHINESE)), _number(found["cm"]), _number(found["cd"])
    else:
        month = _MONTH_NUMBER[found["name"]] if "name" in parts else int(found["m"])
        year, day = _year(found), int(found["d"])
    if not (1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]):
        return None
    if month == 2 and day == 29 and (year % 4 or (year % 100 == 0 and year % 400)):
        return None
    value = f"{year:04d}-{month:02d}-{day:02d}"
    if "h" not in parts or found["h"] is None:
        return value
    hour = int(found["h"])
    half = ("pm" in parts and found["pm"]) or ("after" in parts and found["after"])
    if half in ("下午", "晚", "晚上", "pm") and hour < 12:
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    return f"{value} {hour:02d}:{found['n']}" if hour < 24 else value


def _year(found: re.Match[str]) -> int:
    parts = found.re.groupindex
    if "roc" in parts:
        return 1911 + int(found["roc"])
    if "short" in parts:
        short = int(found["short"])
        return short + (2000 if short < _CENTURY else 1900)
    return int(found["y"])


def _number(text: str) -> int:
    """A Chinese number up to 99."""
    tens, _, ones = text.rpartition("十")
    if "十" not in text:
        return int(text.translate(_CHINESE))
    return (int(tens.translate(_CHINESE)) if tens else 1) * 10 + (int(ones.translate(_CHINESE)) if ones else 0)
