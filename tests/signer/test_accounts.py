"""Local accounts: closed unless opened, a first secret good for one thing, and nobody locked out by a colleague's mistakes."""

from __future__ import annotations

import hashlib
import random
import statistics
import time
import unicodedata
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidKey

from dpr.apps.serving.refusals import ForbiddenError, NotAuthenticatedError
from dpr.apps.signer import accounts as accounts_module
from dpr.apps.signer.accounts import (
    JUDGED_AT_ONCE,
    JUDGED_OF,
    JUDGED_SECONDS,
    LONGEST_WAIT_SECONDS,
    SESSION_SECONDS,
    LocalAccounts,
    WaitError,
)
from dpr.core.errors import DprError
from tests.signer.rig import ANNA, KARIN
from tests.world import NOW

PASSWORD = "hemligt-losenord-kanarie"
HERE, THERE = "10.0.0.1", "10.0.0.2"


@pytest.fixture(autouse=True)
def no_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """No try during a wait is judged, where a test does not say otherwise."""
    monkeypatch.setattr(accounts_module, "_by_chance", lambda: False)


@pytest.fixture
def accounts(tmp_path: Path) -> LocalAccounts:
    """Karin has chosen a password."""
    made = LocalAccounts(tmp_path)
    made.choose_password(KARIN, made.create(KARIN), PASSWORD, HERE, NOW)
    return made


def code_of(
    error: type[DprError], accounts: LocalAccounts, user: str, password: str, source: str = HERE, now: int = NOW
) -> str:
    with pytest.raises(error) as caught:
        accounts.log_in(user, password, source, now)
    return caught.value.code


def test_a_password_gives_a_session(accounts: LocalAccounts) -> None:
    session = accounts.log_in(KARIN, PASSWORD, HERE, NOW)
    assert accounts.user_of(session.token, NOW + SESSION_SECONDS - 1) == KARIN
    for token, now in ((session.token, NOW + SESSION_SECONDS), (session.token + "x", NOW), ("", NOW)):
        with pytest.raises(NotAuthenticatedError):
            accounts.user_of(token, now)


def test_a_first_secret_is_good_for_choosing_a_password_alone(accounts: LocalAccounts) -> None:
    secret = accounts.create(ANNA)
    assert code_of(ForbiddenError, accounts, ANNA, secret) == "local_password_first"
    accounts.choose_password(ANNA, secret.replace("-", "").upper(), PASSWORD, HERE, NOW)
    assert code_of(NotAuthenticatedError, accounts, ANNA, secret) == "local_wrong"
    assert accounts.log_in(ANNA, PASSWORD, HERE, NOW)


@pytest.mark.parametrize("chosen", ["short", "a" * 30, KARIN + "-2026", PASSWORD, "x" * 201, "ababababababab"])
def test_a_weak_password_is_refused(accounts: LocalAccounts, chosen: str) -> None:
    with pytest.raises(DprError) as caught:
        accounts.choose_password(KARIN, PASSWORD, chosen, HERE, NOW)
    assert caught.value.code == "local_password_weak" and chosen not in str(caught.value)


def test_choosing_a_password_ends_that_users_sessions(accounts: LocalAccounts) -> None:
    accounts.choose_password(ANNA, accounts.create(ANNA), PASSWORD, HERE, NOW)
    karin, anna = accounts.log_in(KARIN, PASSWORD, HERE, NOW), accounts.log_in(ANNA, PASSWORD, HERE, NOW)
    accounts.choose_password(KARIN, PASSWORD, "fyra ord i en mening", HERE, NOW)
    with pytest.raises(NotAuthenticatedError):
        accounts.user_of(karin.token, NOW)
    assert accounts.user_of(anna.token, NOW) == ANNA


def test_failures_wait_longer_and_longer_but_never_long(accounts: LocalAccounts) -> None:
    now, waits = NOW, []
    for _ in range(14):
        while True:
            try:
                accounts.log_in(KARIN, "wrong", HERE, now)
            except WaitError as error:
                waits.append(error.seconds)
                now += error.seconds
                continue
            except NotAuthenticatedError:
                break
    assert waits == sorted(waits) and waits[0] == 1 and waits[-1] == LONGEST_WAIT_SECONDS == max(waits)
    now += LONGEST_WAIT_SECONDS
    assert accounts.log_in(KARIN, PASSWORD, HERE, now)
    assert code_of(NotAuthenticatedError, accounts, KARIN, "wrong", HERE, now) == "local_wrong"  # it counts from the beginning


def test_the_right_password_waits_too_so_that_waiting_cannot_be_guessed_through(accounts: LocalAccounts) -> None:
    for _ in range(5):
        code_of(NotAuthenticatedError, accounts, KARIN, "wrong")
    assert code_of(WaitError, accounts, KARIN, PASSWORD) == "local_wait"


def test_a_stranger_cannot_lock_out_a_colleague_at_another_computer(accounts: LocalAccounts) -> None:
    for _ in range(5):
        code_of(NotAuthenticatedError, accounts, KARIN, "wrong", THERE)
    assert code_of(WaitError, accounts, KARIN, "wrong", THERE)
    assert accounts.log_in(KARIN, PASSWORD, HERE, NOW)


