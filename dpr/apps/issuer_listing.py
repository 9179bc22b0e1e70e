"""What an issuer gave out, as rows for people and programs: ids, codes and dates, no names.

Rules: somebody is found by a part of their name, prescriber code or GLN, and shown by id and code.

Example: `rows(folder, now=now, expiring_days=30)`
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dpr.apps.issuer_entries import Given
from dpr.apps.issuer_folder import DAY, IssuerFolder
from dpr.core import days
from dpr.core.status import Status
from dpr.core.wording import LANGUAGES, Language

#: As `row` names them; `revoked_later`: from an instant that is still to come, and in force until then.
_STATES = {
    "valid": ("giltigt", "valid"),
    "ended": ("har gått ut", "ended"),
    "replaced": ("ersatt", "replaced"),
    "suspended": ("vilande", "suspended"),
    "revoked": ("spärrat", "revoked"),
    "revoked_later": ("spärras från", "revoked from"),
}
_ROLES = {
    "prescriber": ("förskrivare", "prescriber"),
    "pharmacist": ("farmaceut", "pharmacist"),
    "pharmacy": ("apotek", "pharmacy"),
    "node": ("nod", "node"),
    "relay": ("relä", "relay"),
    "register": ("register", "register"),
}
_REASONS = {
    "key_compromised": ("nyckeln röjd", "key_compromised"),
    "right_withdrawn": ("behörigheten återkallad", "right_withdrawn"),
    "employment_ended": ("anställningen upphörde", "employment_ended"),
    "wrong_details": ("fel uppgifter", "wrong_details"),
    "replaced": ("ersatt", "replaced"),
    "other": ("annat", "other"),
}


def rows(folder: IssuerFolder, *, now: datetime, expiring_days: int | None = None, holder: str = "") -> list[dict[str, Any]]:
    """A row for each credential, the one that ends first at the top. `expiring_days`: those that are to be renewed and end
    within so many days; `holder`: a part of a name, prescriber code or GLN."""
    condition, values = "id != ''", list[int]()
    if expiring_days is not None:
        condition = "id != '' AND status = 0 AND superseded = 0 AND valid_until < ?"
        values = [int(now.timestamp()) + expiring_days * DAY]
    with folder.records.reading() as entries:
        entries.check()
        found = [one for one in entries.where(condition, *values, order="valid_until") if _is(one, holder)]
    return [row(one, int(now.timestamp())) for one in found]


def row(one: Given, at: int) -> dict[str, Any]:
    """One credential at the instant `at`; times in ISO 8601, Swedish time."""
    holder = one.members if one.holder else {}  # of one that was restored, nothing else is known
    return {
        "id": one.id,
        "status_index": one.index,
        "role": holder.get("role", ""),
        "code": holder.get("prescriber_code") or holder.get("gln") or "",
        "status": _status(one, at),
        "valid_until": _local(one.valid_until),
        "planned_outage": one.planned_outage,
        "revoked_from": None if one.revoked_from is None else _local(one.revoked_from),
        "reason": None if one.reason is None else one.reason.name.lower(),
        "reference": one.reference,
    }


def words(row: dict[str, Any], language: Language) -> str:
    """A row for people, in one line."""
    state = said(_STATES[row["status"]], language)
    since = row["revoked_from"] or ""
    if row["status"] == "revoked_later":
        state, since = f"{state} {since}", ""
    role = said(_ROLES[row["role"]], language) if row["role"] in _ROLES else row["role"]
    reason = said(_REASONS[row["reason"]], language) if row["reason"] else ""
    always = (row["id"], role, row["code"], state, row["valid_until"])
    rest = (row["planned_outage"], since, reason, row["reference"])
    return "  ".join([*(one or "-" for one in always), *(one for one in rest if one)])


def said(pair: tuple[str, str], language: Language) -> str:
    """The words of one language."""
    return pair[LANGUAGES.index(language)]


def _status(one: Given, at: int) -> str:
    if one.status is Status.REVOKED and one.revoked_from is not None and one.revoked_from > at:
        return "revoked_later"
    if one.status is not Status.VALID:
        return one.status.name.lower()
    if one.valid_until <= at:
        return "ended"
    return "replaced" if one.superseded else "valid"


def _local(instant: int) -> str:
    return days.at(instant).astimezone(days.STOCKHOLM).isoformat(timespec="minutes")


def _is(one: Given, wanted: str) -> bool:
    return any(wanted.casefold() in str(one.members.get(name, "")).casefold() for name in ("name", "prescriber_code", "gln"))
