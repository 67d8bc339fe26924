"""How Chinese is read: Mandarin, and with a few other words Cantonese."""

# ruff: noqa: RUF001

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from re import Match

from .reading_claims import Rule
from .reading_zh_numbers import cardinal, counted, digits, number
from .reading_zh_units import ANY_UNIT, CURRENCIES, MEASURES, SIGNS, TRADITIONAL, UNITS

_FREE = r"(?<![0-9A-Za-z.])"
_MINUS = r"(?P<minus>(?<![0-9A-Za-z\x00)）])[-−－](?=[0-9$¥￥€£]))?"
_NUMBER = r"(?P<number>(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?)"
_SCALE = r"\s?(?P<scale>[万萬亿億千百]+)?"
_SIGN = "|".join(sorted(map(re.escape, CURRENCIES), key=len, reverse=True))
_COUNTED = r"(?!\s?[个個人元块塊米年天名次公万萬亿億千%％])"

DATE = re.compile(rf"{_FREE}([12][0-9]{{3}})([-/.])(0?[1-9]|1[0-2])\2([0-3]?[0-9])(?![0-9.])日?")
YEAR = re.compile(
    rf"{_FREE}((?:1[1-9]|20)[0-9]{{2}}|[0-9]{{4}}(?=年[0-9]))"
    r"(?=\s?(?:年(?![后前後级級来來间間])|学年|學年|年度|赛季|賽季"
    r"|[-~至到—]\s?[0-9]{4}(?:年|学年|學年|赛季)))"
)
TIME = re.compile(
    rf"{_FREE}([01]?[0-9]|2[0-4])[:：]([0-5][0-9])(?:[:：]([0-5][0-9]))?(?![0-9:：])"
    r"(?:\s?(?P<half>[AaPp])\.?[Mm]\b\.?)?"
)
RATIO = re.compile(rf"{_FREE}([0-9]+)([:：])([0-9]+)(?![0-9:：])")
SCORE = re.compile(
    r"(?<=[分胜勝负負赢贏输輸])[0-9]{1,2}[-–][0-9]{1,2}(?![0-9])|(?<![0-9.])[0-9]{1,2}[-–][0-9]{1,2}"
    r"(?=\s?(?:[获險险大取]?[胜勝]|战胜|击败|擊敗|领先|領先|落后|逆转))"
)
SIGN_FIRST = re.compile(rf"{_MINUS}(?P<sign>{_SIGN})\s?{_NUMBER}{_SCALE}")
SIGN_LAST = re.compile(rf"{_FREE}{_MINUS}{_NUMBER}{_SCALE}\s?(?P<sign>[€£]|[A-Z]{{3}}(?![A-Z]))")
PERCENT = re.compile(rf"{_FREE}{_MINUS}{_NUMBER}\s?(?P<unit>[%％‰])")
MEASURED = re.compile(rf"{_FREE}{_MINUS}{_NUMBER}\s?(?P<unit>{ANY_UNIT})(?![A-Za-z0-9²³])")
BELOW = re.compile(rf"{_FREE}[-−－]{_NUMBER}(?=\s?(?:度|到))")
PHONE = re.compile(
    r"(?<![0-9A-Za-z.])(?:(?:\+?86[\s-]?)?1[3-9][0-9](?:[\s-]?[0-9]{4}){2}"
    r"|0[0-9]{2,3}-[0-9]{7,8}|400-[0-9]{3,4}-[0-9]{3,4}|\+[0-9][0-9 -]{6,16}[0-9])(?![0-9.])"
)
SERVICE = re.compile(
    r"(?<![0-9A-Za-z.,])(?:110|119|120|122|114|911|999|10086|10010|12306|12315)"
    rf"(?![0-9A-Za-z.,°℃-]){_COUNTED}"
)
CODE = re.compile(rf"(?<![0-9A-Za-z.,])[0-9]{{3,20}}(?:-[0-9]{{3,8}})*(?![0-9.,]){_COUNTED}")
CUE = re.compile(
    r"(?:电话|電話|手机|手機|号码|號碼|拨打|致电|致電|热线|熱線|打|微信|验证码|驗證碼|密码|密碼"
    r"|编号|編號|卡号|卡號|房间|房間|航班|邮编|QQ|ISBN|[单單学學工账賬帐票证證车車][号號])"
    r"(?:号码|号|號)?(?:是|为|為|係|[:：])?\s?$"
)
FLIGHT = re.compile(r"(?<=[A-Z]{2})[0-9]{3,4}(?![0-9])")
VERSION = re.compile(r"(?<![0-9.])[vV]?([0-9]+(?:\.[0-9]+){2,})")
FRACTION = re.compile(rf"{_FREE}([0-9]{{1,3}})/([0-9]{{1,3}})(?![0-9/])")
RANGE = re.compile(r"(?<=[0-9\x00%℃])\s?[-–~～—]\s?(?=[$¥￥€£]?[0-9\x00])")
PERCENTS = re.compile(rf"{_FREE}([0-9]+(?:\.[0-9]+)?)\s?[-–~～—至到]\s?([0-9]+(?:\.[0-9]+)?)[%％]")
DAYS = re.compile(r"(?<=[日號号月年点點分时時一二三四五六])\s?[-–~～—]\s?(?=[0-9\x00周週星])")
MORE = re.compile(r"(?<=[0-9\x00])\+(?=[\u3400-\u9fff])")
ROOM = re.compile(r"(?<![0-9.])([0-9]{3,4})(?=\s?(?:室|房|次列车))")
NTH = re.compile(r"第\s?([0-9]+)")
BORN = re.compile(r"(?<![0-9.])([0-9]0|[5-9]5)(?=后(?![面来天]))")
NAMED = re.compile(r"(?<![0-9.,])([0-9]+)(?=\s?(?:月|日|号|號|楼|樓|班|路|线|線|版|期|届|季))")
PLAIN = re.compile(rf"{_MINUS}{_NUMBER}(?P<after>\s?[\u3400-\u9fff])?")
BETWEEN = re.compile(
    rf"(?<=[0-9\x00])\s?({'|'.join(re.escape(sign) for sign, _ in SIGNS)})\s?(?=[0-9\x00(（])"
)
_FIRST = re.compile(rf"(?:\x00|到|至)[0-9]+\s?[{''.join(MEASURES)}]|\s?分[钟鐘]")
"""Behind two: two to three days, two minutes."""


