"""tests/vectors/prescription_grace.json: what may still be done when nothing can be renewed: special medicines by class, and
credentials and issuers that ended while nobody could be reached; both sides of every boundary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from dpr.core import documents
from tests.world import DAY, NOW, PHYSICIAN
from vectors.making import Vector, W, credential, file, prescription
from vectors.of_credential import issuers
from vectors.of_prescription import accepted, draft, item
from vectors.of_prescription_bytes import GOOD, refused
from vectors.of_prescription_trust import HOUR, NARCOTIC_II, REVOKED, STATUS, snapshot, status, trust_list

AUTHORED = NOW - 60
NARCOTIC_IV = prescription(written=draft(item(control_class="narcotic_iv", atc="N05BA01")))
OTHER_SPECIAL = prescription(written=draft(item(control_class="other_special")))


def _special() -> Iterator[Vector]:
    code, hours = "special_needs_fresh_status", {"narcotic_ii": 12, "other_special": 72}
    by_class = {"policy": {"class_status_hours": hours}}
    stale = ("status_stale",)
    for name, document, age, warns, comment in (
        ("special-last-second", NARCOTIC_II, 24 * HOUR, (), "24 hours"),
        ("special-last-second-of-its-class", NARCOTIC_II, 12 * HOUR, (), "12 hours for narcotic II"),
        ("special-of-a-class-not-named", NARCOTIC_IV, 24 * HOUR, (), "24 hours for what is not named"),
        ("special-last-second-of-a-longer-class", OTHER_SPECIAL, 72 * HOUR, stale, "72 hours for other special medicines"),
    ):
        more = by_class if "class" in name else {}
        yield accepted(name, document, comment, warns=warns, trust=status(age), **more)
    for name, document, age, comment in (
        ("special-a-second-late", NARCOTIC_II, 24 * HOUR + 1, "24 hours and a second"),
        ("special-a-second-late-of-its-class", NARCOTIC_II, 12 * HOUR + 1, "12 hours and a second for narcotic II"),
        ("special-a-second-late-of-a-class-not-named", NARCOTIC_IV, 24 * HOUR + 1, ""),
        ("special-a-second-late-of-a-longer-class", OTHER_SPECIAL, 72 * HOUR + 1, ""),
    ):
        more = by_class if "class" in name else {}
        yield refused(name, document, code, comment, trust=status(age), **more)
    unheld = snapshot({REVOKED: NOW - DAY})
    yield refused("special-revocations-not-held", NARCOTIC_II, code, "somebody is revoked: who?", trust=unheld)
    behind = snapshot({STATUS: NOW})
    yield refused("special-status-behind", NARCOTIC_II, code, "ten minutes old, and a newer list is out", trust=behind)
    old, late = NOW - 336 * HOUR, {"next_update": NOW}
    for name, document, warns, comment in (
        ("special-list-last-second", trust_list(old, **late), ("trust_list_stale",), "336 hours old"),
        ("special-list-old-and-current", trust_list(old - 1), (), "older, but its next update is still ahead"),
    ):
        yield accepted(name, NARCOTIC_II, comment, warns=warns, trust={"trust_list": document})
    code = "special_needs_fresh_trust_list"
    for name, held, comment in (
        ("special-list-behind", snapshot({"trust-list": 2}), "an hour old, and a newer one is out"),
        ("special-root-behind", snapshot({"root": 2}), "a newer root is out"),
    ):
        yield refused(name, NARCOTIC_II, code, comment, trust=held)
    late_list = {"trust_list": trust_list(old - 1, **late)}
    comment = "336 hours and a second old, and past its next update"
    yield refused("special-list-a-second-late", NARCOTIC_II, code, comment, trust=late_list)


def ended(over: int, **content: Any) -> bytes:
    """A prescription signed so many seconds after the end of its signer's credential."""
    times = (("valid_from", NOW - 200 * DAY), ("valid_until", AUTHORED - over))
    return prescription(kcwt=credential(PHYSICIAN, *times), **content)


def before_end(over: int) -> dict[str, Any]:
    """A status list from the last second in which a credential of `ended` was in force."""
    return status(NOW - AUTHORED + over + 1)


SHORT, LONG = 168 * HOUR, 1440 * HOUR


