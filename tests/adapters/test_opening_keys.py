"""The private keys that messages are sealed to: their file, their passphrase, their rotation, and opening."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from dpr.adapters.key_files import KeyFile
from dpr.adapters.opening_keys import KEPT_SECONDS, MOST_KEYS, OpeningKey, OpeningKeys
from dpr.core.errors import DocumentError, DprError
from dpr.core.mail import sealing
from dpr.ports import Opener
from tests.mail_world import MailWorld, opening_key, sealing_key
from tests.world import NOW

WORLD = MailWorld()


def sealed_to(keys: Opener, *, message: bytes = b"") -> sealing.Sealed:
    value = WORLD.message_value()
    document = message or WORLD.message()
    return sealing.read(sealing.seal(document, keys.keys[0], sealing.outer_of(value, len(document))))


def code_of(path: Path, passphrase: bytes | None = None) -> str:
    with pytest.raises(DprError) as raised:
        OpeningKeys.load(path, (lambda: passphrase) if passphrase else None)
    return raised.value.code


@pytest.mark.parametrize("passphrase", [None, "lösenord".encode()])
def test_a_key_that_was_made_is_read_back_and_opens_what_was_sealed_to_it(tmp_path: Path, passphrase: bytes | None) -> None:
    made = OpeningKeys.create(tmp_path / "mail.pem", now=NOW, passphrase=passphrase)
    sealed = sealed_to(made, message=b"hello")
    held = OpeningKeys.load(tmp_path / "mail.pem", (lambda: passphrase) if passphrase else None)
    assert held.open(sealed) == b"hello"
    assert held.keys == made.keys
    assert held.held[0].made_at == NOW
    assert (tmp_path / "mail.pem").stat().st_mode & 0o777 == 0o600
    assert (b"ENCRYPTED" in (tmp_path / "mail.pem").read_bytes()) is bool(passphrase)


def test_the_file_is_plain_pkcs8_with_the_seed_form_of_ml_kem(tmp_path: Path) -> None:
    OpeningKeys.create(tmp_path / "mail.pem", now=NOW)
    text = (tmp_path / "mail.pem").read_bytes()
    assert text.startswith(b"Made: 2026-11-21T12:00:00Z\n-----BEGIN PRIVATE KEY-----\n")
    first, second = text.split(b"-----BEGIN")[1:]
    kem = load_pem_private_key(b"-----BEGIN" + first, None)
    assert len(kem.private_bytes_raw()) == 64
    shown = subprocess.run(
        ["openssl", "pkey", "-noout", "-text"], input=b"-----BEGIN" + second, capture_output=True, check=True
    )
    assert b"X25519" in shown.stdout


def test_a_known_seed_gives_the_public_key_that_senders_seal_to(tmp_path: Path) -> None:
    private = opening_key("pharmacy")
    assert private is not None
    key = OpeningKeys.create(tmp_path / "mail.pem", now=NOW).held[0]
    assert OpeningKey.of(key.mlkem, key.x25519, None).public == key.public
    assert len(key.public.public) == len(sealing_key("pharmacy").public)


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    made = OpeningKeys.create(tmp_path / "mail.pem", now=NOW)
    with pytest.raises(DprError, match="key_file_exists"):
        OpeningKeys.create(tmp_path / "mail.pem", now=NOW)
    assert OpeningKeys.load(tmp_path / "mail.pem").keys == made.keys


def test_rotating_puts_a_new_key_first_and_keeps_the_old_one_for_what_is_on_its_way(tmp_path: Path) -> None:
    path = tmp_path / "mail.pem"
    first = OpeningKeys.create(path, now=NOW)
    on_its_way = sealed_to(first, message=b"earlier")
    first.rotate(path, now=NOW + 10)
    held = OpeningKeys.load(path)
    assert [one.made_at for one in held.held] == [NOW + 10, NOW]
    assert held.keys[1] == first.keys[0] != held.keys[0]
    assert held.open(on_its_way) == b"earlier"
    assert held.open(sealed_to(held, message=b"later")) == b"later"


def test_a_key_goes_when_it_has_been_replaced_for_long_enough(tmp_path: Path) -> None:
    path = tmp_path / "mail.pem"
    made = OpeningKeys.create(path, now=NOW).rotate(path, now=NOW + 10)
    held = made.rotate(path, now=NOW + 10 + KEPT_SECONDS - 1)
    assert len(held.held) == 3
    held = made.rotate(path, now=NOW + 10 + KEPT_SECONDS)
    assert [one.made_at for one in held.held] == [NOW + 10 + KEPT_SECONDS, NOW + 10]


def test_rotating_too_often_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mail.pem"
    held = OpeningKeys.create(path, now=NOW)
    for day in range(1, MOST_KEYS):
        held = held.rotate(path, now=NOW + day)
    before = path.read_bytes()
    with pytest.raises(DprError, match="mail_key_too_many"):
        held.rotate(path, now=NOW + 100)
    assert path.read_bytes() == before
    assert len(OpeningKeys.load(path).held) == MOST_KEYS


def test_rotating_keeps_the_passphrase_that_is_given(tmp_path: Path) -> None:
    path = tmp_path / "mail.pem"
    OpeningKeys.create(path, now=NOW, passphrase=b"one").rotate(path, now=NOW + 1, passphrase=b"one")
    asked: list[bytes] = []

    def passphrase() -> bytes:
        asked.append(b"one")
        return b"one"

    assert len(OpeningKeys.load(path, passphrase).held) == 2
    assert asked == [b"one"]


def test_every_fault_of_the_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mail.pem"
    assert code_of(path) == "mail_key_file_missing"
    OpeningKeys.create(path, now=NOW, passphrase=b"one")
    assert code_of(path) == "key_file_locked"
    assert code_of(path, b"two") == "key_file_passphrase"
    path.chmod(0o644)
    assert code_of(path, b"one") == "key_file_open_to_others"


def test_what_is_no_such_key_is_named(tmp_path: Path) -> None:
    good = tmp_path / "good.pem"
    OpeningKeys.create(good, now=NOW)
    whole = good.read_bytes()
    kem, x25519 = (b"-----BEGIN" + one for one in whole.split(b"-----BEGIN")[1:])
    KeyFile.create(tmp_path / "signing.pem")
    signing = (tmp_path / "signing.pem").read_bytes()
    path = tmp_path / "mail.pem"
    bad = [b"", b"\0" * 100, kem, x25519, x25519 + kem, signing + signing, kem + signing, whole * 5, whole[:-40], b"x" * 20_000]
    bad += [whole.replace(b"Made: 2026-11-21", b"Made: 2026-99-99"), whole.replace(b"MFQ", b"MFR")]
    for content in bad:
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(content)
        assert code_of(path) == "mail_key_file_invalid", content[:60]


def test_a_file_that_does_not_say_when_its_keys_were_made_can_be_used(tmp_path: Path) -> None:
    path = tmp_path / "mail.pem"
    made = OpeningKeys.create(path, now=NOW)
    path.write_bytes(path.read_bytes().partition(b"\n")[2])
    held = OpeningKeys.load(path)
    assert held.keys == made.keys
    assert held.held[0].made_at is None


def test_a_message_to_another_key_is_named(tmp_path: Path) -> None:
    held = OpeningKeys.create(tmp_path / "mail.pem", now=NOW)
    other = OpeningKeys.create(tmp_path / "other.pem", now=NOW)
    with pytest.raises(DocumentError, match="mail_key_unknown"):
        held.open(sealed_to(other))


def test_a_message_that_was_changed_on_its_way_does_not_open(tmp_path: Path) -> None:
    held = OpeningKeys.create(tmp_path / "mail.pem", now=NOW)
    sealed = sealed_to(held)
    body = sealed.ciphertext
    changed = [sealed._replace(ciphertext=body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]) for at in (0, 1100, 1130, 5000)]
    changed += [
        sealed._replace(info=sealed.info + b"\0"),
        sealed._replace(ciphertext=body[:1136]),
        sealed._replace(ciphertext=b""),
    ]
    changed += [sealed._replace(ciphertext=body[:1088] + bytes(32) + body[1120:])]  # X25519's point of low order
    for one in changed:
        with pytest.raises(DocumentError, match="mail_not_opened"):
            held.open(one)


def test_a_plaintext_that_is_not_padded_as_it_must_be_is_named(tmp_path: Path) -> None:
    held = OpeningKeys.create(tmp_path / "mail.pem", now=NOW)
    sealed = sealed_to(held)
    padded = sealing.pad(b"hello", 4096)[:-1] + b"\1"
    body = sealing.SUITE.encrypt(padded, sealing._public(held.keys[0]), info=sealed.info)
    with pytest.raises(DocumentError, match="mail_padding"):
        held.open(sealed._replace(ciphertext=body))
