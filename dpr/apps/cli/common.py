"""What the commands share: the site and language, exit codes, and how text and values are shown.

Rules: what a code or file contains is hostile: it is shown as plain text with control characters escaped, never as markup.

Example: `show(f"✓ {path}")`
"""

from __future__ import annotations

import contextlib
import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dpr.apps.compose import SiteFolder
    from dpr.core.wording import Language

JSON = typer.Option(False, "--json", help="Machine-readable output.")
#: Accepted or done; refused, or the world said no; misuse or not set up; a fault of the program (EX_SOFTWARE).
OK, REFUSED, MISUSE, CRASH = 0, 1, 2, 70
#: How a time is typed.
TIME = "YYYY-MM-DD[ HH:MM]"
_TIMES = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")


class Context(NamedTuple):
    """What every command knows."""

    folder: Path
    language: Language

    @classmethod
    def of(cls, site: str, language: str) -> Context:
        """Checks the language; a wrong one is misuse."""
        if language not in ("sv", "en"):
            raise typer.BadParameter("sv or en", param_hint="--lang")
        return cls(Path(site), language)  # type: ignore[arg-type]

    def site(self) -> SiteFolder:
        """The site's folder, opened when needed."""
        from dpr.apps.compose import SiteFolder

        return SiteFolder(self.folder)

    def say(self, swedish: str, english: str) -> None:
        """One line for a person, in their language."""
        show(swedish if self.language == "sv" else english)


def plain(text: str) -> str:
    """One line of text that no terminal takes for anything else."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def show(text: str = "") -> None:
    """One line for a person, at once: what is said of a hand-over must not wait in a buffer."""
    print(plain(text), flush=True)


def show_json(value: Any, *, indent: int | None = 2) -> None:
    """One JSON value for a program, which a terminal takes for nothing else: what cannot be seen is escaped. On one line
    with `indent` None."""
    from dpr.apps.cli.streams import speaks_unicode

    text = json.dumps(value, ensure_ascii=not speaks_unicode(), indent=indent)
    print("".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text))


def swedish_time(typed: str) -> datetime:
    """What a person typed is Swedish time; of an hour that comes twice, the first."""
    from dpr.core.days import STOCKHOLM

    for form in _TIMES:
        with contextlib.suppress(ValueError):
            time = datetime.strptime(typed, form).replace(tzinfo=STOCKHOLM)
            if 2000 <= time.year < 2200:
                return time
    raise typer.BadParameter("a day like 2026-11-14 or a time like '2026-11-14 10:00', from the year 2000 to 2199")


def check_out(path: Path, *, inputs: Iterable[Path | str] = ()) -> None:
    """StorageError `key_file_exists` where writing to `path` would destroy a private key or one of a command's inputs."""
    from dpr.core.errors import StorageError

    with_key = path.is_file() and b"PRIVATE KEY" in _beginning(path)
    if with_key or any(path.resolve() == Path(one).resolve() for one in inputs if str(one) != "-"):
        raise StorageError("key_file_exists", str(path))


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1000)


def write_out(path: Path, content: bytes, *, inputs: Iterable[Path | str] = ()) -> None:
    """Writes what a command was asked for, as `check_out` allows and as dpr.adapters.files does."""
    from dpr.adapters import files

    check_out(path, inputs=inputs)
    files.replace(path, content)


@contextlib.contextmanager
def progress_bar(*, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, where that is a terminal and `quiet` does not say otherwise: told how many of how many."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress

    console = Console(stderr=True)
    columns = (*Progress.get_default_columns(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def age_words(seconds: int | None, language: Language) -> str:
    """An age for people: `3 tim`, `2 dygn`."""
    if seconds is None:
        return ""
    units = ((86_400, "dygn", "d"), (3600, "tim", "h"), (60, "min", "min"), (1, "s", "s"))
    for size, sv, en in units:
        if seconds >= size:
            return f"{seconds // size} {sv if language == 'sv' else en}"
    return "0 s"
