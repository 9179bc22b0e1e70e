"""The prescribers of a signing service: who they are to the identity provider, which key is theirs, and its credential.

Rules: one file, people.json, replaced whole; a label in the token is random and says nothing about the person. One command
changes it at a time; the service reads it anew when it has changed. Besides the latest credential the ones before and after are
kept: one that begins tomorrow does not end today's.

Example: `People(folder).read()["SE2321000016-A1B2"].label`
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from dpr.adapters import files
from dpr.apps.signer import owned
from dpr.core.errors import SetupError

_LIMIT = 400_000_000
_MOST_OTHERS = 3


class Vouched(NamedTuple):
    """A credential, with its instants in seconds, so that nobody needs to read it for them."""

    credential: bytes
    valid_from: int
    valid_until: int


class Person(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A prescriber. `user`: what tokens and certificates call them; `holder`: the description for the issuer (JSON form of
    dpr.core.credential.HOLDER); `thumbprint`: of the key (RFC 9679), hexadecimal, once it is made; `credential`: the latest,
    once it came, with its instants as in `Vouched`; `others`: those before it that may still be in force."""

    user: str
    label: str
    holder: dict[str, Any]
    thumbprint: str = ""
    credential: bytes = b""
    valid_from: int = 0
    valid_until: int = 0
    disabled: bool = False
    others: list[Vouched] = []

    def take(self, credential: Vouched) -> bool:
        """Keeps a later credential beside those before; False where it is not later than the latest."""
        held = Vouched(self.credential, self.valid_from, self.valid_until)
        if _dates(credential) <= _dates(held):
            return False
        if held.credential:
            self.others = [*self.others, held][-_MOST_OTHERS:]
        self.credential, self.valid_from, self.valid_until = credential
        return True

    def vouched(self, now: int) -> list[Vouched]:
        """The credentials, the one to be used at `now` (seconds) first, then others in force."""
        every = [*self.others, Vouched(self.credential, self.valid_from, self.valid_until)]
        in_force = [one for one in every if one.credential and one.valid_from <= now < one.valid_until]
        begun = [one for one in every if one.valid_from <= now]
        return sorted(in_force, key=_dates, reverse=True) or begun[-1:] or every[:1]

    @property
    def id(self) -> str:
        """What logs name them by: the credential's id."""
        return self.thumbprint[:16]


def _dates(credential: Vouched) -> tuple[int, int]:
    return credential.valid_from, credential.valid_until


class _File(msgspec.Struct, forbid_unknown_fields=True):
    people: list[Person]


class People:
    """people.json in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "people.json"

    def read(self) -> dict[str, Person]:
        """Every prescriber by `user`, none where there is no file yet. SetupError `signer_people_invalid`."""
        try:
            people = msgspec.json.decode(files.read(self.path, limit=_LIMIT), type=_File).people
        except SetupError:
            return {}
        except (ValueError, RecursionError):
            raise SetupError("signer_people_invalid", str(self.path)) from None
        found = {person.user: person for person in people}
        if len(found) != len(people) or len({person.label for person in people}) != len(people):
            raise SetupError("signer_people_invalid", f"{self.path}: a user or a label stands twice")
        return found

    def version(self) -> tuple[int, ...]:
        """Changes whenever the file does."""
        try:
            found = self.path.stat()
        except OSError:
            return ()
        return (found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_size)

    @contextmanager
    def alone(self) -> Iterator[dict[str, Person]]:
        """As `read`, for one who changes them and then calls `keep`: other processes wait."""
        owned.make_folder(self.folder)
        with files.alone(self.folder / ".lock"):
            yield self.read()

    def keep(self, people: dict[str, Person]) -> None:
        """Writes the file, which keeps its owner. StorageError `file_not_written`."""
        owned.replace(self.path, msgspec.json.encode(_File(list(people.values()))) + b"\n")
