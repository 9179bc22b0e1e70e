"""Prescribers come into a signing service: keys are made, requests go to the issuer, credentials come back.

Rules: a table has every fault named before anything is made. Who is in it is written down with a random label before the first
key is made, so that a run that is broken off goes on where it was, and no key is made twice. A credential is taken only for
a key of ours, for the holder who was enrolled with it, from an issuer that this site trusts; the one before it is kept.

Example: `enrol(people, read_table(path), store, requests)`
"""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dpr.adapters import files
from dpr.apps import people_csv
from dpr.apps.signer import owned
from dpr.apps.signer.people import People, Person, Vouched
from dpr.core import documents, key_request
from dpr.core.credential import HOLDER, Role
from dpr.core.errors import DprError, InputError, SetupError, StorageError
from dpr.core.trust import Trust
from dpr.ports import KeyStore, Signer

_MAX_USER = 200
#: The column of the table that the issuer's has not: who the identity provider (or the card) says it is.
OWN_COLUMNS = ("user",)
#: The columns of the table that the issuer gets, with the file name of each request.
ISSUER_COLUMNS = (*people_csv.COLUMNS, "request")
ISSUER_TABLE = "people.csv"


class Entry(NamedTuple):
    """One line of the table."""

    user: str
    holder: dict[str, Any]


class Enrolled(NamedTuple):
    """How many were in the table, how many of them got a key in this run, and where the issuer's table is."""

    people: int
    made: int
    table: Path


class Imported(NamedTuple):
    """How many credentials were taken, how many were held already or are older, and file and error of those refused."""

    taken: int
    older: int
    refused: list[tuple[Path, DprError]]


# --- the table ----------------------------------------------------------------------------------------------------------


def read_table(path: Path) -> list[Entry]:
    """The entries of a table: as the issuer's (dpr.apps.people_csv), with a column `user` in place of `request`.

    InputError `people_invalid` with every fault; SetupError, StorageError as dpr.adapters.files.
    """
    people = people_csv.read(path, own=OWN_COLUMNS)
    problems = [*people.problems, *(problem for row in people.rows for problem in row.problems)]
    entries: dict[str, Entry] = {}
    for row in people.rows:
        user, expected = row.own["user"], f"what the identity provider calls them, up to {_MAX_USER} characters, once"
        if len(user) > _MAX_USER or not user.isprintable() or user in entries:
            wrong = "twice" if user in entries else "not valid"
            problems.append(people_csv.fault("enrolment_user", row.line, "user", wrong=wrong, expected=expected))
        elif row.holder is not None and row.holder.role is not Role.PRESCRIBER:
            problems.append(people_csv.fault("enrolment_role", row.line, "role", expected="prescriber"))
        elif row.holder is not None:
            entries[user] = Entry(user, HOLDER.to_json(row.holder))
    if problems:
        raise InputError("people_invalid", tuple(problems))
    return list(entries.values())


# --- keys and requests --------------------------------------------------------------------------------------------------


def enrol(
    people: People,
    entries: Sequence[Entry],
    store: KeyStore,
    requests: Path,
    *,
    tell: Callable[[int], None] = lambda done: None,
) -> Enrolled:
    """Makes a key in `store` for everybody who has none, and a request and the issuer's table in the folder `requests`.

    `tell` is called with the number of people done. Run again with the same table, it makes nothing twice. SetupError and
    StorageError as `KeyStore` and dpr.adapters.files.
    """
    files.make_folder(requests)
    owned.make_folder(people.folder)
    # A lock of its own, so that nobody who must be disabled waits until thousands of keys are made.
    with files.alone(people.folder / ".enrol.lock"):
        with people.alone() as held:
            _written_down(held, entries)
            people.keep(held)
        existing = set(store.labels())
        made = 0
        for number, entry in enumerate(entries, 1):
            fresh = held[entry.user].label not in existing
            if fresh:
                store.create(held[entry.user].label)
            made += fresh
            tell(number)
        # After all keys are made: a token may look through all it holds at the first signature after a change.
        rows = [_requested(held[entry.user], store, requests) for entry in entries]
        with people.alone() as latest:
            for entry in entries:
                latest[entry.user].thumbprint = held[entry.user].thumbprint
            people.keep(latest)
    table = requests / ISSUER_TABLE
    files.replace(table, _table(rows), mode=0o600, mend=True)
    return Enrolled(len(entries), made, table)


