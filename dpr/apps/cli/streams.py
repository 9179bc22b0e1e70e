"""Standard output and error on any terminal: a sign that it cannot show gets a plain one, never a crash.

Example: `prepare()` once at the start; `✓` is `OK` where the terminal speaks cp1252
"""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import sys

_PLAIN = {"✓": "OK", "✗": "X", "■": "*", "→": "->", "·": "-", "×": "x", "…": "..."}


def prepare() -> None:
    """Makes both streams take every text."""
    codecs.register_error("dpr_plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="dpr_plain")


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_PLAIN.get(sign, "?") for sign in error.object[error.start : error.end]), error.end


def speaks_unicode() -> bool:
    """Can standard output show every text?"""
    return "utf" in (getattr(sys.stdout, "encoding", None) or "").lower()


def flush() -> None:
    """Everything that was said has left, or OSError (a full disk); a reader who left early is no fault of ours."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        abandon()


def abandon() -> None:
    """Whatever is still said to standard output goes nowhere: it cannot be written."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
