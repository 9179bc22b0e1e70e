"""What a root, trust list, address book or snapshot says, in words for the people who are to sign it, in Swedish and English.

Rules: everything that is signed is said: every key in full, every member of an issuer that is new or changed. With the edition
before at hand, what changes is marked (+ new, - gone, ~ changed) and what stays is counted. What is risky comes last, as
words of dpr.core.codes.

Example: `for line in said(draft, "en", against=previous): print(line.mark, line.text)`
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from dpr.apps.book_words import changed_lines
from dpr.core import days
from dpr.core.ceremony import Draft, Standing
from dpr.core.ceremony_changes import (
    ROLES,
    Change,
    Concern,
    EntryChanges,
    IssuerChanges,
    concerns,
    entry_changes,
    issuer_changes,
    members,
    quorum_of,
)
from dpr.core.codes import CODES
from dpr.core.credential import Profession
from dpr.core.keys import ALGORITHMS, PublicKey
from dpr.core.mail.address_book import AddressBook
from dpr.core.prescription import PrescriptionKind
from dpr.core.root import Root
from dpr.core.snapshot import Snapshot
from dpr.core.trust_list import Environment, Issuer, IssuerRole, TrustList
from dpr.core.wording import LANGUAGES, Language, enum_words

#: A key's thumbprint (hexadecimal) → what somebody calls it (dpr.apps.key_requests).
Names = Mapping[str, str]
NO_NAMES: Names = MappingProxyType({})
ADDED, REMOVED, CHANGED, RISKY = "+", "-", "~", "!"
CHANGES = (ADDED, REMOVED, CHANGED)

_WORDS: dict[str, tuple[str, str]] = {
    "dpr-root": ("Rotdokument", "Root"),
    "dpr-trust-list": ("Lista över godkända utfärdare", "List of approved issuers"),
    "dpr-address-book": ("Adressbok", "Address book"),
    "dpr-snapshot": ("Uppgift om vilka listor som är de senaste", "What says which lists are the latest"),
    "version": ("version", "version"),
    "issued_at": ("Utfärdad", "Issued"),
    "next_update": ("Nästa senast", "Next due by"),
    "root": ("Nästa rotdokument skrivs under av", "The next root is signed by"),
    "root_before": ("Rotdokumentet som gäller kräver", "The root in force requires"),
    "has_signed": ("har skrivit under", "has signed"),
    "has_not": ("har inte skrivit under", "has not signed"),
    "lists": ("Listor över utfärdare skrivs under av", "Lists of issuers are signed by"),
    "snapshot": ("Uppgiften om de senaste listorna skrivs under av", "What names the latest lists is signed by"),
    "of": ("minst {} av dessa {} nycklar", "at least {} of these {} keys"),
    "of_one": ("den här nyckeln", "this key"),
    "was": ("förut minst {} av {}", "before, at least {} of {}"),
    "key": ("nyckel", "key"),
    "signature": ("Underskrift", "Signature"),
    "fingerprint": ("utkastets fingeravtryck", "fingerprint of the draft"),
    "issuers": ("Utfärdare", "Issuers"),
    "new": ("nya", "new"),
    "gone": ("borttagna", "removed"),
    "changed": ("ändrade", "changed"),
    "unchanged": ("oförändrade", "unchanged"),
    "name": ("namn", "name"),
    "role": ("slag", "kind"),
    "keys": ("nycklar", "keys"),
    "professions": ("får intyga yrken", "may vouch for professions"),
    "kinds": ("får intyga förskrivare av", "may vouch for prescribers of"),
    "glns": ("får intyga apotek (GLN)", "may vouch for pharmacies (GLN)"),
    "organisations": ("får intyga arbetsplatser i", "may vouch for workplaces of"),
    "valid_from": ("gäller från", "in force from"),
    "valid_until": ("gäller till", "in force until"),
    "nothing": ("inget", "nothing"),
    "order": ("bara ordningen är en annan", "only the order is another"),
    "entries": ("Mottagare", "Recipients"),
    "lists_named": ("Listor som namnges", "Lists named"),
    "test": ("TEST", "TEST"),
    "production": ("DRIFT", "PRODUCTION"),
}
_ISSUER_ROLES = {
    IssuerRole.CARE_PROVIDER: ("vårdgivare", "care provider"),
    IssuerRole.PHARMACY_COMPANY: ("apoteksföretag", "pharmacy company"),
    IssuerRole.VETERINARY: ("veterinärorganisation", "veterinary organisation"),
    IssuerRole.RELAY_OPERATOR: ("driver reläer", "runs relays"),
    IssuerRole.REGISTER: ("register", "register"),
}
#: The members of an issuer that are said of a new one, in this order.
_ISSUER_MEMBERS = ("role", "professions", "kinds", "organisations", "glns", "valid_from", "valid_until", "keys")


class Line(NamedTuple):
    """One line; `mark`: one of ADDED, REMOVED, CHANGED, RISKY or nothing. `depth`: how far it is indented."""

    text: str
    mark: str = ""
    depth: int = 0


def word(name: str, language: Language) -> str:
    """A word of a ceremony."""
    return _WORDS[name][LANGUAGES.index(language)]


def role_words(role: IssuerRole, language: Language) -> str:
    """What kind of organisation an issuer is."""
    return _ISSUER_ROLES[role][LANGUAGES.index(language)]


def groups(digits: str) -> str:
    """Hexadecimal digits as they are read out: in groups of four."""
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def key_words(key: PublicKey, names: Names = NO_NAMES) -> str:
    """A key, in full: its algorithm and thumbprint, as `dpr key show` prints it, and what it is called here."""
    digits = key.thumbprint.hex()
    return f"{ALGORITHMS[key.alg]} {groups(digits)}" + (f"  {names[digits]}" if digits in names else "")


def when(instant: int) -> str:
    """An instant in Swedish time."""
    return datetime.fromtimestamp(instant, days.STOCKHOLM).strftime("%Y-%m-%d %H:%M")


def said(draft: Draft, language: Language, *, against: Draft | None = None, names: Names = NO_NAMES) -> list[Line]:
    """Everything that is signed with `draft`; marked where it differs from `against`. `names`: of keys, beside their digits."""
    value, before = draft.value, against.value if against else None
    name = "production" if value.content.environment is Environment.PRODUCTION else "test"
    words = f"{word(draft.kind.typ, language)}, {word('version', language)} {value.content.version}"
    lines = [Line(f"{words} · {value.authority} · {word(name, language)}")]
    lines.append(Line(f"{word('issued_at', language)} {when(value.issued_at)}", depth=1))
    if isinstance(value, Root):
        lines += _root(value, before if isinstance(before, Root) else None, language, names)
    else:
        lines.append(Line(f"{word('next_update', language)} {when(value.content.next_update)}", depth=1))
    if isinstance(value, TrustList):
        lines += _issuers(value, before if isinstance(before, TrustList) else None, language)
    elif isinstance(value, AddressBook):
        old = before if isinstance(before, AddressBook) else None
        counted = f" ({_counted(entry_changes(old, value.content.entries), language)})" if old else ""
        lines.append(Line(f"{word('entries', language)}: {len(value.content.entries)}{counted}", depth=1))
        lines += [Line(text, mark, 1) for mark, text in changed_lines(value, old, language)]
    elif isinstance(value, Snapshot):
        lines += _minimums(value, before if isinstance(before, Snapshot) else None, language)
    return lines + [Line(concern_words(one, language), RISKY) for one in concerns(value, against=before)]


def concern_words(concern: Concern, language: Language) -> str:
    """What deserves a second look, and what to do about it."""
    words = CODES[concern.code]
    about = f" ({concern.detail})" if concern.detail else ""
    return f"{words.sv if language == 'sv' else words.en}{about} {words.do_sv if language == 'sv' else words.do_en}"


def _root(value: Root, before: Root | None, language: Language, names: Names) -> Iterator[Line]:
    for role in ROLES:
        quorum, old = quorum_of(value, role), quorum_of(before, role) if before else None
        said_of = f"{word(role, language)}: {_of(quorum.threshold, len(quorum.keys), language)}"
        mark = ""
        if old is not None and old.threshold != quorum.threshold:
            mark = CHANGED
            said_of += f" ({word('was', language).format(old.threshold, len(old.keys))})"
        yield Line(said_of, mark, 1)
        gone, new = members(old.keys, quorum.keys) if old else ((), ())
        yield from (Line(key_words(key, names), ADDED if key in new else "", 2) for key in quorum.keys)
        yield from (Line(key_words(key, names), REMOVED, 2) for key in gone)


def _issuers(value: TrustList, before: TrustList | None, language: Language) -> Iterator[Line]:
    changes = issuer_changes(before, value.content.issuers)
    counted = f" ({_counted(changes, language)})" if before else ""
    yield Line(f"{word('issuers', language)}: {len(value.content.issuers)}{counted}", depth=1)
    for issuer in changes.added:
        yield Line(f"{issuer.id}  {issuer.name}", ADDED if before else "", 1)
        yield from _issuer(issuer, language)
    for issuer in changes.removed:
        yield Line(f"{issuer.id}  {issuer.name}", REMOVED, 1)
    for issuer, changed in changes.changed:
        yield Line(f"{issuer.id}  {issuer.name}", CHANGED, 1)
        for change in changed:
            yield from _change(change, language)


def _counted(changes: IssuerChanges | EntryChanges, language: Language) -> str:
    numbers = {
        "new": len(changes.added), "gone": len(changes.removed), "changed": len(changes.changed), "unchanged": changes.unchanged
    }  # fmt: skip
    return ", ".join(f"{number} {word(name, language)}" for name, number in numbers.items())


def _issuer(issuer: Issuer, language: Language) -> Iterator[Line]:
    for name in _ISSUER_MEMBERS:
        value = getattr(issuer, name)
        if name == "keys":
            yield from (Line(f"{word('key', language)}: {key_words(key)}", depth=2) for key in value)
        elif value != ():
            yield Line(f"{word(name, language)}: {_shown(name, value, language)}", depth=2)


def _change(change: Change, language: Language) -> Iterator[Line]:
    name = word(change.name, language)
    if not isinstance(change.after, tuple):
        before, after = (_shown(change.name, one, language) for one in (change.before, change.after))
        yield Line(f"{name}: {before} → {after}", CHANGED, 2)
        return
    if not change.before and not change.after:
        yield Line(f"{name}: {word('order', language)}", CHANGED, 2)
    for mark, values in ((REMOVED, change.before), (ADDED, change.after)):
        if change.name == "keys":
            yield from (Line(f"{word('key', language)}: {key_words(key)}", mark, 2) for key in values)
        elif values:
            yield Line(f"{name}: {_shown(change.name, values, language)}", mark, 2)


def _shown(name: str, value: Any, language: Language) -> str:
    if isinstance(value, tuple):
        return ", ".join(_member(one, language) for one in value) or word("nothing", language)
    if name in ("valid_from", "valid_until"):
        return when(value)
    return _member(value, language)


def _member(value: Any, language: Language) -> str:
    if isinstance(value, Profession):
        return f"{value.sv if language == 'sv' else value.en} ({value.name})"
    if isinstance(value, IssuerRole):
        return role_words(value, language)
    return enum_words(value, language) if isinstance(value, PrescriptionKind) else str(value)


def _minimums(value: Snapshot, before: Snapshot | None, language: Language) -> Iterator[Line]:
    minimums, old = value.content.minimums, before.content.minimums if before else {}
    yield Line(f"{word('lists_named', language)}: {len(minimums)}", depth=1)
    for name, minimum in minimums.items():
        if before is None or old.get(name) != minimum:
            mark = "" if before is None else CHANGED if name in old else ADDED
            yield Line(f"{name}: {_minimum(name, minimum)}", mark, 2)
    yield from (Line(name, REMOVED, 2) for name in old if name not in minimums)


def _minimum(name: str, minimum: int) -> str:
    """Versions for the authority's own lists, times for the issuers'."""
    return when(minimum) if "/" in name and days.EARLIEST <= minimum <= days.LATEST else str(minimum)


def standing_lines(standing: Standing, language: Language, names: Names = NO_NAMES) -> list[Line]:
    """Who of a quorum has signed, and who has not; `names`: of keys."""
    needed = _of(standing.threshold, len(standing.signed) + len(standing.missing), language)
    lines = [Line(f"{word(standing.role, language)}: {needed}", "✓" if standing.met else RISKY)]
    lines += [Line(f"{key_words(key, names)}  {word('has_signed', language)}", "✓", 1) for key in standing.signed]
    return lines + [Line(f"{key_words(key, names)}  {word('has_not', language)}", "·", 1) for key in standing.missing]


def _of(threshold: int, keys: int, language: Language) -> str:
    return word("of_one", language) if keys == 1 else word("of", language).format(threshold, keys)
