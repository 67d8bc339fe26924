"""English abbreviations, Roman numerals, addresses on the net, tags and names of programs."""

# ruff: noqa: RUF001

from __future__ import annotations

import re
from collections.abc import Iterator
from re import Match

from .reading_claims import Rule
from .reading_en_numbers import cardinal, digits, listed, number, ordinal

ABBREVIATIONS = {
    **{"e.g.": "for example", "i.e.": "that is", "vs.": "versus", "vs": "versus"},
    **{"approx.": "approximately", "Prof.": "Professor", "Mrs.": "Missus", "Mr.": "Mister"},
    **{"Ms.": "Miz", "Jr.": "Junior", "Sr.": "Senior", "Gen.": "General", "Capt.": "Captain"},
    **{"Lt.": "Lieutenant", "Sgt.": "Sergeant", "Rev.": "Reverend", "Gov.": "Governor"},
    **{"Sen.": "Senator", "Mt.": "Mount", "Ft.": "Fort", "Ave.": "Avenue", "Blvd.": "Boulevard"},
    **{"Rd.": "Road", "Inc.": "Incorporated", "Ltd.": "Limited", "Corp.": "Corporation"},
    **{"dept.": "department", "Dept.": "Department", "govt.": "government", "est.": "established"},
    **{"WWII": "World War Two", "WW2": "World War Two", "WWI": "World War One"},
    **{"max.": "maximum", "min.": "minimum", "tel.": "telephone", "Tel.": "Telephone"},
    **{"w/o": "without", "w/": "with", "b/c": "because", "aka": "a.k.a.", "cf.": "compare"},
    **{"Ph.D.": "p.h.d.", "PhD": "p.h.d.", "etc.": "et cetera", "Bros.": "Brothers"},
    **{"hrs.": "hours", "hr.": "hour", "mins.": "minutes", "lbs.": "pounds", "oz.": "ounces"},
    **{"incl.": "including", "excl.": "excluding", "misc.": "miscellaneous"},
    **{"appt.": "appointment"},
}
NUMBERED = {
    **{"No.": "number", "no.": "number", "Nos.": "numbers", "nos.": "numbers", "№": "number"},
    **{"vol.": "volume", "Vol.": "Volume", "p.": "page", "pp.": "pages", "ch.": "chapter"},
    **{"Ch.": "Chapter", "fig.": "figure", "Fig.": "Figure", "ext.": "extension", "c.": "circa"},
    **{"ca.": "circa", "sec.": "section", "Sec.": "Section", "art.": "article", "#": "number"},
    **{"Pop.": "population", "pop.": "population"},
}
ENDINGS = listed(
    "com org net edu gov io ai co uk de fr cn jp eu info dev app me tv us ca au"
    " py js ts html css json txt md csv pdf png jpg jpeg gif mp3 mp4 zip exe yaml xml sh cpp docx"
    " xlsx"
)
SPELLED = frozenset(
    listed("py js ts io ai uk de fr cn jp eu tv us ca au html css csv pdf md www xml")
)
_ENDING = "|".join(ENDINGS)

