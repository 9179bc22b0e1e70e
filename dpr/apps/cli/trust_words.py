"""How what came in, or did not, is said to a person; and the words that this shares with dpr.apps.cli.status_words.

Rules: times are Swedish local time, with how far off they are; of thousands of files the counts and a few by name. A code is
explained once, with what to do; a code that speaks of a prescription elsewhere says here what it means of a file.

Example: `show_outcomes([("usb/root.cbor", "taken", "dpr-root", "")], "en")`
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from dpr.apps.cli.common import age_words, plain, show
from dpr.core import documents
from dpr.core.codes import words
from dpr.core.days import STOCKHOLM

if TYPE_CHECKING:
    from dpr.core.wording import Language
    from dpr.flows.refresh import Fault

#: Of many documents with one end, so many are shown.
SHOWN = 8
_MINUTE = 60
_STATES = {"taken": ("✓ inläst", "✓ taken"), "held": ("= finns redan", "= held already")}
_REFUSED = ("✗ inte inläst", "✗ not taken")
_KINDS = {
    documents.ROOT.typ: ("rotdokument", "root"),
    documents.TRUST_LIST.typ: ("lista över utfärdare", "list of issuers"),
    documents.SNAPSHOT.typ: ("uppgift om senaste listor", "what the latest lists are"),
    documents.ADDRESS_BOOK.typ: ("adressbok", "address book"),
    documents.STATUS_LIST.typ: ("spärrlista", "revocation list"),
    documents.REVOCATION.typ: ("datum för spärrar", "dates of revocations"),
    documents.CREDENTIAL_KIND.typ: ("behörighetsbevis", "credential"),
}
#: Codes whose words are about files and lists; of a file, every other says that it is damaged.
_OF_FILES = (
    *("root_", "trust_", "snapshot_", "status_list_", "revocation", "credential", "list_", "lists_", "later_", "file_"),
    *("demo_key", "scope_", "time_floor", "other_", "address_book_"),
)
_READ_AS = {"chain_issuer_unknown": "list_of_unknown_issuer", "document_kind": "file_torn"}
#: What a root is refused with that does not follow on ours, and what then is refused with it.
_FOREIGN_ROOT = ("root_threshold_not_met", "root_authority", "root_environment")
_FOREIGN = (
    *(*_FOREIGN_ROOT, "root_version", "trust_list_threshold", "snapshot_threshold", "address_book_threshold"),
    "list_of_unknown_issuer",
)


def within(language: Language, pair: tuple[str, str]) -> str:
    """Of (Swedish, English) the one."""
    return pair[0 if language == "sv" else 1]


def moment(written: str | None, now: str, language: Language) -> str:
    """An instant as people say it: `2026-11-22 13:00 (om 20 tim)`."""
    if written is None:
        return "–"
    at, base = datetime.fromisoformat(written), datetime.fromisoformat(now)
    seconds = int((at - base).total_seconds())
    if abs(seconds) < _MINUTE:
        return f"{at.astimezone(STOCKHOLM):%Y-%m-%d %H:%M} ({within(language, ('nu', 'now'))})"
    distance = age_words(abs(seconds), language)
    later, before = within(language, (f"om {distance}", f"in {distance}")), f"för {distance} sedan"
    off = later if seconds >= 0 else within(language, (before, f"{distance} ago"))
    return f"{at.astimezone(STOCKHOLM):%Y-%m-%d %H:%M} ({off})"


def of_file(code: str) -> str:
    """The code that says of a file what `code` says of a document."""
    return _READ_AS.get(code) or (code if code.startswith(_OF_FILES) else "file_torn")


def said(code: str, language: Language) -> str:
    """A code's words."""
    found = words(code)
    return plain(within(language, (found.sv, found.en)))


def explain(codes: Iterable[str], language: Language) -> None:
    """Each code with its words, and what to do: once for all codes that have the same answer."""
    groups: dict[str, list[str]] = {}
    for code in codes:
        groups.setdefault(words(code).do_en, []).append(code)
    for alike in groups.values():
        for code in alike:
            show(f"  {code}: {said(code, language)}")
        _what_to_do(alike[0], language)


def _what_to_do(code: str, language: Language) -> None:
    found = words(code)
    action = within(language, (found.do_sv, found.do_en))
    if action:
        show(f"    → {plain(action)}")


def show_outcomes(outcomes: Iterable[tuple[str, str, str, str]], language: Language) -> None:
    """Of (file, state, kind, code): of what was taken and held a few, then their number; of what was refused each code once,
    with its files and what to do."""
    by_state: dict[str, list[tuple[str, str]]] = {"taken": [], "held": []}
    refused: list[tuple[str, str, str]] = []
    for file, state, kind, code in outcomes:
        if state == "refused":
            refused.append((file, kind, of_file(code)))
        else:
            by_state[state].append((file, kind))
    for state, found in by_state.items():
        word = within(language, _STATES[state])
        for file, kind in found[: SHOWN if len(found) > SHOWN + 2 else len(found)]:
            show(f"{word}: {file} ({within(language, _KINDS[kind])})" if kind in _KINDS else f"{word}: {file}")
        if len(found) > SHOWN + 2:
            counts = Counter(within(language, _KINDS[kind]) for _, kind in found if kind in _KINDS)
            show(f"{word}: … {len(found)} ({', '.join(f'{count} {name}' for name, count in counts.items())})")
    _show_refused(refused, language, foreign=not any(kind == documents.ROOT.typ for kind in _kinds(by_state)))


def _kinds(by_state: dict[str, list[tuple[str, str]]]) -> Iterable[str]:
    return (kind for found in by_state.values() for _, kind in found)


def _show_refused(refused: list[tuple[str, str, str]], language: Language, *, foreign: bool) -> None:
    """`foreign`: no root among all that came is one of ours."""
    another = foreign and any(code in _FOREIGN_ROOT for _, _, code in refused)
    files: dict[str, list[str]] = {}
    for file, _, code in refused:
        files.setdefault("other_authority" if another and code in _FOREIGN else code, []).append(file)
    for code, names in files.items():
        more = f" … ({len(names)})" if len(names) > SHOWN else ""
        show(f"{within(language, _REFUSED)}: {', '.join(names[:SHOWN])}{more}")
        show(f"    {said(code, language)} [{code}]")
        _what_to_do(code, language)


def show_faults(faults: Iterable[Fault], language: Language) -> None:
    """What was wrong with mirrors: each mirror's faults of one kind once, with how often; and what to do."""
    counts: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], Fault] = {}
    for fault in faults:
        counts[fault.mirror, fault.code] += 1
        first.setdefault((fault.mirror, fault.code), fault)
    for (mirror, code), count in counts.items():
        named = first[mirror, code]
        times = f" ({count} {within(language, ('gånger', 'times'))})" if count > 1 else ""
        detail = f" ({named.detail})" if named.detail else ""
        place = " ".join(filter(None, (mirror, named.name)))
        show(f"! {place}{': ' if place else ''}{said(code, language)}{detail}{times} [{code}]")
    for code in {words(code).do_en: code for _, code in counts}.values():
        _what_to_do(code, language)


def show_nothing_fetched(language: Language) -> None:
    """That no mirror gave anything, and what is in force."""
    show(f"✗ {said('mirrors_failed', language)} [mirrors_failed]")
    _what_to_do("mirrors_failed", language)
