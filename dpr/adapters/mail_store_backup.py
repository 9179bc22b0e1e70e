"""Copies of a relay's SQLite store, and stores from copies (docs/relay-operations.md; for PostgreSQL its own means).

Rules: a copy is made whole or not at all, while the relay goes on. It says of itself that it is one, and no relay serves it as
it is: it does not know which numbers were given afterwards, so a store from it goes on under a new name
(dpr.adapters.mail_store_renewal). What is to go on elsewhere under its own name is moved: the relay is stopped, the file closed
for good, and its copy is all there is.

Example: `back_up(Path("relay.db"), Path("/backup/relay-friday.db"))`; `restore(copy, Path("relay.db"), stamp=stamp, now=now)`
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from dpr.adapters.ledger_file import beside, check_size, connect, sync_directory
from dpr.adapters.mail_store_engines import open_engine
from dpr.adapters.mail_store_errors import named_errors
from dpr.adapters.mail_store_renewal import renew
from dpr.core.errors import StorageError
from dpr.ports import StampReceipt


class Counted(NamedTuple):
    """What a copy or store holds: messages in custody, their bytes, and R1s that it knows of."""

    held: int
    held_bytes: int
    receipts: int


def back_up(path: Path, target: Path) -> Counted:
    """A copy of the store at `path`, as it stands at one instant; relays may go on using it meanwhile. `target` is replaced.
    StorageError `mail_store_…`."""
    target = target.resolve()
    with named_errors(), beside(target, "copy") as new:
        _require_file(path)
        with closing(connect(path.resolve())) as source, closing(connect(new)) as copy:
            source.backup(copy)
            _require_store(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            copy.execute("UPDATE mail_store_state SET standing = 'copy'")
            counted = _counted(copy)
        _settle(new, target)
    return counted


def move(path: Path) -> Counted:
    """Closes the store at `path` for good, in one file that can be copied by any means and restored under the relay's own name.
    StorageError `mail_store_locked` while a relay has it open."""
    with named_errors():
        _require_file(path)
        with closing(connect(path.resolve())) as store:
            _require_store(store)
            store.execute("PRAGMA journal_mode = DELETE")  # fails while anybody else has it open
            if store.execute("PRAGMA journal_mode").fetchone() != ("delete",):
                raise StorageError("mail_store_locked", "a relay has it open")
            store.execute("PRAGMA synchronous = FULL")
            store.execute("UPDATE mail_store_state SET standing = 'moved'")
            return _counted(store)


def restore(copy: Path, path: Path, *, stamp: StampReceipt | None, now: int) -> Counted:
    """A store at `path`, where there must be none, from what `back_up` or `move` made. `stamp`: signs under a name that the
    relay never had; None goes on under its own, which is for what was moved. `now`: instant in seconds.

    StorageError `mail_store_copy` where a new name is needed, `mail_store_same_name`, `mail_store_exists`,
    `mail_store_damaged`.
    """
    path = path.resolve()
    with named_errors(), beside(path, "restored") as new:
        _require_file(copy)
        shutil.copyfile(copy, new)
        with closing(connect(new)) as store:
            if store.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise StorageError("mail_store_damaged", "quick_check")
            _require_store(store)
            moved = store.execute("SELECT standing FROM mail_store_state").fetchone() == ("moved",)
            if moved and stamp is None:
                store.execute("UPDATE mail_store_state SET standing = 'serving'")
        if stamp is not None:
            _renew(new, stamp, now)
        elif not moved:
            raise StorageError("mail_store_copy", "numbers may have been given since it was made")
        with closing(connect(new)) as store:
            store.execute("PRAGMA journal_mode = DELETE")
            counted = _counted(store)
        _settle(new, path, replace=False)
    return counted


def _renew(path: Path, stamp: StampReceipt, now: int) -> None:
    engine = open_engine(path, now)
    try:
        renew(engine, stamp, now)
    finally:
        engine.dispose()


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise StorageError("mail_store_not_writable", "no such file")
    check_size(path)


def _require_store(connection: sqlite3.Connection) -> None:
    tables = "SELECT count(*) FROM sqlite_master WHERE name IN ('mail_store_state', 'mail_store_version', 'mail_queues')"
    if connection.execute(tables).fetchone() != (3,):
        raise StorageError("mail_store_damaged", "another program's database")


def _counted(connection: sqlite3.Connection) -> Counted:
    sums = "SELECT coalesce(sum(held), 0), coalesce(sum(held_bytes), 0), coalesce(sum(sequence), 0) FROM mail_queues"
    return Counted(*connection.execute(sums).fetchone())


def _settle(new: Path, target: Path, *, replace: bool = True) -> None:
    """Durable, and then under its name."""
    with new.open("rb+") as file:
        os.fsync(file.fileno())
    new.chmod(0o600)
    if replace:
        new.replace(target)
    else:
        try:
            os.link(new, target)
        except FileExistsError:
            raise StorageError("mail_store_exists", "restored is only where there is none") from None
    sync_directory(target.parent)