def _written_down(held: dict[str, Person], entries: Sequence[Entry]) -> None:
    """Everybody of the table among those held: a new one with a label, an old one with what the table says now."""
    labels = {person.label for person in held.values()}
    for entry in entries:
        if entry.user in held:
            held[entry.user].holder = entry.holder
            continue
        label = f"rx-{secrets.token_hex(6)}"
        while label in labels:
            label = f"rx-{secrets.token_hex(6)}"
        labels.add(label)
        held[entry.user] = Person(user=entry.user, label=label, holder=entry.holder)


def _requested(person: Person, store: KeyStore, requests: Path) -> dict[str, str]:
    """The line of the issuer's table, with the request that it names."""
    signer = store.signer(person.label)
    person.thumbprint = signer.key.thumbprint.hex()
    return _row(person, _request(signer, requests / f"{person.label}.request"))


def _request(signer: Signer, path: Path) -> Path:
    """The request for the signer's key, which stays where it is good already: a key signs as little else as possible. One that
    a crash has torn is made again, so that it need not be durable here."""
    try:
        if key_request.read(files.read(path, limit=10_000)) == signer.key:
            return path
    except DprError:
        pass
    try:
        path.write_bytes(key_request.make(signer))
    except OSError as error:
        raise StorageError("file_not_written", f"{path}: {error.strerror}") from None
    return path


def _row(person: Person, request: Path) -> dict[str, str]:
    """The line of the issuer's table."""
    row = {"request": request.name}
    for column, member in people_csv.COLUMNS.items():
        group, _, name = member.rpartition(".")
        value = (person.holder.get(group, {}) if group else person.holder).get(name)
        if value is not None:
            row[column] = value
    return row


def _table(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, ISSUER_COLUMNS, restval="", delimiter=";", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


# --- credentials --------------------------------------------------------------------------------------------------------


def import_credentials(
    people: People, paths: Sequence[Path], trust: Trust, *, tell: Callable[[int], None] = lambda done: None
) -> Imported:
    """Takes the credentials in `paths`; those that are refused keep no other out. SetupError, StorageError for people.json."""
    taken = older = 0
    refused: list[tuple[Path, DprError]] = []
    with people.alone() as held:
        by_key = {person.thumbprint: person for person in held.values() if person.thumbprint}
        for number, path in enumerate(paths, 1):
            try:
                newer = _take(by_key, files.read(path, limit=documents.MAX_DOCUMENT_BYTES), trust)
            except DprError as error:
                refused.append((path, error))
            else:
                taken, older = taken + newer, older + (not newer)
            tell(number)
        if taken:
            people.keep(held)
    return Imported(taken, older, refused)


def _take(by_key: dict[str, Person], document: bytes, trust: Trust) -> bool:
    """Keeps the credential for whom it is; False where theirs is as late. DocumentError, SetupError `enrolment_key_unknown`,
    `enrolment_holder_differs`."""
    credential = documents.open_credential(document, trust).credential
    person = by_key.get(credential.key.thumbprint.hex())
    if person is None:
        raise SetupError("enrolment_key_unknown", credential.id)
    if credential.holder.role is not Role.PRESCRIBER or HOLDER.to_json(credential.holder) != person.holder:
        raise SetupError("enrolment_holder_differs", credential.id)
    return person.take(Vouched(document, credential.valid_from, credential.valid_until))
