"""Private PostgreSQL servers for tests: made, started, killed and thrown away by the tests themselves.

Rules: a server listens on a socket in its own folder and nowhere else, and ends with the process that started it. PostgreSQL
does not run as root, so under root it runs as another user. Without PostgreSQL its tests are skipped, unless DPR_REQUIRE_ALL=1.

Example: `with Server() as server: SqlMailStore.open(server.database("relay"), now=NOW)`
"""

from __future__ import annotations

import atexit
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

SETTINGS = {
    "listen_addresses": "''",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "max_wal_size": "1GB",
    "wal_level": "replica",
    "max_wal_senders": "5",
}


@cache
def binaries() -> Path | None:
    """The folder of the newest PostgreSQL's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: float(one.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).resolve().parent if on_path else None


needs_postgres = pytest.mark.skipif(
    binaries() is None and os.environ.get("DPR_REQUIRE_ALL") != "1", reason="PostgreSQL is not installed"
)


def _user() -> str | None:
    """Whom a server runs as, where that is not us."""
    if os.geteuid() != 0:
        return None
    names = {one.pw_name for one in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _as_user(command: Sequence[str], *, ends_with_us: bool = False) -> list[str]:
    user = _user()
    drop = [f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups"] if user else []
    deadly = ["--pdeathsig=KILL"] if ends_with_us else []
    return ["setpriv", *drop, *deadly, *command] if drop or deadly else list(command)


def run(program: str, *arguments: str) -> None:
    """One of PostgreSQL's programs, to its end."""
    folder = binaries()
    assert folder is not None, "PostgreSQL is not installed"
    done = subprocess.run(_as_user([str(folder / program), *arguments]), capture_output=True, text=True, cwd="/", timeout=120)
    assert done.returncode == 0, done.stderr


def run_beside(program: str, *arguments: str) -> subprocess.Popen[bytes]:
    """One of them, which goes on."""
    folder = binaries()
    assert folder is not None, "PostgreSQL is not installed"
    return subprocess.Popen(_as_user([str(folder / program), *arguments], ends_with_us=True), cwd="/")


class Server:
    """One server. `settings`: further lines of postgresql.conf; `of`: a server of which this one begins as a standby."""

    def __init__(self, *, of: Server | None = None, name: str = "standby", **settings: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="dpr-pg-"))
        self.data, self._process = self.folder / "data", None
        if user := _user():
            shutil.chown(self.folder, user)
        if of is None:
            run("initdb", "-D", str(self.data), "-U", "relay", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        else:
            copy = f"host={of.folder} user=relay application_name={name}"
            run("pg_basebackup", "-D", str(self.data), "-R", "-X", "stream", "-c", "fast", "--no-sync", "-d", copy)
        self.configure(unix_socket_directories=f"'{self.folder}'", **SETTINGS | settings)

    def configure(self, **settings: str) -> None:
        """More lines of the configuration, the last of which counts."""
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())
        if self._process:
            self._process.send_signal(signal.SIGHUP)

    def start(self) -> Self:
        """When this returns it takes connections."""
        folder = binaries()
        assert folder is not None
        command = _as_user([str(folder / "postgres"), "-D", str(self.data)], ends_with_us=True)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", start_new_session=True)
        ready = [str(folder / "pg_isready"), "-q", "-h", str(self.folder), "-U", "relay", "-d", "postgres"]
        for _ in range(600):
            if subprocess.run(ready).returncode == 0:
                return self
            assert self._process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: a fast, orderly end."""
        if self._process:
            self._process.send_signal(how)
            self._process.wait(timeout=60)
            self._process = None

    def kill(self) -> None:
        """Every process of the server at once, as when the machine dies."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=60)
        for process in self._children():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self._process = None

    def _children(self) -> Iterator[int]:
        """Server processes that are groups of their own."""
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if (entry / "cwd").readlink() == self.data:
                    yield int(entry.name)

    def another_folder(self, name: str) -> Path:
        """A folder beside the data, for this server's user."""
        folder = self.folder / name
        folder.mkdir()
        if user := _user():
            shutil.chown(folder, user)
        return folder

    def recover_from(self, log: Path) -> None:
        """The next start first does everything in a folder of received write-ahead log, its last, unfinished file too."""
        command = f"cp {log}/%f %p 2>/dev/null || cp {log}/%f.partial %p"
        self.configure(restore_command=f"'{command}'", recovery_target_timeline="'latest'")
        signal_file = self.data / "recovery.signal"
        signal_file.touch()
        if user := _user():
            shutil.chown(signal_file, user)

    def until(self, statement: str) -> None:
        """Waits for a statement to give a row."""
        for _ in range(600):
            if self.sql(statement):
                return
            time.sleep(0.05)
        raise AssertionError(statement)

    def promote(self) -> None:
        """A standby becomes a primary; done when this returns."""
        run("pg_ctl", "promote", "-w", "-D", str(self.data))

    def sql(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """What one statement gives."""
        import psycopg

        with psycopg.connect(host=str(self.folder), user="relay", dbname=database, autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def database(self, name: str) -> str:
        """The URL of a new, empty database."""
        self.sql(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def url(self, name: str) -> str:
        """Of a database."""
        return f"postgresql+psycopg://relay@/{name}?host={self.folder}"

    def close(self) -> None:
        """Gone, with all it held."""
        if self._process:
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self if self._process else self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


@cache
def shared() -> Server:
    """One server for all tests of this process."""
    server = Server().start()
    atexit.register(server.close)
    return server


_numbers = itertools.count(1)


@pytest.fixture
def postgres_url() -> str:
    """A database of its own for each test."""
    return shared().database(f"relay{next(_numbers)}")
