"""Stored sentences are said in the reader's language."""

from django.utils import translation

from kaibo.imports.sentences import fill, say, say_all
from kaibo.message import Message

STORED = Message("The same file is in use as batch #%(batch)s.", {"batch": 7})


def test_a_message_and_its_json_say_the_same_in_either_language() -> None:
    with translation.override("zh-hans"):
        assert say(STORED) == say(STORED.as_json()) == "同一个文件正作为批次 #7 使用。"
    with translation.override("en"):
        assert say_all([STORED, "plain"]) == ["The same file is in use as batch #7.", "plain"]


def test_a_cell_is_never_translated_and_never_a_placeholder() -> None:
    with translation.override("zh-hans"):
        assert fill("“%(value)s”", {"value": "Reason"}) == "“Reason”"
        assert fill("“%(value)s”", {"value": "100 %(x)s"}) == "“100 %(x)s”"
