"""What a keyboard-wedge scanner (or a paste) leaves on standard input: what is forgiven, and the precise word for the rest."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dpr.core import qr
from tests.e2e.cli import ENVIRONMENT, Ran, command, run
from tests.e2e.stage import Stage, clean


def text_of(stage: Stage, name: str = "one") -> str:
    return qr.to_text(stage.rx(name).read_bytes())


def typed(stage: Stage, text: str | bytes) -> Ran:
    data = text if isinstance(text, bytes) else text.encode()
    return clean(run("--site", stage.pharmacy, "verify", "-", "--json", stdin=data))


FORGIVEN: dict[str, Callable[[str], str | bytes]] = {
    "as it is": lambda text: text,
    "enter": lambda text: text + "\r\n",
    "carriage return": lambda text: text + "\r",
    "space around": lambda text: f"  \t{text}   \n\n",
    "lower case": lambda text: text.lower(),
    "tabs between the digits": lambda text: "\t".join(text[i : i + 50] for i in range(0, len(text), 50)),
    "lines": lambda text: "\r\n".join(text[i : i + 64] for i in range(0, len(text), 64)),
    "space in the prefix": lambda text: "D P R 1 " + text[4:],
    "no-break space": lambda text: text[:100] + "\u00a0" + text[100:],
    "byte order mark": lambda text: "\ufeff" + text,
    "zero width": lambda text: text[:9] + "\u200b" + text[9:] + "\u200e",
    "scanned twice": lambda text: f"{text}\r\n{text}\r\n",
    "scanned twice without enter": lambda text: text + text,
    "scanned twice in another case": lambda text: text + "\n" + text.lower(),
    "utf-16 of Windows": lambda text: text.encode("utf-16"),
}
NAMED: dict[str, tuple[str, Callable[[str], str]]] = {
    "nothing": ("qr_empty", lambda text: ""),
    "only space": ("qr_empty", lambda text: " \r\n\t"),
    "only the prefix": ("qr_cut_off", lambda text: "DPR1"),
    "one letter in it": ("qr_character", lambda text: text[:40] + "O" + text[41:]),
    "Swedish layout for signs": ("qr_character", lambda text: text[:40] + "-" + text[41:]),
    "a later version": ("qr_version", lambda text: "DPR7" + text[4:]),
    "other text": ("qr_not_dpr", lambda text: "https://example.org/"),
    "other text before": ("qr_not_dpr", lambda text: "Recept: " + text),
    "other text after": ("qr_character", lambda text: text + " tack"),
    "without the prefix": ("qr_not_dpr", lambda text: text[4:]),
    "far too long": ("qr_too_long", lambda text: "DPR1" + "9" * 20_000),
    "too many digits": ("qr_too_long", lambda text: "DPR1" + "9" * 5_000),
    "digits of another script": ("qr_character", lambda text: text[:40] + "٣" + text[41:]),
}


@pytest.mark.parametrize("how", FORGIVEN)
def test_a_scan_is_forgiven_what_a_scanner_does(stage: Stage, how: str) -> None:
    given_text = FORGIVEN[how](text_of(stage))
    ran = typed(stage, given_text)
    assert (ran.code, ran.json["verdict"]) == (0, "accepted"), ran


@pytest.mark.parametrize("how", NAMED)
def test_what_cannot_be_a_prescription_is_named(stage: Stage, how: str) -> None:
    code, change = NAMED[how]
    ran = typed(stage, change(text_of(stage)))
    assert (ran.code, ran.json["error"]) == (1, code)
    assert f"[{code}]" in ran.err and "→" in ran.err, "the person is told, and what to do"


def test_the_place_of_a_wrong_character_is_told(stage: Stage) -> None:
    text = text_of(stage)
    ran = typed(stage, text[:40] + "O" + text[41:])
    assert ran.json["detail"] == f"character 41 of {len(text)}"


@pytest.mark.parametrize("missing", [1, 2, 3, 10, 100, 500])
def test_a_broken_off_tail_is_never_accepted(stage: Stage, missing: int) -> None:
    ran = typed(stage, text_of(stage)[:-missing] + "\r\n")
    # where the digits that are left happen to begin like a document, the document is named as damaged
    assert ran.code == 1 and ran.json.get("error", "cbor") in ("qr_cut_off", "qr_damaged", "cbor"), ran


def test_a_whole_scan_after_a_broken_one_is_not_guessed_at(stage: Stage) -> None:
    text = text_of(stage)
    ran = typed(stage, text[:-50] + "\r\n" + text)
    assert ran.code == 1 and ran.json.get("error", "cbor") in ("qr_cut_off", "qr_damaged", "cbor")


def test_two_prescriptions_in_one_go_are_told_apart(stage: Stage) -> None:
    ran = typed(stage, text_of(stage) + "\r\n" + text_of(stage, "repeats"))
    assert (ran.code, ran.json["error"]) == (1, "several_documents")


def test_a_doubled_digit_is_never_accepted(stage: Stage) -> None:
    text = text_of(stage)
    for place in range(4, len(text), 97):
        ran = typed(stage, text[:place] + text[place] + text[place:])
        assert ran.code == 1, place


@settings(max_examples=120, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_random_input_is_always_refused_by_name(stage: Stage, data: bytes) -> None:
    assert typed(stage, data).code == 1


@settings(max_examples=80, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.data())
def test_a_document_with_changed_bytes_is_always_refused_by_name(stage: Stage, data: st.DataObject) -> None:
    document = bytearray(stage.rx("one").read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(document) - 1))
        document[place] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.sampled_from([len(document), len(document) - 1, len(document) // 2]))
    assert bytes(document[:cut]) == stage.rx("one").read_bytes() or typed(stage, bytes(document[:cut])).code == 1


def test_on_a_terminal_one_line_is_enough(stage: Stage) -> None:
    # a terminal hands over at most 4,096 characters as one line, which one item never needs
    controller, terminal = pty.openpty()
    try:
        running = subprocess.Popen(
            command("--lang", "en", "--site", stage.pharmacy, "verify", "-"),
            stdin=terminal,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT,
        )
        os.write(controller, text_of(stage).encode() + b"\n")
        out, err = running.communicate(timeout=60)
    finally:
        os.close(controller)
        os.close(terminal)
    assert running.returncode == 0 and "ACCEPTED" in out.decode() and "Scan the code" in err.decode()
