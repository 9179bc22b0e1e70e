"""Targets: the files of a signing service about people: who they are, their accounts, what was signed for them.

They lie on a disk that may fill or fail: what is torn is named, and nothing is lost.
"""

from __future__ import annotations

import json
import os
import shutil
from functools import cache
from pathlib import Path
from random import Random
from unittest import mock

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from dpr.apps.serving.refusals import NotAuthenticatedError
from dpr.apps.signer import accounts, log_lines, notes
from dpr.apps.signer.accounts import LocalAccounts
from dpr.apps.signer.ids import SignedIds
from dpr.apps.signer.log import SigningLog
from dpr.apps.signer.people import People, Person, Vouched
from dpr.core import documents
from dpr.core.credential import HOLDER
from dpr.core.errors import DprError, SetupError, StorageError
from tests.fuzz.mutate import json_tree, raw
from tests.fuzz.of_files import folder
from tests.fuzz.site import SITE
from tests.fuzz.target import outcome, target
from tests.world import NOW, PHYSICIAN

_USER, _PASSWORD = "SE2321000016-KANARIE1", "ett langt losenord"


def place(name: str) -> Path:
    """An empty folder of its own for a target."""
    made = folder() / name
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    return made


# Nothing here outlives the process; what reaches the disk, tests/signer/test_full_disk.py and test_log.py are about.
_in_memory = mock.patch.object(os, "fsync", lambda descriptor: None)


@cache
def _people() -> bytes:
    people = People(place("people-made"))
    rows = [
        Person(user=f"{_USER}-{number}", label=f"rx-{number}", holder=HOLDER.to_json(PHYSICIAN), thumbprint="ab" * 32)
        for number in range(2)
    ]
    for row in rows[:1]:
        row.credential, row.valid_from, row.valid_until = SITE.credentials[0], NOW - 60, NOW + 60
        row.others = [Vouched(SITE.credentials[0], NOW - 600, NOW - 540)]
    people.keep({row.user: row for row in rows})
    return people.path.read_bytes()


@target(seeds=lambda: [_people(), b'{"people": []}', b"", b"[]"], mutate=json_tree, max_bytes=16_384, runs=800)
def signer_people(data: bytes) -> None:
    """people.json ends in a named error and stays as it is, and is never taken for an empty one; or its prescribers, each
    once, can be judged, and are the same when they have been written again."""
    people = People(folder())
    people.path.write_bytes(data)
    found = outcome(people.read, SetupError, StorageError)
    assert found is not None or people.path.read_bytes() == data
    if found is None:
        return
    assert all(user == person.user for user, person in found.items())
    assert [one for person in found.values() for one in person.vouched(NOW)] or not found
    with _in_memory:
        outcome(lambda: people.keep(found), StorageError)
    assert people.read() == found


def _cheap(salt: bytes) -> Scrypt:
    return Scrypt(salt=salt, length=32, n=2, r=1, p=1)


@cache
def _account_seeds() -> list[bytes]:
    """A file of an account, and of the opening; the first byte says which."""
    at = place("accounts-made")
    with mock.patch.object(accounts, "_scrypt", _cheap), mock.patch.object(os, "urandom", bytes):
        held = LocalAccounts(at)
        held.choose_password(_USER, held.create(_USER), _PASSWORD, "a", NOW)
    made = _account(at).read_bytes()
    held.open_until(NOW + 60, "the provider is down")
    return [b"a" + made, b"a" + made.replace(b"false", b"true"), b"o" + (at / "open.json").read_bytes(), b"o{}", b"a"]


def _account(at: Path) -> Path:
    return at / f"{documents.name_of(_USER)}.account"


def _kept_json(data: bytes, random: Random) -> bytes:
    return data[:1] + json_tree(data[1:], random)


