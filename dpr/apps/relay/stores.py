"""The store of a relay: made once, by an operator; opened to be served by one process; copied, moved and restored.

Rules: a relay makes no store: one that finds none would begin its numbers again, and what has a receipt would be nowhere. It
serves only a store of its own name. A SQLite file is served by one process, which holds a lock beside it.

Example: `with alone(settings): store = open_store(settings, identity, now)`
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dpr.adapters import files, mail_store_backup
from dpr.adapters.mail_store_backup import Counted
from dpr.adapters.mail_store_renewal import begin_anew
from dpr.adapters.mail_store_sql import SqlMailStore
from dpr.apps.relay.config import Settings
from dpr.apps.relay.identity import Identity
from dpr.core.errors import SetupError, StorageError


def make_store(settings: Settings, now: int) -> Path | None:
    """An empty store where the settings name a SQLite file; its path. StorageError `mail_store_exists`, `mail_store_…`."""
    path = settings.store_file
    if path is not None:
        if path.exists():
            raise StorageError("mail_store_exists", str(path))
        with _naming(path):
            SqlMailStore.open(path, now=now).close()
    return path


def require_store(settings: Settings) -> None:
    """StorageError `mail_store_missing` where the SQLite file that the settings name is not there."""
    path = settings.store_file
    if path is not None and not path.exists():
        raise StorageError("mail_store_missing", str(path))


def open_store(settings: Settings, identity: Identity | None, now: int) -> SqlMailStore:
    """The store that the settings name, of the relay that `identity` is (None: of whichever). StorageError `mail_store_…`."""
    require_store(settings)
    path = settings.store_file
    with _naming(path):
        store = SqlMailStore.open(path or settings.store, now=now)
        try:
            if identity is not None:
                store.require_name(identity.name)
        except BaseException:
            store.close()
            raise
    return store


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """No other relay runs on the SQLite file meanwhile. SetupError `relay_already_running`, StorageError
    `mail_store_missing`."""
    require_store(settings)
    path = settings.store_file
    if path is None:
        yield
        return
    path = path.resolve()
    with files.alone(path.with_name(f"{path.name}.lock"), busy=SetupError("relay_already_running", str(path))):
        yield


def back_up(settings: Settings, target: Path) -> Counted:
    """See dpr.adapters.mail_store_backup; relays may run."""
    require_store(settings)
    return mail_store_backup.back_up(_file(settings), target)


def move(settings: Settings) -> Counted:
    """See dpr.adapters.mail_store_backup; and `alone`."""
    with alone(settings):
        return mail_store_backup.move(_file(settings))


def restore(settings: Settings, copy: Path | None, identity: Identity | None, now: int) -> tuple[int, int]:
    """A store from `copy`, or for a server from what is restored there already, under the name of `identity`, or (None) under
    its own, which is for what was moved: messages and bytes in custody. StorageError `mail_store_…`."""
    if settings.store_file is not None and copy is not None:
        stamp = None if identity is None else identity.stamp
        counted = mail_store_backup.restore(copy, settings.store_file, stamp=stamp, now=now)
        return counted.held, counted.held_bytes
    if settings.store_file is not None or copy is not None or identity is None:
        raise StorageError("mail_store_not_a_file", "a copy is restored to a SQLite file, a server by its own means")
    begin_anew(settings.store, stamp=identity.stamp, now=now)
    with SqlMailStore.open(settings.store, now=now) as store:
        return store.held()


def _file(settings: Settings) -> Path:
    if settings.store_file is None:
        raise StorageError("mail_store_not_a_file", "a server is copied by its own means")
    return settings.store_file


@contextmanager
def _naming(path: Path | None) -> Iterator[None]:
    """Errors name the file."""
    try:
        yield
    except StorageError as error:
        if path is None:
            raise
        raise StorageError(error.code, f"{path}: {error.detail}" if error.detail else str(path)) from None
