"""Every language that is listed speaks, and tags find it."""

from __future__ import annotations

import pytest

from models.espeak.adapter import EspeakVoice
from models.espeak.languages import SCRIPTS, reads
from tests.models.espeak.sound import decibels, say
from tests.models.espeak.test_script import HELLO
from voiceagent.style import Style


def test_every_listed_language_speaks_its_own_script(voice: EspeakVoice) -> None:
    tags = voice.styles().languages
    assert len(tags) > 120
    for tag in tags:
        own = voice._languages.find(tag).tag
        text = next(HELLO[script.name] for script in SCRIPTS if reads(own, script))
        speech = say(voice, text, style=Style(language=tag))
        assert speech.seconds > 0.15, tag
        assert decibels(speech.wave) > -35, tag


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ("en", "en-us"),
        ("en-GB", "en-gb"),
        ("en_GB", "en-gb"),
        ("en-GB-scotland", "en-gb-scotland"),
        ("en-GB-x-rp", "en-gb-x-rp"),
        ("en-AU", "en-gb"),
        ("en-CA", "en-us"),
        ("Scottish", "en-gb-scotland"),
        ("zh", "cmn"),
        ("zh-CN", "cmn"),
        ("zh-Hant-TW", "cmn"),
        ("zh-HK", "yue"),
        ("Cantonese", "yue"),
        ("yue", "yue"),
        ("cmn-Latn-pinyin", "cmn-latn-pinyin"),
        ("yue-Latn-jyutping", "yue-latn-jyutping"),
        ("fr", "fr-fr"),
        ("fr-CA", "fr-fr"),
        ("fr-CH", "fr-ch"),
        ("de-AT", "de"),
        ("German", "de"),
        ("pt-BR", "pt-br"),
        ("pt-PT", "pt"),
        ("es-MX", "es-419"),
        ("no", "nb"),
        ("sr-Cyrl-RS", "sr"),
        ("vi-VN-x-south", "vi-vn-x-south"),
        ("hy", "hy"),
    ],
)
def test_a_tag_finds_its_language(voice: EspeakVoice, tag: str, found: str) -> None:
    assert voice._languages.find(tag).tag == found


def test_a_voice_keeps_its_accent_where_english_is_asked_for(voice: EspeakVoice) -> None:
    who = voice._cast.find("fiona")
    assert who is not None
    assert voice._wanted(Style(language="en"), who)[0] == "en-gb-scotland"
    assert voice._wanted(Style(), who)[0] == "en-gb-scotland"
    assert voice._wanted(Style(language="en-US"), who)[0] == "en-us"
    assert voice._wanted(Style(language="fr"), who)[0] == "fr-fr"
