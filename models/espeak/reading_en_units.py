"""English names of units and currencies."""

from __future__ import annotations

_LENGTHS = {"km": "kilo", "cm": "centi", "mm": "milli", "nm": "nano", "µm": "micro"}
_LENGTHS["\u03bcm"] = "micro"  # the Greek letter looks like the sign
_BYTES = {"k": "kilo", "K": "kilo", "M": "mega", "G": "giga", "T": "tera"}

UNITS = {
    **{short: f"{prefix}meter" for short, prefix in _LENGTHS.items()},
    **{f"{short}²": f"square {prefix}meter" for short, prefix in _LENGTHS.items()},
    **{f"{short}³": f"cubic {prefix}meter" for short, prefix in _LENGTHS.items()},
    **{f"{short}B": f"{prefix}byte" for short, prefix in _BYTES.items()},
    **{f"{short}b": f"{prefix}bit" for short, prefix in _BYTES.items()},
    **{f"{short}bps": f"{prefix}bit| per second" for short, prefix in _BYTES.items()},
    **{"m": "meter", "m²": "square meter", "m³": "cubic meter", "mb": "megabit"},
    **{"m2": "square meter", "m3": "cubic meter", "km2": "square kilometer"},
    **{"mi": "mile", "ft": "foot", "yd": "yard", "sq ft": "square foot", "ft²": "square foot"},
    **{"m/s": "meter| per second", "mph": "mile| per hour"},
    **{"km/h": "kilometer| per hour", "kmh": "kilometer| per hour"},
    **{"kph": "kilometer| per hour", "rpm": "revolution| per minute", "fps": "frame| per second"},
    **{"kg": "kilogram", "g": "gram", "mg": "milligram", "µg": "microgram", "lb": "pound"},
    **{"lbs": "pound", "oz": "ounce", "l": "liter", "L": "liter", "ml": "milliliter"},
    **{"mL": "milliliter", "cl": "centiliter", "dl": "deciliter"},
    **{"s": "second", "sec": "second", "secs": "second", "ms": "millisecond"},
    **{"min": "minute", "mins": "minute", "h": "hour", "hr": "hour", "hrs": "hour"},
    **{"tsp": "teaspoon", "tbsp": "tablespoon", "pt": "pint", "gal": "gallon"},
    **{"W": "watt", "kW": "kilowatt", "MW": "megawatt", "GW": "gigawatt", "kWh": "kilowatt hour"},
    **{"V": "volt", "kV": "kilovolt", "mV": "millivolt", "mA": "milliamp", "mAh": "milliamp hour"},
    **{"Hz": "hertz=", "kHz": "kilohertz=", "MHz": "megahertz=", "GHz": "gigahertz="},
    **{"dB": "decibel", "Pa": "pascal", "hPa": "hectopascal", "kPa": "kilopascal", "px": "pixel"},
    **{"kcal": "kilocalorie", "cal": "calorie", "kJ": "kilojoule", "ha": "hectare"},
    **{"°C": "degree| Celsius", "℃": "degree| Celsius", "° C": "degree| Celsius"},
    **{"°F": "degree| Fahrenheit", "℉": "degree| Fahrenheit", "°": "degree", "º": "degree"},
}
"""What is plural grows at the bar, or at the end; with "=" it does not."""

PER = {"h": "hour", "s": "second", "d": "day", "min": "minute", "y": "year", "yr": "year"}
"""What is meant after a stroke."""

BRITISH = {"meter": "metre", "liter": "litre"}
SHORTER = {"foot": "feet", "inch": "inches", "penny": "pence", "yen": "yen", "yuan": "yuan"}

MONEY = {
    "$": ("dollar", "cent"),
    "US$": ("U.S. dollar", "cent"),
    "HK$": ("Hong Kong dollar", "cent"),
    "NT$": ("Taiwan dollar", "cent"),
    "A$": ("Australian dollar", "cent"),
    "C$": ("Canadian dollar", "cent"),
    "£": ("pound", "penny"),
    "€": ("euro", "cent"),
    "¥": ("yen", "sen"),
    "₹": ("rupee", "paisa"),
    "₩": ("won=", "jeon"),
    "USD": ("U.S. dollar", "cent"),
    "EUR": ("euro", "cent"),
    "GBP": ("pound", "penny"),
    "CNY": ("yuan", "fen"),
    "RMB": ("yuan", "fen"),
    "JPY": ("yen", "sen"),
    "CHF": ("Swiss franc", "centime"),
    "HKD": ("Hong Kong dollar", "cent"),
    "AUD": ("Australian dollar", "cent"),
    "CAD": ("Canadian dollar", "cent"),
    "¢": ("cent", ""),
    "c": ("cent", ""),
    "p": ("penny", ""),
}
CODES = tuple(sign for sign in MONEY if len(sign) == 3 and sign.isalpha())
SCALES = {
    **{"billion": "billion", "million": "million", "trillion": "trillion"},
    **{"thousand": "thousand", "bn": "billion", "mn": "million", "mil": "million"},
    **{"tn": "trillion", "m": "million", "M": "million", "B": "billion", "b": "billion"},
    **{"k": "thousand", "K": "thousand", "T": "trillion"},
}
"""The longer ones first: they are tried in this order."""


def many(name: str) -> str:
    if name.endswith("="):
        return name[:-1]
    head, _, tail = name.partition("|")
    before, space, last = head.rpartition(" ")
    return f"{before}{space}{SHORTER.get(last) or last + 's'}{tail}"


def one(name: str) -> str:
    return name.replace("|", "").rstrip("=")