EMOTICON = re.compile(
    r"(?:(?<=\s)|^)(?:[:;=][-'o^]?[)(DPpOo/\\|*\]\[]|<3|\^_?\^|[xX]D|:'\()(?=[\s.,!?]|$)"
)
_TAIL = r"[^\s<>\"]*[^\s<>\".,;:!?)\]'”’]"  # up to what belongs to the sentence
ADDRESS = re.compile(
    rf"(?:https?://|mailto:){_TAIL}"
    rf"|[\w.+-]*\w@\w[\w.-]*\.[A-Za-z]{{2,}}"
    rf"|\bwww\.{_TAIL}"
    rf"|(?<![\w@/.])[A-Za-z0-9][\w-]*(?:\.[\w-]+)*\.(?:{_ENDING})(?:/{_TAIL})?(?![\w@])"
)
TAG = re.compile(r"(?<!\w)([#@])([A-Za-z]\w*)")
HUMPS = re.compile(r"\b[a-z]{2,}(?:[A-Z][a-z0-9]+)+\b|\b(?:\w+_)+\w+\b|\b_+\w+")
ROMAN = re.compile(
    r"\b(?P<name>[A-Z][a-z]+)\s(?P<roman>[IVX]{2,7}|(?<=Bowl )[IVXLC]+|V"
    r"|I(?=\s(?:of|was|is|had|died|ruled)\b|[.,;!?]|$))(?!['’.-]?\w)"
)
_SHORT = "|".join(sorted(map(re.escape, ABBREVIATIONS), key=len, reverse=True))
SHORT = re.compile(rf"(?<![\w.])(?<![0-9]\s)(?:{_SHORT})(?!\w)")
NUMBER = re.compile("(?<![\\w.])(" + "|".join(map(re.escape, NUMBERED)) + r")(\s?)(?=[0-9\x00])")
DOCTOR = re.compile(r"\b(?P<short>Dr|St)(?:\.|(?=\s[A-Z]))")
WAYS = {"Dr": ("Doctor", "Drive"), "St": ("Saint", "Street")}
_NAMED = re.compile(r"(?:\b[A-Z]\w*|[0-9](?:st|nd|rd|th)|\x00)\s$")
SHOUT = re.compile(r"\b[A-Z][A-Z'’]+\b")
INITIALS = frozenset(
    listed(
        "FBI CIA USA UFO NASA EU UN UK AI API IBM BBC ATM DIY FAQ IQ UI URL USB IP PIN CEO ETA AA"
        " GPU CPU RAM ASAP NATO LED ID OK TV AM PM COO IOU EV RSVP SUV HIV AIDS IPA UTC"
    )
)
KINGS = frozenset(
    listed(
        "Henry Louis Charles George Edward William James Richard Elizabeth Philip Francis Frederick"
        " Napoleon Paul Benedict Pius Leo Gregory Innocent Clement Alexander Nicholas Catherine"
        " Peter Ivan Mary Victoria Ferdinand Wilhelm Ludwig Otto Rudolf Harald Carl Gustaf Haakon"
        " Olav"
        " Christian Ramses Ptolemy Cleopatra Xerxes Darius Leopold Albert Alfonso Felipe Juan Pedro"
        " Margaret Robert David Stephen Victor Emmanuel Urban Sixtus Thutmose Mehmed Selim"
    )
)
ROMANS = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def names() -> Iterator[Rule]:
    yield EMOTICON, lambda _: ""
    yield ADDRESS, _address
    yield TAG, _tag
    yield HUMPS, lambda it: _humps(it[0])
    yield DOCTOR, _doctor
    yield NUMBER, lambda it: NUMBERED[it[1]] + " "
    yield SHORT, lambda it: ABBREVIATIONS[it[0]] + _stop(it)
    yield ROMAN, _roman
    yield SHOUT, _shout


def _stop(found: Match[str]) -> str:
    """The full stop of an abbreviation ends the sentence too, if nothing or a capital follows."""
    after = found.string[found.end() :].lstrip(" \"'”’)")
    return "." if found[0] in ("etc.", "Inc.", "Ltd.", "Jr.") and not after else ""


def _address(found: Match[str]) -> str:
    text = re.sub(r"^(?:https?://|mailto:)", "", found[0]).rstrip("/")
    signs = {".": " dot ", "@": " at ", "/": " slash ", "-": " dash ", "_": " underscore "}
    signs |= {":": " colon ", "?": " question mark ", "=": " equals ", "&": " and ", "#": " hash "}
    signs |= {"+": " plus ", "%": " percent ", "~": " tilde "}
    pieces = re.findall(r"[A-Za-z]+|[0-9]+|.", text)
    return "".join(signs.get(piece) or _spelt(piece) for piece in pieces).strip()


def _spelt(piece: str) -> str:
    if piece.isdecimal():
        return f" {cardinal(int(piece), ' ')} " if len(piece) < 3 else f" {digits(piece)} "
    return " ".join(piece.lower()) if piece.lower() in SPELLED else piece


def _tag(found: Match[str]) -> str:
    return ("hashtag " if found[1] == "#" else "at ") + _humps(found[2]).lower()


def _humps(text: str) -> str:
    pieces = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W_]", text)
    return " ".join(number(it, " ") if "0" <= it[0] <= "9" else it for it in pieces)


def _doctor(found: Match[str]) -> str:
    person, way = WAYS[found["short"]]
    named = _NAMED.search(found.string, 0, found.start())
    return way if named and not re.match(r"\s+[A-Z]", found.string[found.end() :]) else person


def _roman(found: Match[str]) -> str | None:
    name, value = found["name"], _value(found["roman"])
    if name in KINGS:
        return f"{name}\nthe {ordinal(value, ' ')}"
    return None if found["roman"] == "I" else f"{name}\n{cardinal(value, ' ')}"


def _value(roman: str) -> int:
    values = [ROMANS[letter] for letter in roman]
    return sum(
        -value if value < after else value
        for value, after in zip(values, [*values[1:], 0], strict=True)
    )


def _shout(found: Match[str]) -> str | None:
    """In a text without small letters capitals mean nothing, unless they are known initials."""
    text, word = found.string, found[0]
    if any(char.islower() for char in text) or not _SEVERAL.search(text):
        return None
    return word.lower() if word not in INITIALS and _VOWEL.search(word) else None


_SEVERAL = re.compile(r"[A-Z]{2,}\W+[A-Z]{2,}")
_VOWEL = re.compile(r"[AEIOUY]")