@target(seeds=_account_seeds, mutate=_kept_json, runs=500)
def signer_account(data: bytes) -> None:
    """With an account torn or replaced, a log-in ends in a NotAuthenticatedError, or its file holds the hash of this password;
    a torn opening opens nothing, and one that is read is of an operator and not past. Neither makes another account."""
    at = place("accounts")
    genuine = _account_seeds()[0][1:]
    _account(at).write_bytes(data[1:] if data[:1] == b"a" else genuine)
    if data[:1] == b"o":
        (at / "open.json").write_bytes(data[1:])
    held = LocalAccounts(at)
    opening = held.opened(NOW)
    assert opening is None or (data[:1] == b"o" and opening.how == "operator" and opening.at > NOW)
    with mock.patch.object(accounts, "_scrypt", _cheap):
        session = outcome(lambda: held.log_in(_USER, _PASSWORD, "127.0.0.1", NOW), NotAuthenticatedError)
        assert outcome(lambda: held.log_in("another", _PASSWORD, "127.0.0.1", NOW), NotAuthenticatedError) is None
    if session is not None:
        hash_ = genuine.partition(b'"hash":"')[2].partition(b'"')[0]
        assert hash_ in _account(at).read_bytes() and held.user_of(session.token, NOW) == _USER


@cache
def _log() -> bytes:
    """A log of a few lines."""
    at = place("log-made")
    with _in_memory:
        log = SigningLog.open(at, SITE.now)
        for number in range(4):
            ids = {"prescription": f"{number:032x}", "credential": "ab" * 8, "sha256": "cd" * 32}
            log.append("signed", SITE.now, **ids)
        log.close()
    return log_lines.files_in(at)[0].read_bytes()


def _log_lines(data: bytes, random: Random) -> bytes:
    """A log with lines taken away, doubled, moved or altered as lines; or with other bytes."""
    lines = data.splitlines(keepends=True)
    if random.random() < 0.5 or not lines:
        return raw(data, random)
    place_, how = random.randrange(len(lines)), random.randrange(4)
    if how == 0:
        del lines[place_]
    elif how == 1:
        lines.insert(place_, random.choice(lines))
    elif how == 2:
        random.shuffle(lines)
    else:
        lines[place_] = json_tree(lines[place_], random).replace(b'": ', b'":').replace(b', "', b',"') + b"\n"
    return b"".join(lines)


@target(
    seeds=lambda: [_log(), _log()[:-7], b"", b"\n", _log() + b"x" * 5000, _log() + b'{"a":1}\n{"b"', _log().split(b"\n", 1)[1]],
    mutate=_log_lines,
    max_bytes=16_384,
    runs=300,
)
def signer_log(data: bytes) -> None:
    """A torn log ends in a StorageError when it is opened, or is gone on with after its last whole line; it keeps its whole
    lines, and one that is refused stays as it was. Whether it is whole is said truly of every line but the last; the ids in
    it are read whatever it says."""
    at = place("log")
    path = at / log_lines.name_of(1)
    path.write_bytes(data)
    with _in_memory:
        log = outcome(lambda: SigningLog.open(at, SITE.now), StorageError)
    if log is not None:
        log.close()
        assert json.loads(path.read_bytes().splitlines()[0])["sequence"] == 1
    assert log is not None or path.read_bytes() == data
    assert path.read_bytes().startswith(data[: data.rfind(b"\n") + 1])
    found = outcome(lambda: log_lines.check(at, begin=1), StorageError, SetupError)
    if found is not None:
        lines = path.read_bytes().splitlines(keepends=True)[: -1 if log is None else -2]
        assert _log().startswith(b"".join(lines))
    SignedIds(log_lines.recent(at, 100))


def _notes() -> list[bytes]:
    """As a command leaves it, then with a field that the log's own line has, or with a long text."""
    at = place("notes-made")
    with _in_memory:
        notes.leave(at, SITE.now, "disabled", label="rx-0123456789ab")
    left = next(at.glob("note-*.json")).read_bytes()
    renamed = [left.replace(b"label", name) for name in (b"at", b"before", b"uid", b"self")]
    long = [left.replace(b"rx-0123456789ab", "å".encode() * count) for count in (300, 800)]
    return [left, *renamed, *long, b"", b"{}"]


@target(seeds=_notes, mutate=json_tree, max_bytes=2048, runs=300)
def signer_note(data: bytes) -> None:
    """A note that an operator's command left is passed over and stays where it is, or stands in the log, which is whole
    afterwards and can be opened again; a note never ends the service."""
    at = place("noted")
    path = at / "note-00000000000001-00000000.json"
    path.write_bytes(data)
    taken = [*notes.left(at)]
    with _in_memory:
        log = SigningLog.open(at, SITE.now)
        outcome(log.take_notes, DprError)
        log.close()
        assert path.exists() != bool(taken) and log_lines.check(at, begin=1).head.sequence == 1 + len(taken)
        SigningLog.open(at, SITE.now).close()
