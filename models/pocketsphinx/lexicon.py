"""How words are pronounced: from the library's big dictionary, else by rules of English spelling.

A decoder gets only the words of its language model: 600 load in milliseconds, all 134,000 in a
quarter of a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

VARIANT = re.compile(r"\(\d+\)$")


def pronunciations(words: Iterable[str], dictionary: Path) -> dict[str, list[str]]:
    """Every way to say each word, as phones with spaces between them."""
    wanted = set(words)
    known: dict[str, list[str]] = {word: [] for word in sorted(wanted)}
    with dictionary.open(encoding="utf-8") as lines:
        for line in lines:
            entry, _, phones = line.partition(" ")
            word = VARIANT.sub("", entry) if entry.endswith(")") else entry
            if word in wanted:
                known[word].append(phones.strip())
    for word, ways in known.items():
        if not ways:
            ways.append(derived(word, known) or by_rule(word))
    return known


def entries(known: dict[str, list[str]]) -> Iterator[str]:
    """The lines of a dictionary file."""
    for word, ways in known.items():
        for n, phones in enumerate(dict.fromkeys(ways), 1):
            yield f"{word} {phones}\n" if n == 1 else f"{word}({n}) {phones}\n"


VOICELESS = {"P", "T", "K", "F", "TH"}
HISSING = {"S", "Z", "SH", "ZH", "CH", "JH"}


def derived(word: str, known: dict[str, list[str]]) -> str:
    """A known word with an s: its plural, or what it owns. Else nothing."""
    for ending in ("'s", "s'", "s"):
        stem = word.removesuffix(ending)
        if stem != word and known.get(stem):
            phones = known[stem][0]
            last = phones.rsplit(" ", 1)[-1]
            sound = "IH Z" if last in HISSING else "S" if last in VOICELESS else "Z"
            return f"{phones} {sound}"
    return ""


# --- spelling to sound ---------------------------------------------------------------------------

V, C = "[aeiouy]", "[bcdfghjklmnpqrstvwxz]"

RULES = tuple(
    (re.compile(pattern), tuple(phones.split()))
    for pattern, phones in (
        # what comes first wins; `(?<...)` and `(?=...)` look at the neighbours
        (r"'", ""),
        (r"^kn|^gn|^pn", "N"),
        (r"^wr", "R"),
        (r"^ps", "S"),
        (r"^x", "Z"),
        (r"^wh(?=o)", "HH"),
        (r"tion$|sion$|cian$", "SH AH N"),
        (r"tions$|sions$", "SH AH N Z"),
        (r"tious$|cious$", "SH AH S"),
        (r"ture(?=s?$)", "CH ER"),
        (r"(?<=[aeiou])sure$", "ZH ER"),
        (r"ough$", "OW"),
        (r"augh|ough", "AO"),
        (r"igh", "AY"),
        (r"eigh", "EY"),
        (r"gh(?=[aeiou])", "G"),
        (r"gh", ""),
        (r"tch|ch", "CH"),
        (r"sch", "S K"),
        (r"ssh|sh", "SH"),
        (r"th", "TH"),
        (r"ph", "F"),
        (r"wh", "W"),
        (r"qu", "K W"),
        (r"ck|cc(?=[aou])", "K"),
        (r"dge?(?=$|[aeiou])|dg", "JH"),
        (r"ng$|ng(?=[^aeiou])", "NG"),
        (r"n(?=[kx])", "NG"),
        (r"mb$", "M"),
        (r"mn$", "M"),
        (r"sc(?=[eiy])", "S"),
        (r"c(?=[eiy])", "S"),
        (r"g(?=[eiy])", "JH"),
        (r"x", "K S"),
        # vowels with what follows them
        (r"eer|ear(?![nlt])|ier(?=$|s)", "IH R"),
        (r"air|are(?=$|s$|d$)", "EH R"),
        (r"ear|er(?!r)|ir(?!r|e)|ur(?!r|e)", "ER"),
        (r"or(?=s?$)(?<=[aeiou]..)", "ER"),
        (r"oor|oar|or", "AO R"),
        (r"ar(?!r)", "AA R"),
        (r"ire", "AY ER"),
        (r"ee|ea|ie(?=[^tsd$].)|ei", "IY"),
        (r"ai|ay|ey(?=.)", "EY"),
        (r"ey$|y$(?<=...)|ies$", "IY"),
        (r"ied$", "IY D"),
        (r"ie|y$", "AY"),
        (r"oo", "UW"),
        (r"ou|ow(?=[^n$])", "AW"),
        (r"ow", "OW"),
        (r"oi|oy", "OY"),
        (r"oa|oe", "OW"),
        (r"au|aw", "AO"),
        (r"ew|ue|ui", "UW"),
        (r"all(?=$|s)", "AO L"),
        (r"al(?=[kl])", "AO L"),
        # a vowel, one consonant and a silent e: the vowel says its name
        (rf"a(?={C}e(?:$|s$|d$))", "EY"),
        (rf"i(?={C}e(?:$|s$|d$))", "AY"),
        (rf"o(?={C}e(?:$|s$|d$))", "OW"),
        (rf"u(?={C}e(?:$|s$|d$))", "UW"),
        (rf"e(?={C}e(?:$|s$|d$))", "IY"),
        (r"(?<=.[lr])le$|(?<=[bcdfgkptsz])le$", "AH L"),
        (r"(?<=[td])ed$", "IH D"),
        (r"(?<=[pkfsx])ed$", "T"),
        (rf"(?<={C})ed$", "D"),
        (r"(?<=[szx])es$|(?<=[cs]h)es$", "IH Z"),
        (rf"(?<={C})e$", ""),
        (rf"(?<={C})es$", "Z"),
        (r"i(?=[aou])", "IY"),
        (r"e$", "IY"),
        (r"o$", "OW"),
        (r"a$", "AH"),
        (r"i$", "IY"),
        (r"u$", "UW"),
        # letters alone; a doubled consonant is one
        (r"a", "AE"),
        (r"e", "EH"),
        (r"i", "IH"),
        (r"o", "AA"),
        (r"u", "AH"),
        (r"y(?=[aeiou])", "Y"),
        (r"y", "IH"),
        (r"bb?", "B"),
        (r"dd?", "D"),
        (r"ff?", "F"),
        (r"gg?", "G"),
        (r"h(?=[aeiouy])", "HH"),
        (r"h", ""),
        (r"j", "JH"),
        (r"kk?|c", "K"),
        (r"ll?", "L"),
        (r"mm?", "M"),
        (r"nn?", "N"),
        (r"pp?", "P"),
        (r"q", "K"),
        (r"rr?", "R"),
        (r"(?<=[bdgvmnlrwaeiou])s$", "Z"),
        (r"ss?", "S"),
        (r"tt?", "T"),
        (r"vv?", "V"),
        (r"w", "W"),
        (r"zz?", "Z"),
    )
)

NAMES = dict(
    line.split(" ", 1)
    for line in """a EY|b B IY|c S IY|d D IY|e IY|f EH F|g JH IY|h EY CH|i AY|j JH EY|k K EY|l EH L
m EH M|n EH N|o OW|p P IY|q K Y UW|r AA R|s EH S|t T IY|u Y UW|v V IY|w D AH B AH L Y UW|x EH K S
y W AY|z Z IY""".replace("\n", "|").split("|")
)


def by_rule(word: str) -> str:
    """A guess at the phones of a word that no dictionary has. Without a vowel it is spelled out."""
    letters = [letter for letter in word if letter in NAMES]
    if not re.search(V, word):
        return " ".join(NAMES[letter] for letter in letters) or NAMES["a"]
    phones: list[str] = []
    at = 0
    while at < len(word):
        for pattern, sounds in RULES:
            if match := pattern.match(word, at):
                phones += sounds
                at = match.end()
                break
        else:
            at += 1  # not a letter
    return " ".join(phones) or NAMES["a"]
