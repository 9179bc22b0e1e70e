"""A prescriber signs what they wrote.

Rules: what is signed is judged at once as the pharmacy will judge it, and nothing leaves that a pharmacy would refuse; what the
pharmacist will be warned of is told to the prescriber first. The id is random bytes from the caller.

Example: `prescribe(data, signer=key, credential=credential, trust=trust, now=now, id=os.urandom(16), policy=policy)`
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec

from dpr.core import documents, drafts
from dpr.core.errors import SetupError
from dpr.core.policy import Policy
from dpr.core.trust import Chain, Held, Trust
from dpr.core.verify import Accepted, Check, Refused, verify
from dpr.ports import Catalogue, Signer


class Prescribed(NamedTuple):
    """The signed document and the verdict on it, as a pharmacy with the same trust data would give it."""

    document: bytes
    verdict: Accepted


def prescribe(
    data: bytes,
    *,
    signer: Signer,
    credential: bytes,
    trust: Trust,
    now: datetime,
    id: bytes,
    policy: Policy,
    catalogue: Catalogue | None = None,
    embed: bool = True,
) -> Prescribed:
    """Signs the prescription in `data` (JSON, see dpr.core.drafts) with the prescriber's key.

    `embed`: the credential travels in the document; without it the pharmacy must hold the credential already.
    Raises InputError with every problem of what was written; SetupError `signer_not_credential` when key and credential do
    not belong together, `prescription_would_be_refused` with the reason, when no pharmacy would take it.
    """
    prescription = drafts.read(data, id=id, authored_at=int(now.timestamp()))
    chain = documents.open_credential(credential, trust)
    if chain.credential.key != signer.key:
        raise SetupError("signer_not_credential")
    document = documents.sign(documents.PRESCRIPTION, prescription, signer, credential=credential if embed else None)
    judging = trust if embed else _holding(trust, chain)
    verdict = judge_for_addressee(document, judging, now, policy=policy, catalogue=catalogue)
    if isinstance(verdict, Refused):
        raise SetupError("prescription_would_be_refused", verdict.code)
    return Prescribed(document, verdict)


def _holding(trust: Trust, chain: Chain) -> Trust:
    """This trust where it holds the credential: as the pharmacy does for which it is not embedded."""
    return Trust(
        trust.anchor,
        trust.trust_list,
        trust.status_lists,
        Held([chain]),
        trust.revocations,
        trust.snapshot,
        trust.floor,
        trust.root_version,
    )


def judge_for_addressee(
    document: bytes, trust: Trust, now: datetime, *, policy: Policy, catalogue: Catalogue | None = None
) -> Accepted | Refused:
    """The verdict of the pharmacy that a prescription is addressed to, as far as this site's trust data tell.

    DocumentError where the document does not even open.
    """
    audience = documents.open(document, trust, expected_kind=documents.PRESCRIPTION).value.audience
    addressee = policy if audience is None else msgspec.structs.replace(policy, gln=audience)
    return verify(document, trust, now, policy=addressee, catalogue=catalogue)


def warnings(verdict: Accepted) -> tuple[Check, ...]:
    """What the pharmacist will be warned of."""
    return tuple(check for check in verdict.checks if check.outcome is not check.outcome.PASS)
