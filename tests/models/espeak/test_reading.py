"""What is said for a text, and that each word said lies where it comes from."""

# ruff: noqa: RUF001

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.espeak.adapter import EspeakVoice
from models.espeak.binding import Mark, Sound
from models.espeak.reading import Reading, _joined, read
from models.espeak.script import parts
from tests.models.espeak import reading_cases as cases
from tests.models.espeak.sound import say
from tests.models.espeak.test_script import TEXT
from voiceagent.speaking.timeline import Timeline
from voiceagent.style import Style

Case = tuple[str, ...]
ENGLISH = (*cases.ENGLISH_BEFORE, *cases.ENGLISH_AFTER, *cases.ENGLISH_HELD_OUT)
MANDARIN = (*cases.CHINESE_BEFORE, *cases.CHINESE_AFTER, *cases.CHINESE_HELD_OUT)
CANTONESE = (*cases.CANTONESE_BEFORE, *cases.CANTONESE_AFTER)


def words(text: str) -> str:
    return re.sub(r"[^\w']+", " ", text.lower()).strip()


def characters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


@pytest.mark.parametrize("case", ENGLISH, ids=lambda case: case[0])
def test_english_is_read_as_a_person_would(case: Case) -> None:
    text, wanted, *language = case
    assert words(read(text, *language or ("en-us",)).said) == wanted


@pytest.mark.parametrize(
    ("language", "case"),
    [("cmn", case) for case in MANDARIN] + [("yue", case) for case in CANTONESE],
    ids=lambda it: it if isinstance(it, str) else it[0],
)
def test_chinese_is_read_as_a_person_would(language: str, case: Case) -> None:
    assert characters(read(case[0], language).said) == case[1]


@pytest.mark.parametrize("language", ["de", "fr-fr", "ja", "ko", "hak", "en-shaw", "es-419"])
def test_other_languages_are_left_to_espeak(language: str) -> None:
    text = "Es kostet $3.50, z.B. am 21.11.2026."
    assert read(text, language) == Reading(text)


def test_words_are_parted_and_characters_are_not() -> None:
    assert read("我跑了5km路", "cmn").said == "我跑了五公里路"
    assert read("MP3 and 2kg", "en-us").said == "MP three and two kilograms"


def test_wide_figures_are_figures() -> None:
    assert read("１２３个", "cmn").said == "一百二十三个"


# --- places ---------------------------------------------------------------------------------------


def origin(text: str, word: str, language: str = "en-us") -> str:
    """What stands in the text, from where a word that is said comes."""
    reading = read(text, language)
    place = reading.place(reading.said.index(word))
    return text[place:].split(" ")[0]


@pytest.mark.parametrize("word", ["three", "dollars", "fifty", "cents"])
def test_all_words_of_a_sum_lie_where_it_does(word: str) -> None:
    assert origin("It costs $3.50. Really?", word) == "$3.50."


def test_what_is_written_as_several_words_is_told_apart() -> None:
    text = "On Nov 21, 2026 we ran 5 km for $1.2 billion."
    pairs = {"November": "Nov", "twenty first": "21,", "twenty six": "2026", "five": "5"}
    pairs |= {"kilometers": "km", "one point": "$1.2", "billion": "billion.", "ran": "ran"}
    assert {word: origin(text, word) for word in pairs} == pairs


def test_what_is_not_changed_lies_where_it_was() -> None:
    text = "No 5 here, none there"
    reading = read(text, "en-us")
    for word in ("No", "here", "none", "there"):
        assert reading.place(reading.said.index(word)) == text.index(word)


def test_what_is_said_beyond_the_words_of_the_text_belongs_to_the_last() -> None:
    reading = _joined("In 5 km", [(3, 7, "five\nkilometers\nor so")])
    assert reading.said == "In five kilometers or so"
    assert [reading.place(reading.said.index(it)) for it in ("five", "kilo", "or so")] == [3, 5, 5]


def test_marks_of_a_sound_move_into_the_text() -> None:
    sound = Sound(words=(Mark(0, 0), Mark(3, 10), Mark(10, 20), Mark(15, 30)))
    reading = read("At $23 a kilo", "en-us")
    assert reading.said == "At twenty three dollars a kilo"
    assert [mark.place for mark in reading.placed(sound).words] == [0, 3, 3, 3]
    assert [mark.sample for mark in reading.placed(sound).words] == [0, 10, 20, 30]


