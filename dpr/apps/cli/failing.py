"""How a command ends when something is wrong: what, exactly which, and what to do next, on standard error.

Rules: exit code 1 where the world said no, 2 for misuse and for an installation or file that is not as it should be, 70 for a
fault of the program (never anybody's data in its message, never a traceback). With `--json` the same goes to standard output
as `{"error": code, "detail": …, "problems": […]}`.

Example: `sys.exit(fail(error, sys.argv[1:]))`
"""

from __future__ import annotations

import os
import re
import shlex
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from dpr.apps.cli.common import CRASH, MISUSE, REFUSED, plain, show_json
from dpr.apps.cli.problem_words import swedish
from dpr.core.codes import CODES
from dpr.core.errors import DprError, InputError, Problem, SetupError, StorageError
from dpr.core.wording import Language

#: Errors of storage and set-up that are the world's no all the same, and the reverse.
_WORLD_SAID_NO = {"dispensing_taken", "queue_row_changed", "prescription_would_be_refused"}
_MISUSE_TOO = {"clock_reset_words", "order_invalid", "policy_invalid", "products_mapping_invalid", "setup_invalid"}

#: What to type next, after `dpr`.
_NEXT = {
    "dispensing_taken": "status",
    "ground_missing": 'dispense … --decided-by "…" --reason "…" --since "2026-11-21 10:00"',
    "item_unknown": "status",
    "no_issuers": "authority add-issuer … issuer.json",
    "prescription_id_not_unique": "status",
    "prescription_id_unknown": "status",
    "prescription_not_received": "receive …",
    "products_file_broken": "products import ….csv",
    "products_not_imported": "products import ….csv",
    "queue_row_changed": "status",
    "register_first": "report",
    "registration_needs_pharmacist": "status …; dpr retry … --item …; dpr adopt … --item … --register-id …",
    "row_not_parked": "status",
    "substitution_reason_missing": 'dispense … --substitution-reason "…" --product-text "…"',
    "trust_list_missing": "trust add …",
    "trust_mirrors_missing": "trust add …",
    "trust_not_set_up": "trust add …",
}
_SWEDISH = (
    (re.compile(r"from (\d{4}-\d\d-\d\d)"), r"från och med \1"),
    (re.compile(r"(\d+) items"), r"receptet har \1 rader"),
    (re.compile(r"(\d+) characters"), r"\1 tecken"),
    (re.compile(r"at least (\d+)"), r"minst \1"),
    (re.compile(r"more than (\d+) bytes"), r"mer än \1 byte"),
    (re.compile(r"(\d+) documents"), r"\1 recept"),
    (re.compile(r"file (\d+) of (\d+)"), r"fil \1 av \2"),
    (re.compile(r"part ([\d, ]+) of (\d+) missing"), r"Kod \1 av \2 saknas"),
    (re.compile(r"part (\d+) of (\d+)"), r"kod \1 av \2"),
    (re.compile(r"\(mark ([0-9a-f]{4})\)"), r"(märke \1)"),
    (re.compile(r"(\d+) parts"), r"\1 koder"),
    (re.compile(r"another length"), r"annan längd"),
    (re.compile(r"(\d+) seconds more than a clock may differ"), r"\1 sekunder mer än klockor får skilja sig"),
    (re.compile(r"(\d+) seconds"), r"\1 sekunder"),
    (re.compile(r"(\d+), at most (\d+)"), r"\1, högst \2"),
    (re.compile(r"version (\d+), published (\d+)"), r"version \1, publicerad \2"),
    (re.compile(r"\bkey ([0-9a-f]{16})"), r"nyckel \1"),
    (re.compile(r"\broot_before (\d+/\d+)"), r"det förra rotdokumentets nycklar \1"),
    (re.compile(r"\broot (\d+/\d+)"), r"rotdokumentets nycklar \1"),
    (re.compile(r"\blists (\d+/\d+)"), r"nycklar för utfärdarlistan \1"),
    (re.compile(r"\bsnapshot (\d+/\d+)"), r"nycklar för uppgiften om de senaste listorna \1"),
)
_PART = re.compile(r"part (?=\d)")  # people see codes, each with its number


