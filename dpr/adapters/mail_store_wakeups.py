"""Hints between relay processes on one PostgreSQL: something may have come (LISTEN and NOTIFY, its manual §9.3 of libpq).

Rules: a hint is never custody: it may be lost, doubled or late, and whoever waits looks again by itself within its own time. It
is sent after the commit and outside it, many in one, so that no commit waits for it. After every (re)connection everything may
have happened: the callback gets no names then. Names are of the server's choosing, without spaces; what they stand for is no
secret from the database.

Example: `with Wakeups(url, lambda names: …) as wakeups: wakeups.send("gln:7350000000009")`
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self

from sqlalchemy import make_url

from dpr.core.errors import StorageError

CHANNEL = "dpr_mail"
#: PostgreSQL takes payloads shorter than 8000 bytes.
_MOST_BYTES = 7_900
#: Between two attempts to connect, and how long an end may take, in seconds.
_PAUSE_SECONDS, _LOOK_SECONDS = 1.0, 0.5


class Wakeups:
    """Sends and hears hints, on a thread and a connection each. `callback`: called on a thread of ours with the names that were
    sent by any process, or with none where everything may have happened; it must not raise or wait."""

    def __init__(self, url: str, callback: Callable[[Sequence[str]], None]) -> None:
        """`url`: as for SqlMailStore.open. StorageError `mail_store_unusable` where that is no PostgreSQL."""
        self._arguments = _arguments(url)
        self._callback = callback
        self._pending: dict[str, None] = {}
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._threads = [threading.Thread(target=self._keep, args=(use,), daemon=True) for use in (self._listen, self._speak)]
        for thread in self._threads:
            thread.start()

    def send(self, *names: str) -> None:
        """Tells every process, this one included. Does not wait, and never fails."""
        with self._changed:
            self._pending.update(dict.fromkeys(names))
            self._changed.notify()

    def close(self) -> None:
        """Ends both threads; what was not sent yet is dropped."""
        self._closing.set()
        with self._changed:
            self._changed.notify()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _keep(self, use: Callable[[Any], None]) -> None:
        """Uses one connection after another, until the end."""
        import psycopg

        while not self._closing.is_set():
            try:
                with psycopg.connect(**self._arguments, autocommit=True) as connection:
                    use(connection)
            except psycopg.Error:
                self._closing.wait(_PAUSE_SECONDS)

    def _listen(self, connection: Any) -> None:
        connection.execute(f"LISTEN {CHANNEL}")
        self._callback(())
        while not self._closing.is_set():
            for heard in connection.notifies(timeout=_LOOK_SECONDS):
                self._callback(tuple(heard.payload.split()))

    def _speak(self, connection: Any) -> None:
        while not self._closing.is_set():
            for payload in _payloads(self._next()):
                connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))

    def _next(self) -> list[str]:
        with self._changed:
            while not self._pending and not self._closing.is_set():
                self._changed.wait()
            names = list(self._pending)
            self._pending.clear()
        return names


def _arguments(url: str) -> dict[str, Any]:
    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        raise StorageError("mail_store_unusable", "wake-ups need PostgreSQL")
    try:
        dialect = parsed.set(drivername="postgresql+psycopg").get_dialect()()
    except ImportError as error:
        raise StorageError("mail_store_unusable", f"no driver {error.name}") from error
    _, arguments = dialect.create_connect_args(parsed)
    return {"connect_timeout": 5, "application_name": "dpr-relay-hints"} | dict(arguments)


def _payloads(names: Sequence[str]) -> Iterator[str]:
    """The names, in as few as there must be."""
    payload = ""
    for name in names:
        if payload and len(payload) + 1 + len(name) > _MOST_BYTES:
            yield payload
            payload = ""
        payload = f"{payload} {name}" if payload else name
    if payload:
        yield payload