@given(TEXT, st.sampled_from(["en-us", "en-gb", "cmn", "yue"]))
def test_any_text_is_read_and_places_rise_within_it(text: str, language: str) -> None:
    for part in parts(text, (language, "en-us")):
        reading = read(part.text, part.language)
        places = [reading.place(at) for at in range(len(reading.said) + 1)]
        assert places == sorted(places)
        assert places[0] >= 0
        assert places[-1] <= len(part.text)
        reading.said.encode()


NUMERIC = st.text(
    st.sampled_from("0123456789 .,:/-$%£€xstndhkmKG年月点到个第#&@'°²½—"), max_size=60
)


@given(NUMERIC, st.sampled_from(["en-us", "en-gb", "cmn", "yue"]))
def test_no_figure_is_left_to_espeak(text: str, language: str) -> None:
    said = read(text, language).said
    assert not re.search("[0-9]", said)
    assert len(said) < 80 * (len(text) + 1)


# --- heard ----------------------------------------------------------------------------------------

HEARD = (
    "It costs $3.50, No. 5 of 1,200 on 11/21/2026 at 3:45 pm.",
    "Dr. Smith ran 5 km in $1.2 billion shoes :) e.g. 24/7.",
    "我跑了5km，花了¥300，在2026年11月21日3:45。",
    "Windows 10上有2个 apps, 50% off.",
    "See https://a.com/b or me@b.org — 5'11\" tall!",
)


@pytest.mark.parametrize("style", [Style(), Style(emotion="happy")], ids=["plain", "shaped"])
@pytest.mark.parametrize("text", HEARD)
def test_the_listener_sees_the_text_as_it_was_written(
    voice: EspeakVoice, text: str, style: Style
) -> None:
    speech = say(voice, text, style=style)
    assert speech.text == text
    assert squeezed("".join(word.text for word in speech.words)) == squeezed(text)
    times = [time for word in speech.words for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    timeline = Timeline()
    for piece in speech.pieces:
        timeline.append(piece)
    assert not timeline.estimated
    for number, word in enumerate(speech.words):
        said = "".join(it.text for it in speech.words[: number + 1])
        assert characters(timeline.said(word.end_ms + 1)) == characters(said)


def test_a_sum_takes_as_long_as_its_words(voice: EspeakVoice) -> None:
    texts = "It is $3.50 now.", "It is 3 dollars and 50 cents now."
    short, long = (say(voice, text) for text in texts)
    assert short.seconds == pytest.approx(long.seconds, rel=0.02)
    sum_ = next(word for word in short.words if "$" in word.text)
    assert sum_.text == "$3.50"
    assert sum_.end_ms - sum_.start_ms > 900


def test_an_interruption_within_a_sum_cuts_before_it(voice: EspeakVoice) -> None:
    speech = say(voice, "It is $1,234.50 now.")
    timeline = Timeline()
    for piece in speech.pieces:
        timeline.append(piece)
    sum_ = next(word for word in speech.words if "$" in word.text)
    assert timeline.said(sum_.start_ms + 100) == "It is"
    assert timeline.said(sum_.end_ms) == "It is $1,234.50"


def test_chinese_numbers_are_not_said_in_english(voice: EspeakVoice) -> None:
    written, spoken = (say(voice, it).seconds for it in ("我跑了5km。", "我跑了五公里。"))
    assert written == pytest.approx(spoken, rel=0.02)


LONG = "It cost $3.50 on 11/21/2026, said Dr. No. 我有23个。 "


@pytest.mark.parametrize(
    "text", [LONG * 200, "9" * 10_000, "天" * 10_000, "-1" * 5000, "😀" * 500, "<b>&amp;" * 1000]
)
def test_ten_thousand_characters_are_made_in_bounded_parts(text: str) -> None:
    made = [read(part.text, part.language).said for part in parts(text, ("en-us",))]
    assert made
    assert max(map(len, made)) < 1000


@pytest.mark.parametrize("text", ["", " ", "\n", ":)", "<3", ":-D :(", "\x00\x01"])
def test_what_is_not_said_is_no_error(voice: EspeakVoice, text: str) -> None:
    speech = say(voice, text)
    assert not any(piece.pcm for piece in speech.pieces)
    assert speech.text == (text if text.strip() else "")


@pytest.mark.parametrize(
    "text", ["😀", "½", "@", "#", "+", "₿ 5", "☎ 555-1234", "Ⅳ", "１２", "٣ كتب"]
)
def test_every_sign_is_audio_or_nothing(voice: EspeakVoice, text: str) -> None:
    speech = say(voice, text, "Done.")
    assert speech.seconds > 0.2
    assert squeezed("".join(word.text for word in speech.words)).endswith("Done.")


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)
