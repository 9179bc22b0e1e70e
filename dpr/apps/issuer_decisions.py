"""An issuer's decisions about credentials: revoked from when and why, suspended, lifted.

Rules: what is revoked stays so; only its instant may be moved earlier and its reason become graver. Where the reason concerns
the person or the key, every credential of that key goes; else what stays in force can be told. A decision counts from the next
published lists (dpr.apps.issuer_lists), and is kept with its reference.

Example: `revoke(folder, "1f2e…", revoked_from=at, reason=Reason.KEY_COMPROMISED, reference="CASE-18", now=now)`
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from dpr.apps.compose import read_credential
from dpr.apps.issuer_entries import Decision, Entries, Given, graver
from dpr.apps.issuer_folder import DAY, IssuerFolder
from dpr.apps.typed import reference_faults
from dpr.core import days, documents
from dpr.core.errors import InputError, Problem, SetupError
from dpr.core.revocation import Reason
from dpr.core.status import Status

_ID = re.compile(r"[0-9a-f]{16}")
#: Reasons that take every credential of a key along.
WHOLE_KEY = (Reason.KEY_COMPROMISED, Reason.RIGHT_WITHDRAWN, Reason.EMPLOYMENT_ENDED)
#: Further ahead, a revocation is a slip of the hand or of a clock.
MAX_DAYS_AHEAD = 400


def revoke(
    folder: IssuerFolder, which: str, *, revoked_from: int | None, reason: Reason, reference: str = "", now: datetime
) -> list[Given]:
    """Revokes the credential in a file, or every one of the key with an id, from an instant on (from `now` where None); every
    one of the key also where the reason is of `WHOLE_KEY`. What was changed.

    SetupError `credential_not_ours`, `credential_unknown`, `credential_is_revoked` (nothing would change); InputError
    `setup_invalid`.
    """
    at = int(now.timestamp())
    begins = at if revoked_from is None else revoked_from
    _check(reference, begins, at)
    with folder.records.changing() as entries:
        chosen = _chosen(folder, entries, which)
        if reason in WHOLE_KEY:
            chosen = entries.of_key(chosen[0].id, chosen[0].key)
        changed = [one for one in chosen if _is_more(one, begins, reason)]
        if not changed:
            raise SetupError("credential_is_revoked", chosen[0].id)
        for one in changed:
            already = one.revoked_from if one.status is Status.REVOKED else None
            earlier = begins if already is None else min(begins, already)
            worst = reason if one.reason is None else graver(reason, one.reason)
            entries.decide(one.index, Decision(at, Status.REVOKED, reference, earlier, worst))
        return _now(entries, changed)


def _is_more(one: Given, begins: int, reason: Reason) -> bool:
    """Does a revocation say more than what is decided already?"""
    if one.status is not Status.REVOKED or one.revoked_from is None or one.reason is None:
        return True
    return begins < one.revoked_from or graver(reason, one.reason) is not one.reason


def still_in_force(folder: IssuerFolder, changed: list[Given], *, now: datetime) -> list[Given]:
    """Credentials of the same keys as `changed`, revoked or suspended, that are in force."""
    at = int(now.timestamp())
    with folder.records.reading() as entries:
        of_keys = (one for id, key in {(one.id, one.key) for one in changed} for one in entries.of_key(id, key))
        return [one for one in of_keys if one.status is Status.VALID and one.valid_until > at]


def suspend(folder: IssuerFolder, which: str, *, reference: str = "", now: datetime) -> list[Given]:
    """Suspends until it is lifted. Raises as `revoke`."""
    return _set(folder, which, Status.SUSPENDED, reference, now)


def lift(folder: IssuerFolder, which: str, *, reference: str = "", now: datetime) -> list[Given]:
    """Lifts a suspension. Raises as `revoke`, and SetupError `credential_not_suspended`."""
    return _set(folder, which, Status.VALID, reference, now)


def _set(folder: IssuerFolder, which: str, status: Status, reference: str, now: datetime) -> list[Given]:
    at = int(now.timestamp())
    _check(reference, at, at)
    with folder.records.changing() as entries:
        chosen = _chosen(folder, entries, which)
        open_ones = [one for one in chosen if one.status is not Status.REVOKED]
        if not open_ones:
            raise SetupError("credential_is_revoked", chosen[0].id)
        changed = [one for one in open_ones if one.status is not status]
        if status is Status.VALID and not changed:
            raise SetupError("credential_not_suspended", chosen[0].id)
        for one in changed:
            entries.decide(one.index, Decision(at, status, reference))
        return _now(entries, open_ones)


def _chosen(folder: IssuerFolder, entries: Entries, which: str) -> list[Given]:
    """The entry of a credential's file, or those of the key that an id names; never none."""
    if _ID.fullmatch(which):
        found = list(entries.where("id = ?", which))
        if not found:
            raise SetupError("credential_unknown", which)
        return found
    payload = documents.split(read_credential(Path(which)))[1]
    wanted = documents.read_claims(documents.CREDENTIAL_KIND, payload)
    held = entries.first('"index" = ?', wanted.status.idx)
    if (wanted.issuer, wanted.status.uri) != (folder.issuer.id, folder.uri) or held is None or held.id != wanted.id:
        raise SetupError("credential_not_ours", wanted.id)
    return [held]


def _check(reference: str, instant: int, at: int) -> None:
    problems = reference_faults("--reference", reference)
    if not days.EARLIEST <= instant <= days.LATEST:
        problems.append(Problem("--from", "number_out_of_range", "a time that no document can hold", "2026-11-03T08:00"))
    elif instant > at + MAX_DAYS_AHEAD * DAY:
        expected = f"at most {MAX_DAYS_AHEAD} days ahead"
        problems.append(Problem("--from", "number_out_of_range", str(days.day_of(instant)), expected))
    if problems:
        raise InputError("setup_invalid", tuple(problems))


def _now(entries: Entries, changed: list[Given]) -> list[Given]:
    found = (entries.first('"index" = ?', one.index) for one in changed)
    return [one for one in found if one is not None]
