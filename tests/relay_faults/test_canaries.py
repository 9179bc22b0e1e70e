"""The search for plaintext finds it in every way of writing that it claims to know."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.relay_faults.canaries import CANARIES, found_in

WRITTEN = {
    "UTF-8": lambda word: word.encode(),
    "UTF-16": lambda word: word.encode("utf-16-le"),
    "UTF-16 the other way": lambda word: word.encode("utf-16-be"),
    "hexadecimal": lambda word: word.encode().hex().encode(),
    "capital hexadecimal": lambda word: word.encode("utf-16-le").hex().upper().encode(),
    "backwards": lambda word: word.encode()[::-1],
    **{
        f"base64 after {before} bytes": lambda word, before=before: base64.b64encode(b"x" * before + word.encode() + b"after")
        for before in range(6)
    },
    "base64url": lambda word: base64.urlsafe_b64encode(b"{" + word.encode() + b"}").rstrip(b"="),
}


@pytest.mark.parametrize("how", WRITTEN)
def test_a_word_is_found_however_it_is_written(how: str, tmp_path: Path) -> None:
    for number, word in enumerate(CANARIES):
        (tmp_path / str(number)).write_bytes(b"\xff\x00before" + WRITTEN[how](word) + b"after\x00")
    assert found_in(sorted(tmp_path.iterdir())) == [(str(number), word) for number, word in enumerate(CANARIES)]


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(bytes(range(256)) * 400 + b'{"code": "mail_id_taken", "message": "0f3c"}')
    assert found_in(tmp_path.iterdir()) == []
