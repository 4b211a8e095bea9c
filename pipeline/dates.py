"""Date expressions of Chinese news text, resolved against the issue date and nothing else.

``find_dates`` finds 今年3月26日, 24日, 两年来, 4月底前, 2012年3月份, 去年底, 昨日, 上周五,
二〇一四年四月, 4月24日至26日 … and gives each an ISO 8601 date of reduced precision (``2014``,
``2014-04``, ``2014-04-24``) or an interval. The clock is never read: without an issue date only
years that stand in the text give a date, and 近日 or 日前 never do.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import cn2an

__all__ = ["DateExpression", "find_dates", "resolve"]

NUMBER = r"(?:\d{1,3}|[〇零一二两三四五六七八九十百廿]{1,4})"
SMALL = r"(?:\d{1,2}|[一二三四五六七八九十廿]{1,3})"
YEAR = r"(?:\d{4}|[〇○零一二三四五六七八九]{4})"
DASH = r"[-—–－~～至到]"
EARLIER_YEARS = {"今年": 0, "本年": 0, "去年": -1, "上年": -1, "前年": -2, "大前年": -3}
RELATIVE_YEARS = EARLIER_YEARS | {"明年": 1, "后年": 2}
CHAINED_YEARS = {"同年": 0, "当年": 0, "次年": 1, "翌年": 1}
RELATIVE_MONTHS = {
    "本月": 0, "这个月": 0, "上月": -1, "上个月": -1, "下月": 1, "下个月": 1,
}  # fmt: skip
CHAINED_MONTHS = ("同月", "当月")
RELATIVE_DAYS = {
    "今天": 0, "今日": 0, "今晚": 0, "今晨": 0, "今早": 0, "昨天": -1, "昨日": -1, "昨晚": -1,
    "昨夜": -1, "前天": -2, "大前天": -3, "明天": 1, "明日": 1, "明晚": 1, "后天": 2,
}  # fmt: skip
VAGUE = (
    "近日", "日前", "最近", "近期", "不久前", "前不久", "近来", "近年来", "连日来", "当日", "当天",
)  # fmt: skip
WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
PARTS = {
    "上半年": (1, 6), "下半年": (7, 12), "一季度": (1, 3), "二季度": (4, 6), "三季度": (7, 9),
    "四季度": (10, 12), "前三季度": (1, 9),
}  # fmt: skip
QUARTERS = str.maketrans("1234", "一二三四")
DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")

NOT_IN_MIDDLE = r"(?![国央共华外东西南北间等小学])"
STRETCH = r"上半年|下半年|前三季度|第?[一二三四1-4]季度"
PART = rf"(?P<part>年?[初底末]|年?中{NOT_IN_MIDDLE}|{STRETCH})"


def _either(words: tuple[str, ...] | list[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


EXPRESSION = re.compile(
    rf"""
    (?P<from>自从|自|从|截至|截止到?)?
    (?:
      (?<!\d)(?P<iso>\d{{4}}(?P<sep>[-/.])\d{{1,2}}(?P=sep)\d{{1,2}})(?!\d)
    # a month of a life in rows: 1990.07—1994.03, 2022.01— ; elsewhere 2016.12 is a number
    | (?<![\d.])(?P<isomonth>\d{{4}}[./]\d{{2}})(?![\d./])
      (?:(?=\s?(?:{DASH}|——))|(?<={DASH}\d{{4}}.\d\d)|(?<={DASH}\s\d{{4}}.\d\d))
    | (?P<vague>{_either(list(VAGUE))})
    | (?P<relday>{_either(list(RELATIVE_DAYS))})
    | (?P<week>(?:上上|上|本|这|下)个?(?:周|星期|礼拜))(?P<weekday>[一二三四五六日天])?
    | (?<![\u4e00-\u9fff])(?:周|星期|礼拜)(?P<bareday>[一二三四五六日天])
      (?=[上下中]午|晚|凌晨|早|[^\u4e00-\u9fff])
    | (?<![\d第])(?P<near>近|最近|过去|这)?(?P<count>{NUMBER}|半)(?P<more>[多余])?
      (?P<unit>年|个月|周|个?星期|天|日(?=多?以?来))多?(?P<lapse>以?来|前|之前|以前)
      (?![期任届身后辈])
    | (?P<nearonly>近|过去)(?P<nearcount>{NUMBER})(?P<nearunit>年|个月|周|天)(?=[，,里间])
    | (?<!\d)
      (?:(?:(?P<lo_year>{YEAR})年?{DASH})?(?P<year>{YEAR}|\d\d(?=年\d{{1,2}}月))年度?
        |(?<![以之当])(?P<relyear>{_either([*RELATIVE_YEARS, *CHAINED_YEARS])})(?![轻级纪龄限产])
        |(?P<bareyear>(?<![\d\u4e00-\u9fff])(?=年[初底末]))
      )
      {PART}?
      (?:(?:(?P<lo_month>{SMALL})月?{DASH})?(?P<month>{SMALL})月份?
         (?P<mpart>[上中下]旬|[初底末])?)?
      (?:(?:(?P<lo_day>{SMALL})[日号]?{DASH})?(?P<day>{SMALL})[日号])?
    | (?<![每个])(?P<barepart>{STRETCH})
    | (?<![\d第每个农历阴])
      (?:(?:(?P<lo_month2>{SMALL})月?{DASH})?(?P<month2>{SMALL})月份?
         |(?P<relmonth>{_either([*RELATIVE_MONTHS, *CHAINED_MONTHS])}|月(?=[初底末])))
      (?P<mpart2>[上中下]旬|[初底末])?
      (?:(?:(?P<lo_day2>{SMALL})[日号]?{DASH})?(?P<day2>{SMALL})[日号])?
    | (?<![\d第每.一二三四五六七八九十])(?<!每月)
      (?:(?P<lo_day3>{SMALL})日?{DASH})?(?P<day3>{SMALL})日(?![内游均元夜]|之)
    )
    (?P<till>之前|以前|前(?![三期任往来去后夕])|为止|以来|至今|起|开始|之后|以后|来(?![自到])|后)?
    """,
    re.VERBOSE,
)
JOINT = re.compile(rf"^\s?(?:{DASH}|——|--)\s?$")
BREAK = re.compile(r"[。！？!?\n]")
FUTURE = re.compile(r"[将拟]|计划|预计|定于")
START_CHARACTERS = re.compile(
    r"(?=[\d自从截〇○零一二两三四五六七八九十廿百半今本去上前大明后同当次翌这下昨近日最不连过周星礼年月])"
)


@dataclass(frozen=True)
class DateExpression:
    """One date expression and what it stands for.

    span: its characters, end exclusive. date: the point in time, ISO 8601 of reduced precision.
    start, end: bounds of an interval, of which one may be open; then ``date`` is None. All three
    are None where the expression cannot be resolved (近日, or a bare 24日 without issue date).
    """

    span: tuple[int, int]
    text: str
    date: str | None = None
    start: str | None = None
    end: str | None = None


@dataclass(frozen=True)
class _Point:
    """A calendar point of reduced precision; last: end of a stretch that starts there."""

    year: int
    month: int | None = None
    day: int | None = None

    def iso(self) -> str:
        parts = [f"{self.year:04d}"]
        parts += [f"{value:02d}" for value in (self.month, self.day) if value is not None]
        return "-".join(parts)

    def valid(self) -> bool:
        if not 1 <= self.year <= 9999:
            return False
        if self.month is None:
            return True
        if not 1 <= self.month <= 12:
            return False
        return self.day is None or 1 <= self.day <= calendar.monthrange(self.year, self.month)[1]

    def as_date(self) -> date:
        return date(self.year, self.month or 1, self.day or 1)


@dataclass(frozen=True)
class _Stretch:
    """What a match stands for before its 自 … 起 or … 前 is read."""

    first: _Point | None
    last: _Point | None
    interval: bool


@dataclass(frozen=True)
class _Context:
    """What a match may lean on.

    before: the last dated point of the same sentence; chained: the last one not far above, for
    同年 and 当月; ahead: the words around speak of the future.
    """

    anchor: _Point | None
    before: _Point | None
    chained: _Point | None
    ahead: bool


NOTHING = _Stretch(None, None, False)


def find_dates(text: str, issue_date: str | None = None) -> list[DateExpression]:
    """Find all date expressions of a text, in order, and resolve them.

    issue_date: ISO 8601 date of reduced precision, the only anchor of relative expressions.
    A month or day without a year takes the year that stands before it in the same sentence, else
    the issue's year (the year before, when that would lie more than half a year ahead).
    RETURN one DateExpression each; 4月24日至26日 is one. Cost is linear in the text.
    """
    anchor = _parse_iso(issue_date)
    found: list[DateExpression] = []
    carried: tuple[int, _Point] | None = None
    for match in _candidates(text):
        before = carried[1] if carried and _near(text, carried[0], match.start()) else None
        chained = carried[1] if carried and match.start() - carried[0] < 200 else None
        context = _Context(anchor, before, chained, _looks_ahead(text, match))
        stretch = _read(match, context)
        if stretch is None:
            continue
        expression = _bounded(match, stretch, anchor)
        joined = _joined(text, found, expression)
        if joined is not None:
            found[-1] = joined
        else:
            found.append(expression)
        if stretch.first is not None and _states_year_or_month(match):
            carried = (match.end(), stretch.last or stretch.first)
    return found


def resolve(text: str, issue_date: str | None = None) -> str | None:
    """ISO 8601 date of the first date expression in ``text``; of an interval its start or end.

    RETURN None where there is none or it cannot be resolved.
    """
    for expression in find_dates(text, issue_date):
        return expression.date or expression.start or expression.end
    return None


def _candidates(text: str) -> Iterator[re.Match[str]]:
    position = 0
    while (place := START_CHARACTERS.search(text, position)) is not None:
        match = EXPRESSION.match(text, place.start())
        if match is None:
            position = place.start() + 1
        else:
            yield match
            position = max(match.end(), place.start() + 1)


def _parse_iso(issue_date: str | None) -> _Point | None:
    if not issue_date:
        return None
    point = _Point(*[int(part) for part in issue_date.split("-")[:3]])
    return point if point.valid() else None


def _number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    try:
        return int(cn2an.cn2an(text, "smart"))
    except ValueError:
        return 0  # such as 十百: no month, day or count


def _year(text: str, anchor: _Point | None) -> int:
    digits = int(text.translate(DIGITS))
    if len(text) == 2:  # 08年5月: the century that lies nearest, the twenty-first if nothing says
        century = 2000 if digits <= ((anchor.year % 100) + 5 if anchor else 50) else 1900
        return century + digits
    return digits


def _near(text: str, end: int, start: int) -> bool:
    return start - end < 120 and BREAK.search(text, end, start) is None


def _looks_ahead(text: str, match: re.Match[str]) -> bool:
    if match["till"] in {"前", "之前", "以前"}:
        return True
    return (
        FUTURE.search(text, max(0, match.start() - 4), min(len(text), match.end() + 3)) is not None
    )


def _states_year_or_month(match: re.Match[str]) -> bool:
    return any(match[name] for name in ("iso", "year", "relyear", "month2", "relmonth"))


def _read(match: re.Match[str], context: _Context) -> _Stretch | None:
    """What the match stands for; NOTHING if that is unknown, None if it is no date at all."""
    for group, reader in READERS.items():
        if match[group]:
            return reader(match, context)
    return _read_year(match, context)


def _read_vague(_match: re.Match[str], _context: _Context) -> _Stretch:
    return NOTHING


def _read_iso(match: re.Match[str], _context: _Context) -> _Stretch | None:
    return _single(_Point(*[int(part) for part in match["iso"].split(match["sep"])]))


def _read_iso_month(match: re.Match[str], _context: _Context) -> _Stretch | None:
    return _single(_Point(*[int(part) for part in re.split("[./]", match["isomonth"])]))


def _read_relative_day(match: re.Match[str], context: _Context) -> _Stretch | None:
    return _single(_shift(context.anchor, days=RELATIVE_DAYS[match["relday"]]))


def _single(point: _Point | None) -> _Stretch | None:
    if point is None:
        return NOTHING
    return _Stretch(point, None, False) if point.valid() else None


def _span(first: _Point, last: _Point) -> _Stretch | None:
    return _Stretch(first, last, True) if first.valid() and last.valid() else None


def _shift_months(anchor: _Point | None, months: int) -> _Point | None:
    """The month so many months after the anchor's; None where the anchor has none."""
    if anchor is None or anchor.month is None:
        return None
    index = anchor.year * 12 + anchor.month - 1 + months
    return _Point(index // 12, index % 12 + 1)


def _shift(anchor: _Point | None, days: int) -> _Point | None:
    """The day so many days after the anchor; None where the anchor is no day."""
    if anchor is None or anchor.day is None:
        return None
    moved = anchor.as_date() + timedelta(days=days)
    return _Point(moved.year, moved.month, moved.day)


def _read_week(match: re.Match[str], context: _Context) -> _Stretch | None:
    anchor = context.anchor
    if anchor is None or anchor.day is None:
        return NOTHING
    today = anchor.as_date().weekday()
    if match["bareday"]:
        back = (today - WEEKDAYS[match["bareday"]]) % 7
        return _single(_shift(anchor, days=(7 - back) % 7 if context.ahead else -back))
    week = match["week"]
    weeks = -2 if week.startswith("上上") else {"上": -1, "下": 1}.get(week[0], 0)
    monday = 7 * weeks - today
    if match["weekday"]:
        return _single(_shift(anchor, days=monday + WEEKDAYS[match["weekday"]]))
    first, last = _shift(anchor, days=monday), _shift(anchor, days=monday + 6)
    return _span(first, last) if first and last else NOTHING


def _read_lapse(match: re.Match[str], context: _Context) -> _Stretch | None:
    count_text = match["count"] or match["nearcount"]
    unit = (match["unit"] or match["nearunit"]).removeprefix("个")
    half = count_text == "半"
    count = 6 if half and unit == "年" else _number(count_text)
    if count == 0 or (half and unit != "年"):
        return None
    if half:
        unit = "月"
    anchor = context.anchor
    begin = _before(anchor, count, unit)
    if begin is None or anchor is None:
        return NOTHING
    if match["lapse"] and match["lapse"].endswith("前"):
        return _single(begin)
    return _span(begin, anchor)


def _before(anchor: _Point | None, count: int, unit: str) -> _Point | None:
    if anchor is None:
        return None
    if unit == "年":
        return _Point(anchor.year - count)
    if unit == "月":
        return _shift_months(anchor, -count)
    return _shift(anchor, days=-count * (7 if unit in {"周", "星期"} else 1))


def _read_day(match: re.Match[str], context: _Context) -> _Stretch | None:
    day = _number(match["day3"])
    if not 1 <= day <= 31:
        return None
    before = context.before
    if before is not None and before.day is not None and before.day <= day:
        month: _Point | None = _Point(before.year, before.month)
    else:
        month = _nearest_month(context.anchor, day)
    if month is None:
        return NOTHING
    return _days(month, match["lo_day3"], day)


def _nearest_month(anchor: _Point | None, day: int) -> _Point | None:
    """The month whose day of that number lies nearest to the anchor."""
    if anchor is None or anchor.month is None:
        return None
    if anchor.day is None:
        return _Point(anchor.year, anchor.month)
    options = []
    for months in (0, -1, 1):
        month = _shift_months(anchor, months)
        if month is not None and _Point(month.year, month.month, day).valid():
            distance = _Point(month.year, month.month, day).as_date() - anchor.as_date()
            options.append((abs(distance.days), months, month))
    return min(options, key=lambda option: option[:2])[2] if options else None


def _read_month(match: re.Match[str], context: _Context) -> _Stretch | None:
    word = match["relmonth"]
    month: _Point | None
    chained = context.chained
    if word in CHAINED_MONTHS:
        month = _Point(chained.year, chained.month) if chained and chained.month else None
    elif word:
        month = _shift_months(context.anchor, RELATIVE_MONTHS.get(word, 0))
    else:
        number = _number(match["month2"])
        if not _plausible_month(match, number):
            return None
        month = _year_of_month(number, context)
    if month is None:
        return NOTHING
    return _months(month, match["lo_month2"], match["lo_day2"], match["day2"])


def _plausible_month(match: re.Match[str], number: int) -> bool:
    if not 1 <= number <= 12:
        return False
    # 一月 … 十二月 in words is a month; 二月河 and 三月街 are names
    follower = match.string[match.end() : match.end() + 1]
    return (
        match["month2"].isdecimal() or number > 3 or bool(match["day2"]) or follower not in "河街"
    )


def _year_of_month(number: int, context: _Context) -> _Point | None:
    before, anchor = context.before, context.anchor
    if before is not None and before.month is not None and before.month <= number:
        return _Point(before.year, number)
    if anchor is None:
        return None
    if anchor.month is not None:
        if number - anchor.month > 6 and not context.ahead:
            return _Point(anchor.year - 1, number)
        if context.ahead and anchor.month - number > 6:
            return _Point(anchor.year + 1, number)
    return _Point(anchor.year, number)


def _months(
    month: _Point, lo_month: str | None, lo_day: str | None, day: str | None
) -> _Stretch | None:
    if day is not None:
        return _days(month, lo_day, _number(day))
    if lo_month is not None:
        return _span(_Point(month.year, _number(lo_month)), month)
    return _single(month)


def _days(month: _Point, lo_day: str | None, day: int) -> _Stretch | None:
    last = _Point(month.year, month.month, day)
    if lo_day is None:
        return _single(last)
    return _span(_Point(month.year, month.month, _number(lo_day)), last)


def _read_year(match: re.Match[str], context: _Context) -> _Stretch | None:
    year = _stated_year(match, context)
    if year is None:
        return NOTHING
    if match["month"]:
        month = _Point(year, _number(match["month"]))
        return _months(month, match["lo_month"], match["lo_day"], match["day"])
    if match["lo_year"]:
        return _span(_Point(_year(match["lo_year"], context.anchor)), _Point(year))
    if match["part"]:
        return _part_of_year(year, match["part"])
    return _single(_Point(year))


def _stated_year(match: re.Match[str], context: _Context) -> int | None:
    anchor, chained = context.anchor, context.chained
    if match["year"]:
        return _year(match["year"], anchor)
    word = match["relyear"]
    if word in CHAINED_YEARS:
        return chained.year + CHAINED_YEARS[word] if chained else None
    if anchor is None:
        return None
    return anchor.year + (RELATIVE_YEARS[word] if word else 0)


def _read_part(match: re.Match[str], context: _Context) -> _Stretch | None:
    """A half-year or quarter without a year: the one that has begun last."""
    anchor, part = context.anchor, match["barepart"]
    if anchor is None:
        return NOTHING
    begun = anchor.month is None or context.ahead or _begin_of(part) <= anchor.month
    return _part_of_year(anchor.year - (0 if begun else 1), part)


def _begin_of(part: str) -> int:
    return PARTS[part.removeprefix("第").translate(QUARTERS)][0]


def _part_of_year(year: int, part: str) -> _Stretch | None:
    name = part.removeprefix("第").translate(QUARTERS)
    if name in PARTS:
        first, last = PARTS[name]
        return _span(_Point(year, first), _Point(year, last))
    if name.endswith("中"):
        return _single(_Point(year, 6))
    return _single(_Point(year, 1 if name.endswith("初") else 12))


READERS: dict[str, Callable[[re.Match[str], _Context], _Stretch | None]] = {
    "vague": _read_vague,
    "iso": _read_iso,
    "isomonth": _read_iso_month,
    "relday": _read_relative_day,
    "week": _read_week,
    "bareday": _read_week,
    "count": _read_lapse,
    "nearcount": _read_lapse,
    "barepart": _read_part,
    "day3": _read_day,
    "month2": _read_month,
    "relmonth": _read_month,
}


def _bounded(match: re.Match[str], stretch: _Stretch, anchor: _Point | None) -> DateExpression:
    """Read 自 … 起, 截至 …, … 前, … 以来 around the stretch."""
    span, text = match.span(), match[0]
    if stretch.first is None:
        return DateExpression(span, text)
    first, last = stretch.first.iso(), (stretch.last or stretch.first).iso()
    head, tail = match["from"], match["till"]
    if tail in {"前", "之前", "以前", "为止"} or head in {"截至", "截止", "截止到"}:
        return DateExpression(span, text, end=last)
    if tail in {"以来", "来", "至今"}:
        return DateExpression(span, text, start=first, end=anchor.iso() if anchor else None)
    if tail in {"起", "开始", "之后", "以后", "后"} or (head and not stretch.interval):
        return DateExpression(span, text, start=first)
    if stretch.interval:
        return DateExpression(span, text, start=first, end=last)
    return DateExpression(span, text, date=first)


def _joined(text: str, found: list[DateExpression], right: DateExpression) -> DateExpression | None:
    """The interval 甲至乙, when ``right`` directly follows the last expression after a dash."""
    if not found or right.date is None:
        return None
    left = found[-1]
    if not JOINT.match(text[left.span[1] : right.span[0]]):
        return None
    begin = left.date or (left.start if left.end is None else None)
    if begin is None or begin > right.date:
        return None
    span = (left.span[0], right.span[1])
    return DateExpression(span, text[span[0] : span[1]], start=begin, end=right.date)