def _grace() -> Iterator[Vector]:
    short, long, over = "credential_grace", "credential_grace_red", "credential_not_in_force"
    red = "status_red"
    for name, after, held, warns, comment in (
        (
            "grace-first-second",
            0,
            before_end(0),
            (short,),
            "it ended in the second in which it was used; the list is a minute old",
        ),
        ("grace-last-second", SHORT, before_end(SHORT), (short, red), "168 hours later"),
        ("grace-red-first-second", SHORT + 1, before_end(SHORT + 1), (long, red), "a second more: with a reason"),
        ("grace-red-last-second", LONG, before_end(LONG), (long, red), "1440 hours later"),
        ("grace-status-missing", 0, {"status_lists": []}, (short, "status_missing"), "nothing says that it could be renewed"),
        ("grace-status-ahead", 0, status(-301), (short, "status_missing"), "as good as none"),
    ):
        yield accepted(name, ended(after), comment, warns=warns, trust=held)
    yield refused("grace-over", ended(LONG + 1), over, "1440 hours and a second", trust=before_end(LONG + 1))
    comment = "a list of the very second in which it ended came: it could have been renewed"
    yield refused("grace-list-of-its-end", ended(0), over, comment, trust=status(60))
    yield refused("grace-list-after-its-end", ended(HOUR), over, "the issuer was heard of since", trust=status(HOUR))
    later, comment = {"trust": status(30)}, "the list came after the prescription was received"
    yield accepted("grace-not-taken-back", ended(0), comment, warns=(short,), known_since=NOW - 31, **later)
    yield refused("grace-known-when-the-list-came", ended(0), over, "in the same second", known_since=NOW - 30, **later)
    old, stale = before_end(DAY), "status_stale"
    none = {"credential_grace_hours": 0}
    yield accepted("grace-of-no-hours", ended(DAY), "none without a reason here", warns=(long, stale), trust=old, policy=none)
    none = none | {"credential_grace_red_hours": 0}
    yield refused("grace-switched-off", ended(DAY), over, "none at all here", trust=old, policy=none)
    begun = prescription(kcwt=credential(PHYSICIAN, ("valid_from", NOW - 59)))
    yield refused("grace-not-for-the-beginning", begun, over, "a second before it began", trust=old)
    other = draft(item(control_class="other_special"))
    days_ = {"class_status_hours": {"other_special": 240}}
    special = ended(SHORT, written=other)
    yield accepted("grace-special", special, warns=(short, red), trust=before_end(SHORT), policy=days_)
    special, held = ended(SHORT + 1, written=other), before_end(SHORT + 1)
    yield refused("grace-red-special", special, "special_no_grace", "a special medicine", trust=held, policy=days_)


def _issuer_grace() -> Iterator[Vector]:
    def held(over: int, issued_at: int | None = None, **content: Any) -> dict[str, Any]:
        """A trust list of the last second in which its first issuer was in force."""
        listed = list(W.issuers())
        listed[0] = msgspec.structs.replace(listed[0], valid_until=AUTHORED - over)
        times = {"next_update": NOW, "issuers": tuple(listed), **content}
        return {"trust_list": trust_list(AUTHORED - over - 1 if issued_at is None else issued_at, **times)}

    short, long, stale, red = "issuer_grace", "issuer_grace_red", "trust_list_stale", "trust_list_red"
    for name, over, warns, comment in (
        ("issuer-grace-first-second", 0, (stale, short), "it ended in the second in which it was signed"),
        ("issuer-grace-last-second", SHORT, (stale, short), "168 hours later"),
        ("issuer-grace-red-first-second", SHORT + 1, (stale, long), "a second more: with a reason"),
        ("issuer-grace-red-last-second", LONG, (red, long), "1440 hours later"),
    ):
        yield accepted(name, GOOD, comment, warns=warns, trust=held(over))
    comment = "the list is current, and from before the end"
    yield accepted("issuer-grace-list-fresh", GOOD, comment, warns=(short,), trust=held(0, next_update=NOW + 1))
    over = "issuer_not_in_force"
    yield refused("issuer-grace-over", GOOD, over, "1440 hours and a second", trust=held(LONG + 1))
    yield refused("issuer-grace-list-of-its-end", GOOD, over, "a list since then says so", trust=held(0, AUTHORED))
    later = {"trust": held(0, NOW - 30)}
    yield accepted("issuer-grace-not-taken-back", GOOD, warns=(stale, short), known_since=NOW - 31, **later)
    narcotic = {"trust": held(SHORT + 1), "policy": {"special_trust_list_hours": 400}}
    yield refused("issuer-grace-red-special", NARCOTIC_II, "special_no_grace", "a narcotic", **narcotic)
    yield accepted("issuer-grace-special", NARCOTIC_II, warns=(stale, short), trust=held(SHORT))
    begun = {"trust_list": trust_list(NOW - DAY, next_update=NOW, issuers=_begun())}
    yield refused("issuer-grace-not-for-the-beginning", GOOD, over, "a second before it began", trust=begun)


def _begun() -> Any:
    value = documents.open_trust_list(issuers(0, valid_from=NOW - 59), W.anchor)
    return value.content.issuers


def made() -> dict[str, Any]:
    """The file."""
    description = "Verdicts when nothing can be renewed: special medicines, and the grace after an end."
    return file(description, [*_special(), *_grace(), *_issuer_grace()])
