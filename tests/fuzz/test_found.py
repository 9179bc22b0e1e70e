"""What the targets, the limits and the naughty texts have found stays found: one test for each."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import pytest

from dpr.adapters import policy_toml, products_mapping, register_answers
from dpr.adapters.key_files import KeyFile, private_pem
from dpr.adapters.products_csv import Reading
from dpr.apps.cli.common import show_json
from dpr.apps.register import calls
from dpr.core import drafts, text
from dpr.core.errors import InputError, SetupError
from dpr.ports import Rejected, Silent
from tests.world import ONE_ITEM, signer


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content", [b"a = " + b"[" * 15_000, b"a" + b".a" * 7900 + b" = 1", b"#" * 16_001], ids=["deep", "dots", "long"]
)
def test_a_mapping_that_would_exhaust_its_reader_is_named(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError) as caught:
        products_mapping.load(str(written(tmp_path / "m.toml", content)))
    assert caught.value.code == "products_mapping_invalid"


@pytest.mark.parametrize(("dots", "is_read"), [(100, True), (101, False)])
def test_a_key_of_very_many_parts_is_no_policy(tmp_path: Path, dots: int, is_read: bool) -> None:
    path = written(tmp_path / "policy.toml", b"#" + b"." * dots)
    if is_read:
        policy_toml.load(path)
        return
    with pytest.raises(InputError, match="dots"):
        policy_toml.load(path)


@pytest.mark.parametrize("url", ["ftp://x", "nll.test", "http://", "http://a b", "https://å.se", "http://x\u202e"])
def test_an_address_of_the_register_that_is_none_is_refused_with_the_policy(tmp_path: Path, url: str) -> None:
    with pytest.raises(InputError, match="register_url"):
        policy_toml.load(written(tmp_path / "policy.toml", f'register_url = "{url}"'.encode()))


def test_a_key_file_is_not_read_whole_when_it_cannot_be_one(tmp_path: Path) -> None:
    pem = private_pem(signer("x")._private_key)
    assert KeyFile.load(written(tmp_path / "k.pem", pem + b"\n" * (16_384 - len(pem)))).key == signer("x").key
    with pytest.raises(SetupError, match="key_file_invalid"):
        KeyFile.load(written(tmp_path / "k.pem", pem + b"\n" * 16_384))


def test_a_private_key_of_the_wrong_length_is_named(tmp_path: Path) -> None:
    """cryptography answers it with an InternalError."""
    lines = private_pem(signer("x", "EdDSA")._private_key).splitlines()
    der = bytearray(base64.b64decode(lines[1]))
    der[1], der[13], der[15] = der[1] - 1, der[13] - 1, der[15] - 1  # the lengths of what holds the raw key
    with pytest.raises(SetupError, match="key_file_invalid"):
        KeyFile.load(written(tmp_path / "k.pem", b"\n".join((lines[0], base64.b64encode(der[:-1]), lines[2]))))


def test_an_answer_with_more_objects_than_any_register_has_is_silence() -> None:
    page = register_answers.page_of(b'{"resourceType":"Bundle","x":[' + b"{}," * 59_990 + b"{}]}", "Patient")
    assert page.resources == []
    with pytest.raises(Silent):
        register_answers.page_of(b'{"resourceType":"Bundle","x":[' + b"{}," * 60_000 + b"{}]}", "Patient")


@pytest.mark.parametrize("before", [*range(3985, 4001), 10_000])
def test_no_part_of_a_number_is_left_where_long_words_are_cut(before: int) -> None:
    said = "x" + " " * (before - 1) + "19121212-1212 and more " * 400
    error = register_answers.no(
        422, json.dumps({"resourceType": "OperationOutcome", "issue": [{"diagnostics": said}]}).encode()
    )
    assert isinstance(error, Rejected) and not any(sign.isdigit() for sign in error.words)


def test_many_issues_are_said_by_the_first_of_them() -> None:
    issues = [{"details": {"text": f"no {number}"}} for number in range(5000)]
    error = register_answers.no(422, json.dumps({"resourceType": "OperationOutcome", "issue": issues}).encode())
    assert isinstance(error, Rejected) and "no 19" in error.words and "no 20" not in error.words


def test_the_reference_register_reads_no_body_of_very_many_parts() -> None:
    calls.parsed(b'{"a":[' + b"{}," * 19_990 + b"{}]}")
    with pytest.raises(ValueError, match="too many"):
        calls.parsed(b'{"a":[' + b"{}," * 20_000 + b"{}]}")


def test_of_very_many_unknown_members_some_are_named() -> None:
    draft = ONE_ITEM | {f"member{number}": 0 for number in range(5000)}
    with pytest.raises(InputError) as caught:
        drafts.read(json.dumps(draft).encode(), id=bytes(16), authored_at=1_795_262_400)
    assert [one.path for one in caught.value.problems] == [f"$.member{number}" for number in range(20)]


def test_a_header_of_very_many_columns_names_the_place_of_what_is_no_name() -> None:
    header = ";".join(f"c{number}" for number in range(9000)).encode()
    with pytest.raises(InputError) as caught:
        list(Reading(io.BytesIO(header)))
    assert caught.value.problems[0].path == "line 1, column number 1"
    assert caught.value.problems[99].path == "line 1, column number 100"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("x\u0323\u0301", None),
        ("\u0e19\u0e49\u0e33", None),
        ("x\u0331\u0323\u0301", "text_unprintable"),
        ("a" + "\u0336" * 3, "text_unprintable"),
        ("\u0331x", "text_unprintable"),
    ],
    ids=ascii,
)
def test_a_pile_of_marks_is_no_safe_text(value: str, code: str | None) -> None:
    found = text.fault(value)
    assert found == code or (code and found == "text_not_nfc")


def test_json_on_a_terminal_holds_nothing_that_it_acts_on(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"detail": "\x9b31m \u202e \x7f å 💊 \ue000 \ud800"}
    show_json(value)
    said = capsys.readouterr().out
    assert all(sign.isprintable() or sign == "\n" for sign in said) and "å 💊" in said
    assert json.loads(said) == value