def spoken(arguments: Sequence[str]) -> Language:
    """The language that the command line or DPR_LANG asks for."""
    wanted = os.environ.get("DPR_LANG", "")
    for here, after in zip(arguments, [*arguments[1:], ""], strict=True):
        if here == "--lang" or here.startswith("--lang="):
            wanted = here.partition("=")[2] or after
            break
    return "en" if wanted == "en" else "sv"


def exit_code(error: DprError) -> int:
    """1 where the world said no, 2 for misuse or what is not set up."""
    if error.code in _WORLD_SAID_NO:
        return REFUSED
    return MISUSE if error.code in _MISUSE_TOO or isinstance(error, SetupError | StorageError) else REFUSED


def fail(error: DprError, arguments: Sequence[str]) -> int:
    """Says what is wrong and what to do; returns the exit code."""
    language = spoken(arguments)
    if "--json" in arguments:
        show_json(_as_json(error))
    for line in _lines(error, language, arguments):
        print(plain(line), file=sys.stderr)
    return exit_code(error)


def crash(error: Exception, arguments: Sequence[str]) -> int:
    """A fault of ours: its kind and place in the program, without the words of the error, which may hold anything."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "dpr" in Path(frame.filename).parts]
    places = [f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno}" for frame in frames[-3:]]
    fail(DprError("program_fault", f"{type(error).__name__}: {' > '.join(places)}"), arguments)
    return CRASH


def _as_json(error: DprError) -> dict[str, object]:
    problems = error.problems if isinstance(error, InputError) else ()
    return {
        "error": error.code,
        "detail": "" if problems else error.detail,
        "problems": [{name: getattr(one, name) for name in ("path", "code", "wrong", "expected")} for one in problems],
    }


def _lines(error: DprError, language: Language, arguments: Sequence[str]) -> Iterator[str]:
    yield f"dpr: {_what(error.code, language)} [{error.code}]"
    reasons = [code for code in error.detail.split(", ") if code in CODES]
    if isinstance(error, InputError):
        yield from (f"  {_problem(problem, error.code, language)}" for problem in error.problems)
    elif reasons:
        yield from (f"  {_what(code, language)} [{code}]" for code in reasons)
    elif error.detail:
        yield f"  {_detail(error.detail, language)}"
    for code in dict.fromkeys((*reasons, error.code) if error.code != "override_missing" else (error.code,)):
        if action := _action(code, language):
            yield f"  → {action}"
    if following := _following(error, reasons):
        yield f"  $ {_program(arguments)} {following}"


def _what(code: str, language: Language) -> str:
    words = CODES.get(code)
    return code if words is None else words.sv if language == "sv" else words.en


def _action(code: str, language: Language) -> str:
    words = CODES.get(code)
    return "" if words is None else words.do_sv if language == "sv" else words.do_en


def _problem(problem: Problem, code: str, language: Language) -> str:
    path, wrong, right = (swedish(one) if language == "sv" else one for one in (problem.path, problem.wrong, problem.expected))
    expected = "väntat" if language == "sv" else "expected"
    found = "" if problem.wrong == "not valid" else f"{wrong}; "
    words = f"{found}{expected}: {right}"
    if problem.code == code:
        return f"{path}: {words}"
    return f"{path}: {_what(problem.code, language)} ({words}) [{problem.code}]"


def _detail(detail: str, language: Language) -> str:
    if language == "sv":
        for pattern, swedish in _SWEDISH:
            detail = pattern.sub(swedish, detail)
    return _PART.sub("code ", detail)


def _following(error: DprError, reasons: list[str]) -> str:
    if error.code == "override_missing":
        return "dispense … " + " ".join(f'--override {code}="…"' for code in reasons)
    return _NEXT.get(error.code, "")


def _program(arguments: Sequence[str]) -> str:
    """`dpr`, with the site that was named."""
    if "--site" in arguments[:-1]:
        return f"dpr --site {shlex.quote(arguments[arguments.index('--site') + 1])}"
    return "dpr"
