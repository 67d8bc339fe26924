from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voiceagent.parts import Spoken, Word
from voiceagent.speaking import Timeline

# ruff: noqa: RUF001

RATE = 8_000


def audio(ms: int, text: str = "", *words: tuple[str, int, int]) -> Spoken:
    return Spoken(bytes(ms * RATE // 1000 * 2), RATE, text, tuple(Word(*word) for word in words))


def timeline(*pieces: Spoken, ended: bool = True) -> Timeline:
    made = Timeline()
    for piece in pieces:
        made.append(piece)
    if ended:
        made.end()
    return made


TIMED = (
    audio(1000, "Hello there.", ("Hello", 100, 400), ("there", 500, 900)),
    audio(800, "How are you?", ("How", 0, 200), ("are", 200, 400), ("you", 400, 700)),
)


def test_a_word_was_heard_when_half_of_it_was_played() -> None:
    reply = timeline(*TIMED)
    assert reply.text == "Hello there. How are you?"
    assert [reply.said(ms) for ms in (0, 249, 250, 699, 700, 1100, 1550)] == [
        "",
        "",
        "Hello",
        "Hello",
        "Hello there.",
        "Hello there. How",
        "Hello there. How are you?",
    ]
    assert reply.rest(699) == " there. How are you?"
    assert not reply.estimated


def test_a_reply_goes_on_at_the_word_that_was_cut() -> None:
    reply = timeline(*TIMED)
    assert [reply.word_start(ms) for ms in (50, 100, 399, 450, 600, 1500, 1799, 9999)] == [
        50,  # before the first word: nothing was cut
        100,
        100,
        450,  # between two words
        500,
        1400,
        1799,
        1800,
    ]
    assert [reply.next_word(ms) for ms in (0, 100, 101, 1401, 1800)] == [100, 100, 500, 1800, 1800]


def test_deltas_follow_the_audio_and_put_together_are_the_text() -> None:
    reply = timeline(*TIMED)
    deltas = [reply.words_between(at, at + 300) for at in range(0, 1800, 300)]
    assert deltas == ["Hello", " there.", "", " How", " are you?", ""]
    assert reply.words_between(0) == reply.text
    assert reply.words_between(500) == " there. How are you?"


def test_the_words_of_a_phrase_may_come_with_its_later_pieces() -> None:
    reply = timeline(
        audio(500, "Hello there, friend.", ("Hello", 100, 400)),
        audio(500, "", ("there", 0, 300)),
        audio(500, "", ("friend", 100, 500)),
    )
    assert [reply.next_word(ms) for ms in (0, 101, 501)] == [100, 500, 1100]
    assert not reply.estimated


def test_text_without_times_is_spread_over_its_audio_and_marked() -> None:
    reply = timeline(audio(400, "aaa bbb"), audio(300), audio(400, "cccc"))
    assert reply.estimated
    assert [reply.next_word(ms) for ms in (0, 1, 401)] == [0, 400, 700]
    assert reply.said(149) == ""
    assert reply.said(550) == "aaa bbb"


def test_while_a_phrase_is_being_made_its_length_is_guessed_and_never_short_of_its_audio() -> None:
    reply = timeline(audio(20, "one two three four"), ended=False)
    assert reply.estimated
    assert reply.said(20) == ""
    assert reply.said(600) == "one two"
    reply.append(audio(7180))
    assert reply.said(599) == ""
    assert reply.said(7200) == "one two three four"


def test_what_is_told_is_the_text_once_even_while_estimates_move() -> None:
    reply = timeline(audio(20, "one two three four five six"), ended=False)
    told = [reply.tell(500)]
    assert told == ["one two"]
    reply.append(audio(5000))
    told.append(reply.tell(600))  # the second word is now later than that, but it was told
    reply.append(audio(200, "Seven.", ("Seven", 0, 200)))
    told += [reply.tell(5020), reply.tell(5021), reply.tell()]
    assert told == ["one two", "", " three four five six", " Seven.", ""]


def test_a_reply_without_audio_is_heard_as_soon_as_it_is_sent() -> None:
    reply = timeline(Spoken(text="Just "), Spoken(text="text."), ended=False)
    assert reply.said(0) == reply.tell() == reply.text == "Just text."
    assert reply.rest(0) == ""
    assert reply.total_ms == 0
    assert not reply.estimated


def test_a_text_that_gets_no_audio_does_not_stop_the_others() -> None:
    reply = timeline(audio(500, "One."), Spoken(text="Two."), audio(500, "Three."))
    assert reply.said(499) == "One."
    assert reply.said(500) == "One. Two."
    assert reply.tell(501) == "One. Two. Three."


def test_phrases_are_joined_by_a_space_only_where_one_belongs() -> None:
    for texts, joined in (
        (("Hello.", "You"), "Hello. You"),
        (("Hello. ", "You"), "Hello. You"),
        (("Hello.", " You"), "Hello. You"),
        (("Hello", ", you"), "Hello, you"),
        (("wait—", "what"), "wait—what"),
        (("你好，", "世界。", "OK"), "你好，世界。OK"),
        (("one\n", "\ntwo\n"), "one\n\ntwo"),
        (("one", "  ", "two"), "one  two"),
        (("", " one"), "one"),
    ):
        assert timeline(*(audio(20, text) for text in texts)).text == joined


def test_chinese_is_counted_by_its_characters() -> None:
    reply = timeline(audio(1000, "你好，世界。"))
    assert reply.said(500) == "你好，"
    assert reply.rest(500) == "世界。"
    words = timeline(audio(1000, "你好，世界。", ("你好", 0, 400), ("世界", 600, 1000)))
    assert words.said(400) == "你好，"
    assert words.word_start(500) == 500
    assert words.next_word(401) == 600


def test_words_that_a_voice_says_otherwise_are_found_again_at_the_next_one() -> None:
    reply = timeline(
        audio(
            2000,
            "It is 3.14 — New York-based, isn't it?",
            ("it", 0, 100),
            ("is", 100, 200),
            ("three", 200, 400),
            ("point", 400, 600),
            ("fourteen", 600, 900),
            ("new", 1000, 1100),
            ("York-based", 1100, 1500),
            ("isn't", 1500, 1700),
            ("it", 1700, 1900),
        )
    )
    assert reply.next_word(901) == 1000
    assert reply.next_word(1101) == 1500
    assert reply.said(1300) == "It is 3.14 — New York-based,"
    assert reply.words_between(101, 1000) == " 3.14 —"


def test_a_voice_may_cut_words_finer_or_coarser_than_the_text() -> None:
    finer = audio(900, "well-known one", ("well", 0, 200), ("known", 300, 500), ("one", 600, 900))
    assert [timeline(finer).next_word(ms) for ms in (0, 1)] == [0, 600]
    assert timeline(finer).said(250) == "well-known"
    coarser = audio(900, "New York is", ("New York", 0, 500), ("is", 600, 900))
    assert [timeline(coarser).next_word(ms) for ms in (1, 300)] == [250, 600]


def test_times_that_fall_are_held_to_what_was_said_before() -> None:
    reply = timeline(audio(900, "a b c", ("a", 0, 500), ("b", 300, 400), ("c", 200, 600)))
    assert reply.words_between(500, 501) == " b c"
    assert reply.said(550) == "a b c"


def test_times_that_run_past_the_audio_are_cut_to_it() -> None:
    reply = timeline(
        audio(300, "one two", ("one", 0, 300), ("two", 400, 700)), audio(100, "x", ("x", 0, 100))
    )
    assert reply.words_between(300, 301) == " two x"
    assert reply.said(400) == "one two x"


@st.composite
def pieces(draw: st.DrawFn) -> list[Spoken]:
    made = []
    texts = st.text(st.sampled_from("ab .,—\n你好。"), max_size=30)
    for text in draw(st.lists(texts, max_size=6)):
        words = []
        if draw(st.booleans()):
            at = 0
            for word in text.split():
                length = draw(st.integers(0, 300))
                words.append((word, at, at + length))
                at += length + draw(st.integers(0, 100))
        made.append(audio(draw(st.integers(0, 500)), text, *words))
        made += [audio(draw(st.integers(1, 300))) for _ in range(draw(st.integers(0, 3)))]
    return made


@given(pieces(), st.lists(st.integers(0, 4000), max_size=8), st.booleans())
def test_said_grows_and_with_the_rest_it_is_the_text(
    made: list[Spoken], times: list[int], ended: bool
) -> None:
    reply = timeline(*made, ended=ended)
    before = ""
    for ms in sorted(times):
        said = reply.said(ms)
        assert said + reply.rest(ms) == reply.text
        assert said.startswith(before)
        assert reply.word_start(ms) <= ms
        assert reply.next_word(ms) >= min(ms, reply.total_ms)
        before = said
    if ended:
        assert reply.said(reply.total_ms) == reply.text
    written = "".join("".join(piece.text.split()) for piece in made)
    assert "".join(reply.text.split()) == written


@given(pieces(), st.lists(st.integers(0, 4000), max_size=8))
def test_consecutive_stretches_are_the_text(made: list[Spoken], times: list[int]) -> None:
    reply = timeline(*made)
    cuts = [0, *sorted(times)]
    parts = [reply.words_between(a, b) for a, b in zip(cuts, [*cuts[1:], None], strict=True)]
    assert "".join(parts) == reply.text


@given(pieces(), st.integers(0, 500))
def test_what_is_told_while_the_reply_is_made_is_the_text(made: list[Spoken], lag: int) -> None:
    reply, told = Timeline(), ""
    for piece in made:
        reply.append(piece)
        told += reply.tell(reply.total_ms - lag)
        assert reply.text.startswith(told)
    reply.end()
    assert told + reply.tell() == reply.text


def test_a_reply_of_thousands_of_words_is_asked_in_no_time() -> None:
    words = [f"word{number}" for number in range(5000)]
    asked = 0

    class Counting(Timeline):
        def _begin(self, word: int) -> int:
            nonlocal asked
            asked += 1
            return super()._begin(word)

    reply = Counting()
    for number in range(0, 5000, 10):
        reply.append(audio(1000, " ".join(words[number : number + 10])))
        reply.tell(number * 100)
    reply.end()
    asked = 0
    assert reply.said(250_000) == " ".join(words[:2500])
    assert reply.words_between(100_000, 100_200).split() == ["word1000", "word1001"]
    assert reply.word_start(100_001) == 100_000
    assert asked < 100  # a search by halves, not a walk


def test_a_chinese_comma_parts_words_that_have_no_space_between_them() -> None:
    reply = Timeline()
    reply.append(audio(2000, "300，2026，9"))
    reply.end()
    assert reply.said(900) == "300，"
