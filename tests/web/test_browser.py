"""The page in a real browser, with recorded speech as the microphone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import pytest
from websockets.sync.client import connect

from tests.server.live import Live, bench
from tests.web.browser import Browser, speaking
from tests.web.conftest import says
from voiceagent.audio import write_wav
from voiceagent.config import compose
from voiceagent.house import open_house
from voiceagent.parts import Phrase
from voiceagent.server.serving import Place

ANSWER = "Thank you, I heard you, and this is my answer."
ANSWERED = "!page.call.awaited && !page.speaking && page.call.lines.length >= {}"
LAST = "document.querySelector('#captions li:last-child .words')?.textContent"
AUDIBLE = 0.03  # rms; the clip is 0.15, silence 0


# --- at rest -------------------------------------------------------------------------------------


def test_the_page_loads_and_nothing_is_wrong_with_it(browser: Browser, server: Live) -> None:
    page = browser.page(server.url)
    assert page.text("#talk") == "Talk"
    assert page.text("#state") == "Ready"
    assert page.complaints() == []
    kinds = {event["type"] for event in page.events("Network.responseReceived")}
    assert {"Document", "Script", "Stylesheet"} <= kinds
    opened = page.events("Network.webSocketCreated")
    assert not opened, "a page that is only looked at takes nobody's place"


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_it_fits_the_screen(browser: Browser, server: Live, width: int) -> None:
    page = browser.page(server.url, width, 740)
    page.type("#text", "Say: " + "a" * 300 + " and many words " * 40)
    page.until(ANSWERED.format(2))
    assert page.run("document.documentElement.scrollWidth") <= width
    assert page.run("document.documentElement.scrollHeight") <= 740
    within = "(({ left, right, top, bottom }) => [left, right, top, bottom])"
    for name in ("talk", "text", "state"):
        box = f"document.getElementById('{name}').getBoundingClientRect()"
        left, right, top, bottom = page.run(f"{within}({box})")
        assert 0 <= left < right <= width, name
        assert 0 <= top < bottom <= 740, name


def test_the_keyboard_reaches_everything(browser: Browser, server: Live) -> None:
    browser.allow(server.url, microphone=True)
    page = browser.page(server.url)
    reached = []
    for _ in range(5):
        page.press("Tab")
        reached.append(
            page.run("document.activeElement.id || document.activeElement.tagName.toLowerCase()")
        )
    assert reached == ["summary", "captions", "talk", "text", "button"]
    page.run("document.getElementById('talk').focus()")
    page.press(" ", " ")
    page.until("page.microphone")
    page.press(" ", " ")
    page.until("!page.microphone && !page.opening")
    assert page.text("#talk") == "Talk"


# --- by text -------------------------------------------------------------------------------------


def test_a_typed_question_is_answered_in_words_and_sound(browser: Browser, server: Live) -> None:
    page = browser.page(server.url)
    page.type("#text", "how are you")
    page.until("page.speaking && document.querySelector('#state').textContent === 'Speaking'")
    page.until("page.call.lines.at(-1).state === 'partial' && page.call.lines.at(-1).text")
    page.until(ANSWERED.format(2))
    assert page.text("#captions") == f"You\nhow are you\nAgent\n{ANSWER}"
    assert page.run("page.said.playedMs") == 1_000
    assert page.run("page.said.loudest") > AUDIBLE
    assert page.run("document.getElementById('spoken').lastChild.textContent") == f"Agent: {ANSWER}"
    assert page.run("document.getElementById('text').value") == ""
    assert page.complaints() == []


def test_what_is_typed_is_text_and_nothing_else(browser: Browser, server: Live) -> None:
    page = browser.page(server.url)
    evil = "<img src=x onerror=alert(1)><b>bold</b>"
    page.type("#text", f"Say: {evil}")
    page.until(ANSWERED.format(2))
    assert page.text("#captions li:last-child .words") == evil
    assert page.run("document.querySelectorAll('#captions :is(img, b)').length") == 0
    assert page.complaints() == []


def test_typing_over_a_reply_ends_it(browser: Browser) -> None:
    with Live(bench(4.0)) as server:
        page = browser.page(server.url)
        page.type("#text", "first")
        page.until("page.speaking && page.said.playedMs > 400")
        page.type("#text", "Say: second")
        page.until("page.said.cuts >= 1")
        page.until(f"page.said.playedMs > 400 && {LAST} === 'second'")
        assert page.text("#captions .note") == "interrupted"
        assert page.run("page.trouble") is None


# --- by voice ------------------------------------------------------------------------------------


def test_a_spoken_question_is_heard_and_answered(
    chromium: str, server: Live, tmp_path: Path
) -> None:
    with Browser(chromium, speaking(says(tmp_path, 500, "americano"))) as browser:
        browser.allow(server.url, microphone=True)
        page = browser.page(server.url)
        page.click("#talk")
        page.until("page.call.talking && document.body.dataset.state === 'listening'")
        page.until("page.call.lines.length && page.call.lines[0].state === 'partial'")
        page.until(ANSWERED.format(2))
        assert page.text("#captions") == f"You\nhello there\nAgent\n{ANSWER}"
        assert page.run("page.heard.loudest") > AUDIBLE
        assert page.run("page.said.loudest") > AUDIBLE
        assert page.run("page.said.playedMs") == 1_000
        assert page.text("#state") == "Say something"
        page.click("#talk")
        page.until("!page.microphone && document.body.dataset.state === 'idle'")
        assert page.complaints() == []


def test_speech_over_a_reply_silences_it_and_shows_where(chromium: str, tmp_path: Path) -> None:
    recording = says(tmp_path, 300, "americano", 2_500, "espresso")
    with (
        Live(bench(6.0)) as server,
        Browser(chromium, speaking(recording)) as browser,
    ):
        browser.allow(server.url, microphone=True)
        page = browser.page(server.url)
        page.click("#talk")
        page.until("page.said.cuts >= 1")
        line = page.until("page.call.lines.find(({ state, heard }) => state === 'cut' && heard)")
        page.until("page.call.lines.filter(({ who }) => who === 'agent').length >= 2")
        assert ANSWER.startswith(line["heard"])
        assert len(line["heard"]) < len(ANSWER)
        assert "interrupted" in page.text("#captions")
        told = [event["response"]["payloadData"] for event in page.events(SENT)]
        truncations = [text for text in told if "conversation.item.truncate" in text]
        assert line["id"] in truncations[0]
        assert page.run("page.trouble") is None


SENT = "Network.webSocketFrameSent"


@pytest.mark.slow
def test_the_embedded_agent_is_asked_the_time(chromium: str, tmp_path: Path) -> None:
    question = tmp_path / "question.wav"
    anyio.run(speak, "what time is it please", question)
    with (
        Live(compose("embedded", {})) as server,
        Browser(chromium, speaking(question)) as browser,
    ):
        browser.allow(server.url, microphone=True)
        page = browser.page(server.url)
        page.click("#talk")
        page.until(ANSWERED.format(2))
        heard, said = page.run("page.call.lines.map(({ text }) => text)")
        assert "time" in heard
        assert said.startswith("It is ")
        assert page.run("page.said.loudest") > AUDIBLE


async def speak(text: str, file: Path) -> None:
    """Said by the embedded voice, after half a second in which the browser settles."""

    async def phrases() -> AsyncIterator[Phrase]:
        yield Phrase(text)

    async with open_house(compose("embedded", {})) as house:
        assert house.voice is not None
        pieces = [piece async for piece in house.voice.speak(phrases(), "nora")]
    rate = pieces[0].rate
    write_wav(file, bytes(rate) + b"".join(piece.pcm for piece in pieces) + bytes(rate), rate)


# --- when something is wrong ---------------------------------------------------------------------


def test_a_microphone_that_is_not_allowed_is_explained(browser: Browser) -> None:
    with Live(bench()) as server:
        browser.allow(server.url, microphone=False)
        page = browser.page(server.url)
        page.click("#talk")
        page.until("page.trouble")
        assert "may not use the microphone" in page.text("#trouble")
        assert page.text("#talk") == "Talk"
        page.type("#text", "still here")
        page.until(ANSWERED.format(2))
        assert page.text("#trouble") == ""


def test_a_server_that_goes_is_told_and_found_again(browser: Browser) -> None:
    with Live(bench()) as server:
        browser.allow(server.url, microphone=True)
        page = browser.page(server.url)
        page.click("#talk")
        page.until("page.heard.blocks > 5")
        port = urlsplit(server.url).port
        assert port
    page.until("page.trouble")
    assert "connection to the server was lost" in page.text("#trouble")
    assert page.text("#talk") == "Talk"
    page.click("#again")
    page.until("page.link === 'none' && page.trouble?.text.includes('does not answer')")
    with Live(bench(), Place(port=port)):
        page.click("#again")
        page.until("page.microphone && page.link === 'open'")
        assert page.text("#trouble") == ""
        page.type("#text", "again")
        page.until(ANSWERED.format(2))


def test_a_full_server_says_so(browser: Browser) -> None:
    with Live(bench(serving__sessions=1)) as server:
        page = browser.page(server.url)
        with connect(server.ws, proxy=None) as other:
            other.recv()
            page.type("#text", "hello")
            page.until("page.trouble && page.link === 'none'")
            assert "All places are taken" in page.text("#trouble")
            assert page.run("document.getElementById('text').value") == "hello"
        page.until("(await (await fetch('health')).json()).sessions === 0")
        page.click("#again")
        page.until("page.link === 'open'")
        assert page.text("#trouble") == ""


def test_a_key_is_asked_for_and_kept_nowhere(browser: Browser) -> None:
    key = "open/sesame=1"
    with Live(bench(), Place(port=0, keys=(key,))) as server:
        page = browser.page(server.url)
        page.type("#text", "hello")
        page.until("page.trouble")
        assert "asks for a key" in page.text("#trouble")
        page.type("#key", "wrong")
        page.until("page.trouble?.text.includes('does not know')")
        page.until("document.activeElement.id === 'key'")  # to be tried again
        page.type("#key", key)
        page.until("page.link === 'open'")
        page.type("#text", "hello")
        page.until(ANSWERED.format(2))
        kept = "[location.href, document.cookie, JSON.stringify({ ...localStorage, "
        kept += "...sessionStorage }), document.body.innerHTML].join()"
        assert "sesame" not in page.run(kept)
        asked = [event["request"]["url"] for event in page.events("Network.requestWillBeSent")]
        assert not [url for url in asked if "sesame" in url]


def test_an_address_without_microphone_is_explained_and_typing_works(
    browser: Browser, server: Live
) -> None:
    page = browser.page(server.url.replace("127.0.0.1", "agent.test"))
    page.until("page.trouble")
    told = page.text("#trouble")
    assert "http://localhost" in told
    assert "https" in told
    page.type("#text", "hello")
    page.until(ANSWERED.format(2))
    assert page.text("#captions li:last-child .words") == ANSWER
