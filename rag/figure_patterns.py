"""The words and patterns by which figures are found in a text."""

from __future__ import annotations

import re

DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0, "两": 2, "俩": 2}
TENS = {"十": 10, "百": 100, "千": 1000}
SCALES = {
    "万亿": 1e12,
    "千亿": 1e11,
    "百亿": 1e10,
    "十亿": 1e9,
    "亿": 1e8,
    "千万": 1e7,
    "百万": 1e6,
    "十万": 1e5,
    "万": 1e4,
    "千": 1e3,
    "百": 1e2,
    "billion": 1e9,
    "bn": 1e9,
    "million": 1e6,
    "mn": 1e6,
    "m": 1e6,
    "thousand": 1e3,
    "k": 1e3,
}
ENGLISH_DIGITS = {
    w: i
    for i, w in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")
    )
} | {
    "twelve": 12,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "hundred": 100,
}
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
"""English names of the months."""

MONTHS = {name.lower(): i for i, name in enumerate(MONTH_NAMES, 1)}
TIME = "年|个月|月|周|天|个?工作日|个?自然日|日|个?小时|分钟"
MEASURES = (
    "个|家|项|名|人次|人|位|所|台|套|种|条|座|次|件|片|支|只|期|批|户|间|处|辆|吨|公里|千米|平方公里|平方米|平米|亩"
    "|款|类|场|部|门|本|份|张|级|倍|字|万次|tops|flops|岁|届|课时|学时|篇|米|寸|吋|证|对|组|颗|步|例|轮|笔"
)
SHARES = {"%": "%", "percent": "%", "per cent": "%"} | dict.fromkeys(
    ("‰", "permil", "per mil", "permille", "per mille"), "‰"
)
"""Signs and words for hundredths and thousandths."""

TIME_ENGLISH = {"year": "年", "month": "个月", "week": "周", "day": "日", "hour": "小时"}

ARABIC = r"\d{1,3}(?:,\d{3}){1,6}(?:\.\d{1,9})?|\d{1,18}(?:\.\d{1,9})?"
_HAN_DIGITS = "〇○零一二两俩三四五六七八九十"
HAN = rf"(?<![{_HAN_DIGITS}百千])[{_HAN_DIGITS}][{_HAN_DIGITS}百千]{{0,14}}"
SCALE = r"万亿|千亿|百亿|十亿|千万|百万|十万|亿|万|千(?!米|克|瓦|兆)|百(?!分)"
SCALE_ENGLISH = r"billion|million|thousand"
CURRENCY = r"(?:rmb|cny|us\$|usd|[¥￥$]|人民币|yuan)"
FOREIGN = ("美元", "欧元", "港元", "港币", "日元")
DOLLAR = ("usd", "us$", "$")
DASH = r"(?:\s*(?:-|—|–|―|~|～|至|到|to)\s*)"

FULL_DATE = re.compile(
    r"(?P<y>(?:19|20)\d\d|[一二][〇○零一二三四五六七八九]{3})\s*年"
    r"(?:\s*(?P<m>\d{1,2}|十[一二]?|[一二三四五六七八九])\s*月"
    r"(?:\s*(?P<d>\d{1,2}|[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])\s*[日号])?)?"
)
YEAR_RANGE = re.compile(r"(?P<y>(?:19|20)\d\d)(?=\s*年?\s*(?:-|—|–|~|～|至|到)\s*(?:19|20)\d\d\s*年)")
MONTH_DAY = re.compile(r"(?<![\d年])(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*[日号]")
ISO_DATE = re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d)-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?!\d)")
ENGLISH_DATE = re.compile(
    rf"(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+)?\b(?P<m>{'|'.join(MONTHS)})\b\s*"
    r"(?:(?P<d2>\d{1,2})(?:st|nd|rd|th)?(?!\d)\s*,?\s*)?(?P<y>(?:19|20)\d\d)"
)
FRACTION = re.compile(rf"(?P<of>百|千|万|{HAN})分之(?P<n>百|{HAN}|{ARABIC})")
NOT_TENTHS = "都立果本员为功长熟效品交分片套型人就年"  # 成都, 成立, ...
TENTHS = re.compile(rf"(?<![\d.])(?P<n>{HAN}|{ARABIC})\s{{0,3}}成(?P<half>半)?(?![{NOT_TENTHS}])")
NUMBER = re.compile(
    rf"(?P<currency>{CURRENCY}\s*)?"
    rf"(?<![\d.])(?P<n>{ARABIC})\s*(?:多|余|来)?\s*"
    rf"(?:(?P<scale>{SCALE}|{SCALE_ENGLISH}|(?:bn|mn|m|k)(?![a-z]))(?:多|余)?\s*)?"
    r"(?P<unit>%|‰|per ?cent(?!age)|per ?mille?\b|个?百分点|percentage points?|倍"
    r"|块钱|块|元|美元|欧元|港元|港币|日元|yuan|rmb|cny"
    rf"|(?:years?|months?|weeks?|days?|hours?)\b|{TIME}|{MEASURES}|(?-i:[A-Za-z]+))?",
    re.IGNORECASE,
)
HAN_NUMBER = re.compile(
    rf"(?<!第)(?<![〇○零一二两三四五六七八九十百千几数])(?P<n>{HAN})"
    rf"(?:多|余|来)?[ 　]?(?P<scale>万亿|亿|万)?(?:多|余)?[ 　]?"
    rf"(?P<unit>块钱|元|美元|欧元|港元|港币|日元|个?百分点|倍|{TIME}|{MEASURES})?"
)
ENGLISH_NUMBER = re.compile(
    rf"\b(?P<n>{'|'.join(ENGLISH_DIGITS)})[\s-]+"
    r"(?:(?P<scale>billion|million|thousand)\b\s*)?"
    r"(?P<unit>per ?cent|years?|months?|weeks?|days?|hours?|yuan)?\b"
)
BARE_SCALE = re.compile(
    rf"(?<![\d.{_HAN_DIGITS}百千几数多余])(?:的|个|家|项)?(?P<scale>十亿|百亿|千亿|百万|千万)(?P<unit>元)?(?=级|规模|产|以上|元)"
)
"""A scale that stands for itself: 千亿级, 百亿规模, 千万元以上."""

NO_FIGURE = re.compile(
    r"\[\d{1,3}\]|【\d{1,3}】|第\s*(?:\d+|[〇零一二三四五六七八九十百千]+)"
    r"|^[ \t]*(?:\d{1,2}[.、)](?!\d)|\(\d{1,2}\))",
    re.MULTILINE,
)
"""Citation marks, ordinals and the numbers of a list."""