def chinese(language: str) -> Iterator[Rule]:
    """Of the language with this tag, "cmn" or "yue"."""
    for pattern, say in _rules(cantonese=language == "yue"):
        yield pattern, _in_traditional(say) if language == "yue" else say


def _rules(*, cantonese: bool) -> Iterator[Rule]:
    yield PHONE, lambda it: _spelled(it[0], cantonese)
    yield SERVICE, lambda it: _spelled(it[0], cantonese)
    yield CODE, lambda it: _spelled(it[0], cantonese) if _is_code(it) else None
    yield FLIGHT, lambda it: _spelled(it[0], cantonese)
    yield DATE, _date
    yield YEAR, lambda it: digits(it[1])
    yield TIME, _time
    yield RATIO, _ratio
    yield SCORE, _ratio
    yield VERSION, lambda it: "点".join(map(number, it[1].split(".")))
    yield FRACTION, lambda it: f"{number(it[2])}分之{number(it[1])}"
    yield SIGN_FIRST, lambda it: _money(it, cantonese)
    yield SIGN_LAST, lambda it: _money(it, cantonese) if it["sign"] in CURRENCIES else None
    yield PERCENTS, lambda it: f"百分之{number(it[1])}到{number(it[2])}"
    yield PERCENT, _percent
    yield MEASURED, _measured
    yield BELOW, lambda it: f"零下{counted(it['number'])}"
    yield RANGE, lambda _: "到"
    yield DAYS, lambda _: "到"
    yield ROOM, lambda it: digits(it[1])
    yield BETWEEN, lambda it: dict(SIGNS)[it[1]]
    yield NTH, lambda it: f"第{cardinal(int(it[1]))}"
    yield BORN, lambda it: digits(it[1])
    yield NAMED, lambda it: number(it[1])
    yield MORE, lambda _: "多"
    yield PLAIN, _plain


def _in_traditional(say: Callable[[Match[str]], str | None]) -> Callable[[Match[str]], str | None]:
    def said(found: Match[str]) -> str | None:
        words = say(found)
        return None if words is None else words.translate(TRADITIONAL)

    return said


def _is_code(found: Match[str]) -> bool:
    return CUE.search(found.string, 0, found.start()) is not None


def _spelled(text: str, cantonese: bool) -> str:
    return ("加" if text[0] == "+" else "") + digits(text, one="一" if cantonese else "幺")


def _date(found: Match[str]) -> str | None:
    if int(found[4]) > 31 or not int(found[4]):
        return None
    return f"{digits(found[1])}年{cardinal(int(found[3]))}月{cardinal(int(found[4]))}日"


def _time(found: Match[str]) -> str:
    hour, minute, second = int(found[1]), found[2], found[3]
    said = {"a": "上午", "p": "下午"}.get((found["half"] or "").lower(), "")
    said += f"{counted(str(hour))}点"
    if minute != "00" or second:
        said += _minutes(minute) + "分"
    return f"{said}{_minutes(second)}秒" if second else said


def _minutes(text: str) -> str:
    return f"零{cardinal(int(text))}" if text[0] == "0" and text != "00" else cardinal(int(text))


def _ratio(found: Match[str]) -> str:
    one, other = re.findall("[0-9]+", found[0])
    return f"{cardinal(int(one))}比{cardinal(int(other))}"


def _money(found: Match[str], cantonese: bool) -> str:
    name, text, scale = CURRENCIES[found["sign"]], found["number"], found["scale"] or ""
    if cantonese and found["sign"] in ("$", "HK$", "HKD"):
        name = "蚊"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return _below(found, "负") + counted(text) + scale + name


def _percent(found: Match[str]) -> str:
    hundred = "千" if found["unit"] == "‰" else "百"
    return f"{_below(found, '负')}{hundred}分之{number(found['number'])}"


def _measured(found: Match[str]) -> str:
    name = UNITS[found["unit"]]
    below = _below(found, "零下" if name.endswith("度") else "负")
    return below + counted(found["number"]) + name


def _plain(found: Match[str]) -> str:
    text, after = found["number"], (found["after"] or "").lstrip()
    if len(text) > 10 and text.isdecimal() and not text.endswith("0000"):
        return digits(text) + (found["after"] or "")  # it names something
    first = _FIRST.match(found.string, found.end("number"))
    said = counted(text) if first or (after and after in MEASURES) else number(text)
    return _below(found, "负") + said + (found["after"] or "")


def _below(found: Match[str], word: str) -> str:
    return word if found["minus"] else ""
