"""How a verdict is shown: to a pharmacist, line by line, and to a program.

Rules: the outcome comes first, in words and with a mark, never by colour alone; every check is shown with its code and the age
of what it was checked against.

Example: `show_accepted(verdict, given, catalogue)`
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpr.apps.cli.common import Context, age_words, show
from dpr.apps.sheet import sections_of
from dpr.core import drafts
from dpr.core.codes import words
from dpr.core.verify import Accepted, Check, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dpr.core.wording import Language
    from dpr.ports import Catalogue

_MARKS = {"PASS": "✓", "WARN": "!", "STOP": "✗"}


def show_checks(checks: Iterable[Check], language: Language) -> None:
    """Each check on a line: mark, step, words, age, code."""
    for check in checks:
        found = words(check.code)
        age = age_words(check.age_seconds, language)
        item = f" (rad {check.item})" if check.item and language == "sv" else f" (item {check.item})" if check.item else ""
        basis = (f" · underlaget är {age} gammalt" if language == "sv" else f" · data is {age} old") if age else ""
        need = (" · kräver skäl" if language == "sv" else " · needs a reason") if check.override else ""
        text = found.sv if language == "sv" else found.en
        show(f"  {_MARKS[check.outcome.name]} {check.step:>2} {text}{item}{basis}{need} [{check.code}]")


def show_refused(verdict: Refused, language: Language) -> None:
    """A refusal: what is wrong, what to do, and every check."""
    found = words(verdict.code)
    show(f"✗ {'GODTAS INTE' if language == 'sv' else 'REFUSED'}: {found.sv if language == 'sv' else found.en}")
    action = found.do_sv if language == "sv" else found.do_en
    if action:
        show(f"  → {action}")
    show_checks(verdict.checks, language)


def show_accepted(verdict: Accepted, checks: Iterable[Check], given: Context, catalogue: Catalogue | None) -> None:
    """What is prescribed, from the signed bytes, and every check."""
    given.say("✓ GODTAS: äkta och giltigt här och nu", "✓ ACCEPTED: authentic and valid here and now")
    for section in sections_of(verdict, given.language, catalogue=catalogue):
        show(f"\N{BLACK SQUARE} {section.heading}")
        for name, value in section.rows:
            show(f"    {name}: {value}")
    show_checks(checks, given.language)


def checks_json(checks: Iterable[Check]) -> list[dict[str, Any]]:
    """Checks for a program."""
    return [
        {
            "step": check.step,
            "code": check.code,
            "outcome": check.outcome.name.lower(),
            "age_seconds": check.age_seconds,
            "item": check.item,
            "override": check.override,
        }
        for check in checks
    ]


def verdict_json(verdict: Accepted | Refused) -> dict[str, Any]:
    """A verdict for a program; the prescription only where it is accepted."""
    if isinstance(verdict, Refused):
        return {"verdict": "refused", "code": verdict.code, "id": verdict.id, "checks": checks_json(verdict.checks)}
    return {
        "verdict": "accepted",
        "id": verdict.prescription.id.hex(),
        "digest": verdict.digest.hex(),
        "prescription": drafts.write(verdict.prescription),
        "prescriber": verdict.prescriber.id,
        "issuer": verdict.issuer.id,
        "checks": checks_json(verdict.checks),
    }
