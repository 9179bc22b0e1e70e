"""Key files under a passphrase, who may read them, and where a passphrase or PIN comes from."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from dpr.adapters import key_encryption, secrets
from dpr.adapters.key_files import KeyFile, check_private, private_pem
from dpr.adapters.secrets import NEW_PASSPHRASE, PASSPHRASE, PIN
from dpr.apps.signers import open_key_file, open_signer
from dpr.core.errors import DprError, SetupError
from tests.js.both import needs
from tests.world import signer

CANARY = "kanariefågel-7391"
WORD = CANARY.encode()
OPENSSL = shutil.which("openssl")


def code_of(action: Callable[..., Any], *arguments: Any, **options: Any) -> str:
    with pytest.raises(DprError) as caught:
        action(*arguments, **options)
    shown = f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"
    assert CANARY not in shown and "-7391" not in shown
    return caught.value.code


@pytest.fixture
def nobody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DPR_PASSPHRASE_FILE", "DPR_NEW_PASSPHRASE_FILE", "DPR_PIN_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "stdin", open(os.devnull))  # noqa: PTH123, SIM115


def secret_file(path: Path, content: bytes = WORD + b"\n", mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


# --- encrypted files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_an_encrypted_file_opens_with_its_passphrase_only(tmp_path: Path, algorithm: str) -> None:
    path = tmp_path / "key.pem"
    made = KeyFile.create(path, algorithm=algorithm, passphrase=WORD)
    assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n") and path.stat().st_mode & 0o777 == 0o600
    again = KeyFile.load(path, lambda: WORD)
    assert again.key == made.key and made.key.verify(again.sign(b"x"), b"x")
    assert code_of(KeyFile.load, path) == "key_file_locked"
    for wrong in (WORD[:-1], WORD + b"\n", b"x", "kanariefågel-7391".upper().encode()):
        assert code_of(KeyFile.load, path, lambda wrong=wrong: wrong) == "key_file_passphrase"


def test_no_two_files_of_one_key_and_passphrase_are_alike() -> None:
    key = signer("x")._private_key
    first, second = (private_pem(key, WORD) for _ in range(2))
    assert first != second and len(first) == len(second)


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
@needs(OPENSSL is not None, "there is no openssl")
def test_openssl_reads_what_we_write_and_we_read_what_it_writes(tmp_path: Path, algorithm: str) -> None:
    ours, plain, theirs = (tmp_path / name for name in ("ours.pem", "plain.pem", "theirs.pem"))
    made = KeyFile.create(ours, algorithm=algorithm, passphrase=WORD)
    word = secret_file(tmp_path / "word")
    words = [str(OPENSSL), "pkcs8", "-in", ours, "-passin", f"file:{word}", "-out", plain]
    subprocess.run(words, check=True, capture_output=True)
    assert KeyFile.load(plain).key == made.key
    for more in (["-scrypt"], ["-iter", "50000"], ["-v2", "aes-128-cbc"]):
        words = [str(OPENSSL), "pkcs8", "-topk8", "-in", plain, *more, "-passout", f"file:{word}", "-out", theirs]
        subprocess.run(words, check=True, capture_output=True)
        assert KeyFile.load(theirs, lambda: WORD).key == made.key


def test_what_cryptography_encrypts_is_read(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    key = signer("x")._private_key
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(WORD)))
    assert KeyFile.load(path, lambda: WORD).key == signer("x").key


def test_a_guess_costs_something() -> None:
    pem = private_pem(signer("x")._private_key, WORD)
    der = key_encryption.body(pem)
    assert der is not None
    start = time.perf_counter()
    with pytest.raises(ValueError):
        key_encryption.decrypt(der, b"wrong")
    assert time.perf_counter() - start > 0.02  # 0.15 s on the machine where the parameters were chosen


def _with_costs(monkeypatch: pytest.MonkeyPatch, **costs: int) -> bytes:
    """An encrypted key whose numbers say other costs than were spent on it."""
    real, wrong = key_encryption._integer, dict(zip((2**14, 8, 5), costs.values(), strict=True))
    monkeypatch.setattr(key_encryption, "_integer", lambda number: real(wrong.get(number, number)))
    pem = private_pem(signer("x")._private_key, WORD)
    monkeypatch.undo()
    return pem


@pytest.mark.parametrize(
    "costs", [{"n": 2**30, "r": 8, "p": 1}, {"n": 2**14, "r": 2**20, "p": 1}, {"n": 2**14, "r": 8, "p": 2**20}], ids=str
)
def test_a_file_that_would_cost_too_much_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, costs: dict[str, int]
) -> None:
    path = secret_file(tmp_path / "key.pem", _with_costs(monkeypatch, **costs))
    with mock.patch.object(key_encryption, "load_der_private_key", side_effect=AssertionError("spent")):
        assert code_of(KeyFile.load, path, lambda: WORD) == "key_file_invalid"


def test_pbkdf2_has_its_limit_too() -> None:
    scheme = lambda rounds: key_encryption._tlv(  # noqa: E731
        0x30,
        key_encryption._tlv(6, key_encryption._PBKDF2),
        key_encryption._tlv(0x30, key_encryption._tlv(4, bytes(16)), key_encryption._integer(rounds)),
    )
    whole = lambda rounds: key_encryption._tlv(  # noqa: E731
        0x30,
        key_encryption._tlv(0x30, key_encryption._tlv(6, key_encryption._PBES2), key_encryption._tlv(0x30, scheme(rounds))),
    )
    key_encryption._check_cost(whole(key_encryption.MOST_ROUNDS))
    with pytest.raises(key_encryption.NoSuchEncryption):
        key_encryption._check_cost(whole(key_encryption.MOST_ROUNDS + 1))


def test_a_torn_encrypted_file_is_named_and_costs_nothing(tmp_path: Path) -> None:
    pem = private_pem(signer("x")._private_key, WORD)
    lines = pem.splitlines(keepends=True)
    torn = [b"".join(lines[:1] + lines[2:]), b"".join(lines[:-2] + lines[-1:])[:-40], pem.replace(lines[1][:3], b"MI!", 1)]
    torn += [lines[0] + b"AAAA\n" + lines[-1], lines[0] + b"\n" + lines[-1], lines[0] + b"A\n" + lines[-1]]
    for number, content in enumerate(torn):
        path = secret_file(tmp_path / f"{number}.pem", content)
        assert code_of(KeyFile.load, path, lambda: WORD) in ("key_file_invalid", "key_file_passphrase")


def test_a_der_reader_never_goes_beyond_the_end() -> None:
    pem = private_pem(signer("x")._private_key, WORD)
    der = key_encryption.body(pem)
    assert der is not None
    for cut in range(90):  # through every header
        with pytest.raises(key_encryption.NoSuchEncryption):
            key_encryption._check_cost(der[:cut])


def test_the_passphrase_is_changed_and_the_key_stays(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    made = KeyFile.create(path)
    path.chmod(0o400)
    KeyFile.load(path).reencrypt(path, WORD)
    assert KeyFile.load(path, lambda: WORD).key == made.key and path.stat().st_mode & 0o777 == 0o400
    KeyFile.load(path, lambda: WORD).reencrypt(path, b"other")
    assert code_of(KeyFile.load, path, lambda: WORD) == "key_file_passphrase"
    KeyFile.load(path, lambda: b"other").reencrypt(path, None)
    assert KeyFile.load(path).key == made.key
    assert list(tmp_path.iterdir()) == [path]


def test_a_passphrase_that_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    made = KeyFile.create(path, passphrase=WORD)
    before = path.read_bytes()
    with mock.patch("os.fsync", side_effect=OSError(28, "No space left on device")):
        assert code_of(made.reencrypt, path, b"other") == "key_file_write"
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("owner", [(0, 4322, 0o640), (0, 0, 0o600), (4321, 4322, 0o400)])
def test_a_changed_passphrase_leaves_the_key_to_whoever_has_it(tmp_path: Path, owner: tuple[int, int, int]) -> None:
    path = tmp_path / "key.pem"
    made = KeyFile.create(path)
    os.chown(tmp_path, 65534, 65534)
    os.chown(path, *owner[:2])
    path.chmod(owner[2])
    made.reencrypt(path, WORD)
    found = path.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o7777) == owner and KeyFile.load(path, lambda: WORD).key == made.key


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no owners here")
def test_a_passphrase_is_not_changed_by_one_who_cannot_leave_the_key_to_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    made = KeyFile.create(path)
    before = path.read_bytes()
    with mock.patch("os.geteuid", return_value=path.stat().st_uid + 4321):
        assert code_of(made.reencrypt, path, WORD) == "key_file_write"
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
    path.unlink()
    assert code_of(made.reencrypt, path, WORD) == "key_file_write" and not path.exists()


# --- who may read ---------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="no modes here")
@pytest.mark.parametrize(("mode", "allowed"), [(0o600, True), (0o400, True), (0o604, False), (0o666, False), (0o620, False)])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int, allowed: bool) -> None:
    path = tmp_path / "key.pem"
    KeyFile.create(path)
    path.chmod(mode)
    if allowed:
        open_signer("key.pem", where=tmp_path)
    else:
        assert code_of(open_signer, "key.pem", where=tmp_path) == "key_file_open_to_others"


@pytest.mark.parametrize(
    ("owner", "mode", "allowed"), [(0, 0o640, True), (1000, 0o640, False), (0, 0o660, False), (0, 0o644, False)]
)
def test_a_group_may_read_what_root_owns(tmp_path: Path, owner: int, mode: int, allowed: bool) -> None:
    status = mock.Mock(st_mode=stat.S_IFREG | mode, st_uid=owner)
    with mock.patch.object(Path, "stat", return_value=status):
        if allowed:
            check_private(tmp_path / "key.pem")
        else:
            assert code_of(check_private, tmp_path / "key.pem") == "key_file_open_to_others"


def test_nobody_is_asked_for_the_passphrase_of_a_file_that_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    KeyFile.create(path, passphrase=WORD)
    path.chmod(0o644)
    with mock.patch.object(secrets.Kind, "_asked", side_effect=AssertionError("asked")):
        assert code_of(open_signer, str(path)) == "key_file_open_to_others"


def test_the_published_demo_keys_may_be_read_by_all() -> None:
    path = Path(__file__).parents[2] / "keys" / "demo-prescriber.pem"
    path.stat()
    with mock.patch("dpr.apps.signers.check_private", side_effect=AssertionError("checked")):
        open_signer(str(path))


# --- where a secret comes from -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [WORD, WORD + b"\n", WORD + b"\r\n", "kanariefågel-7391\n".encode()])
def test_a_secret_is_the_only_line_of_its_file(tmp_path: Path, content: bytes) -> None:
    assert secrets.read_file(secret_file(tmp_path / "s", content)) == WORD


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"a\nb\n", WORD + b"\n\n", b"a\0b", b"\xff\xfe", b"x" * 1025, b"x" * 10_000], ids=range(8)
)
def test_what_is_no_single_line_is_no_secret(tmp_path: Path, content: bytes) -> None:
    assert code_of(secrets.read_file, secret_file(tmp_path / "s", content)) == "secret_file_invalid"


def test_a_secret_file_that_is_open_or_missing_is_refused(tmp_path: Path) -> None:
    assert code_of(secrets.read_file, secret_file(tmp_path / "s", mode=0o644)) == "secret_file_open_to_others"
    assert code_of(secrets.read_file, tmp_path / "none") == "secret_file_missing"
    assert code_of(secrets.read_file, tmp_path) == "secret_file_missing"


@pytest.mark.usefixtures("nobody_to_ask")
def test_the_named_file_comes_before_the_environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named, other = secret_file(tmp_path / "named"), secret_file(tmp_path / "other", b"other")
    for kind in (PASSPHRASE, NEW_PASSPHRASE, PIN):
        assert code_of(kind.get, "x") == code_of(kind.new, "x") == "secret_missing"
        monkeypatch.setenv(kind.variable, str(other))
        assert kind.get("x") == kind.new("x") == b"other"
        assert kind.get("x", file=named) == kind.new("x", file=named) == WORD
        monkeypatch.setenv(kind.variable, "")
        assert code_of(kind.get, "x") == "secret_missing"


@pytest.mark.usefixtures("nobody_to_ask")
def test_the_missing_secret_names_the_variable(tmp_path: Path) -> None:
    KeyFile.create(tmp_path / "key.pem", passphrase=WORD)
    with pytest.raises(SetupError) as caught:
        open_key_file(tmp_path / "key.pem")
    assert caught.value.code == "secret_missing" and "DPR_PASSPHRASE_FILE" in caught.value.detail


def test_a_person_at_a_terminal_is_asked_and_for_a_choice_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DPR_PASSPHRASE_FILE", raising=False)
    typed: list[str] = []
    monkeypatch.setattr(sys, "stdin", mock.Mock(isatty=lambda: True))
    monkeypatch.setattr("getpass.getpass", lambda prompt: typed.pop(0))
    typed[:] = ["kanariefa\u030agel-7391"]
    assert PASSPHRASE.get("x") == WORD  # NFC, whatever the keyboard sends
    typed[:] = [CANARY, CANARY]
    assert PASSPHRASE.new("x") == WORD
    typed[:] = [CANARY, CANARY + "x"]
    assert code_of(PASSPHRASE.new, "x") == "secret_differs"
    typed[:] = [""]
    assert code_of(PASSPHRASE.get, "x") == "secret_empty"
    monkeypatch.setattr("getpass.getpass", mock.Mock(side_effect=EOFError))
    assert code_of(PASSPHRASE.get, "x") == "secret_empty"