def test_an_unknown_user_is_answered_as_a_wrong_password_and_takes_as_long(accounts: LocalAccounts) -> None:
    def seconds(user: str) -> float:
        began = time.process_time()
        assert code_of(NotAuthenticatedError, accounts, user, "wrong", str(time.monotonic_ns())) == "local_wrong"
        return time.process_time() - began

    known, unknown = (statistics.median(seconds(user) for _ in range(5)) for user in (KARIN, "nobody"))
    assert 0.5 < known / unknown < 2 and known > 0.02


def test_what_is_kept_tells_nothing(accounts: LocalAccounts, tmp_path: Path) -> None:
    accounts.log_in(KARIN, PASSWORD, HERE, NOW)
    for path in tmp_path.iterdir():
        assert KARIN not in path.name and KARIN.encode() not in path.read_bytes() and PASSWORD.encode() not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0


def test_an_operator_opens_them_until_a_time(accounts: LocalAccounts) -> None:
    assert accounts.opened(NOW) is None
    accounts.open_until(NOW + 60, "Inloggningen ligger nere")
    opening = accounts.opened(NOW + 59)
    assert opening is not None and (opening.how, opening.reason) == ("operator", "Inloggningen ligger nere")
    assert accounts.opened(NOW + 60) is None
    accounts.open_until(NOW + 60, "igen")
    accounts.close()
    accounts.close()
    assert accounts.opened(NOW) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"until": 9999999999}', b"[" * 3000, b"\xff" * 5000])
def test_damaged_files_open_nothing_and_let_nobody_in(accounts: LocalAccounts, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "open.json").write_bytes(content)
    assert accounts.opened(NOW) is None
    next(tmp_path.glob("*.account")).write_bytes(content)
    assert code_of(NotAuthenticatedError, accounts, KARIN, PASSWORD) == "local_wrong"


@pytest.mark.parametrize("name", ["../../etc/passwd", "\0", "a/b", "å" * 150])
def test_any_user_name_is_only_a_name(accounts: LocalAccounts, tmp_path: Path, name: str) -> None:
    before = sorted(tmp_path.rglob("*"))
    assert code_of(NotAuthenticatedError, accounts, name, "\ud800wrong") == "local_wrong"
    assert sorted(tmp_path.rglob("*")) == before


def test_a_colleagues_wrong_passwords_keep_nobody_out_for_long(
    accounts: LocalAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record system is one address: somebody in it tries every second for an hour, Karin three times a minute."""
    chances = random.Random(1)
    monkeypatch.setattr(accounts_module, "_by_chance", lambda: chances.randrange(JUDGED_OF) == 0)
    monkeypatch.setattr(accounts_module, "_scrypt", lambda salt: Quick(salt))
    accounts.choose_password(KARIN, accounts.create(KARIN), PASSWORD, THERE, NOW)
    came_in = 0
    for second in range(3600):
        with suppress(DprError):
            accounts.log_in(KARIN, "x" * 12, HERE, NOW + second)
        if second % 20 == 10:
            with suppress(WaitError):
                came_in += bool(accounts.log_in(KARIN, PASSWORD, HERE, NOW + second))
    assert came_in > 30


def test_guesses_during_a_wait_are_few_however_many_are_made(accounts: LocalAccounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts_module, "_by_chance", lambda: True)
    judged = []
    monkeypatch.setattr(accounts_module, "_scrypt", lambda salt: judged.append(salt) or Quick(salt))
    for second in range(1000):
        for _ in range(20):
            with suppress(DprError):
                accounts.log_in(KARIN, "wrong", HERE, NOW + second)
    waits_that_ended = 1000 // LONGEST_WAIT_SECONDS + 12
    assert 400 < len(judged) <= 1000 / JUDGED_SECONDS + JUDGED_AT_ONCE + waits_that_ended


def test_a_new_first_secret_and_a_removed_account_end_the_sessions(accounts: LocalAccounts, tmp_path: Path) -> None:
    session = accounts.log_in(KARIN, PASSWORD, HERE, NOW)
    secret = LocalAccounts(tmp_path).create(KARIN)  # another process: the operator's
    with pytest.raises(NotAuthenticatedError):
        accounts.user_of(session.token, NOW)
    accounts.choose_password(KARIN, secret, PASSWORD, HERE, NOW)
    session = accounts.log_in(KARIN, PASSWORD, HERE, NOW)
    next(tmp_path.glob("*.account")).unlink()
    with pytest.raises(NotAuthenticatedError):
        accounts.user_of(session.token, NOW)


def test_a_password_is_the_same_from_every_keyboard(accounts: LocalAccounts) -> None:
    chosen = "blåbärssoppa på ön"
    accounts.choose_password(KARIN, PASSWORD, unicodedata.normalize("NFD", chosen), HERE, NOW)
    for form in ("NFC", "NFD"):
        assert accounts.log_in(KARIN, unicodedata.normalize(form, chosen), HERE, NOW)


class Quick:
    """As scrypt, in no time."""

    def __init__(self, salt: bytes) -> None:
        self._salt = salt

    def derive(self, secret: bytes) -> bytes:
        return hashlib.sha256(self._salt + secret).digest()

    def verify(self, secret: bytes, expected: bytes) -> None:
        if self.derive(secret) != expected:
            raise InvalidKey
