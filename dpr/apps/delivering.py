"""What becomes of a message that came to a site: prescriptions go to the ledger, trust data to the site's lists.

Rules: trust data first, and they count for what else is in the message; they are kept whatever becomes of it, since each says
by itself whether it is to be believed. Prescriptions are kept when all of the message is ACCEPTED, and none of them when it is
not: then the first document that was not says why. One that the counter would refuse is REJECTED with the verdict's own code;
the very prescription that the ledger holds is ACCEPTED, whatever holds today. A site without a ledger takes none.

Example: `deliver(delivery, receiving=Receiving(policy, trust, trust_store, ledger), now=now)`
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from dpr.core import documents, text
from dpr.core.errors import DocumentError
from dpr.core.mail import carried
from dpr.core.mail.receipt import Outcome
from dpr.core.policy import Policy
from dpr.core.trust import Trust
from dpr.core.verify import Accepted, Refused
from dpr.flows.collect import Delivery, Verdict
from dpr.flows.receive import is_held, judge, receive
from dpr.ports import Catalogue, Ledger, TrustStore

_ACCEPTED = Verdict(Outcome.ACCEPTED)


class Receiving(NamedTuple):
    """Where a site keeps what it accepts. `trust`: what it holds at that moment; `ledger`: None where it takes none."""

    policy: Policy
    trust: Callable[[], Trust]
    trust_store: TrustStore
    ledger: Ledger | None
    catalogue: Catalogue | None = None


def deliver(delivery: Delivery, *, receiving: Receiving, now: datetime) -> Verdict:
    """Keeps what is accepted; durable when it returns. Raises StorageError and SetupError: then nothing is said of it yet."""
    given = delivery.message.content.documents
    verdicts: list[Verdict] = [_ACCEPTED] * len(given)
    types = [_typ_of(one) for one in given]
    trust_data = [place for place, typ in enumerate(types) if typ in carried.TRUST_DATA]
    for place, verdict in zip(trust_data, _bring_in([given[place] for place in trust_data], receiving, now), strict=True):
        verdicts[place] = verdict
    counter = None if receiving.ledger is None else _Counter(delivery, receiving, receiving.ledger, now)
    for place, typ in enumerate(types):
        if typ == documents.PRESCRIPTION.typ and counter is not None:
            verdicts[place] = counter.judge(given[place])
        elif place not in trust_data:
            verdicts[place] = Verdict(Outcome.REJECTED, "mail_kind_not_taken", text.visible(typ, 40).strip())
    whole = _whole(verdicts)
    return whole if counter is None or whole.outcome is Outcome.REJECTED else _whole(counter.keep())


def _typ_of(document: bytes) -> str:
    try:
        return carried.typ_of(document)
    except DocumentError:
        return ""


def _bring_in(given: Sequence[bytes], receiving: Receiving, now: datetime) -> list[Verdict]:
    if not given:
        return []
    skew_seconds = receiving.policy.clock_skew_seconds
    brought_in = receiving.trust_store.bring_in(given, now=int(now.timestamp()), skew_seconds=skew_seconds)
    return [
        Verdict(Outcome.REJECTED, one.code, one.detail) if one.state == "refused" else _ACCEPTED for one in brought_in.outcomes
    ]


class _Counter:
    """A message's prescriptions: all of them judged, then all kept."""

    def __init__(self, delivery: Delivery, receiving: Receiving, ledger: Ledger, now: datetime) -> None:
        self._delivery, self._ledger = delivery, ledger
        self._judging: dict[str, Any] = {
            "trust": receiving.trust(), "ledger": ledger, "now": now, "policy": receiving.policy,
            "catalogue": receiving.catalogue, "proven_at": delivery.known_since,
        }  # fmt: skip
        self._accepted: dict[bytes, Accepted] = {}
        self._to_keep: list[bytes] = []

    def judge(self, document: bytes) -> Verdict:
        """What `keep` would say of it."""
        if is_held(document, self._ledger, self._judging["trust"]):
            return _ACCEPTED
        found = judge(document, **self._judging)
        if isinstance(found, Refused):
            return _refused(found)
        other = self._accepted.setdefault(found.prescription.id, found)
        if (other.prescription, other.prescriber.key) != (found.prescription, found.prescriber.key):
            return Verdict(Outcome.REJECTED, "id_of_another_prescription")
        self._to_keep.append(document)
        return _ACCEPTED

    def keep(self) -> list[Verdict]:
        """Each that is not held; refused only where another counter was first with another prescription of that id."""
        found = [receive(one, path="relay", proof=self._delivery.proof, **self._judging) for one in self._to_keep]
        return [_refused(one) if isinstance(one, Refused) else _ACCEPTED for one in found]


def _refused(found: Refused) -> Verdict:
    return Verdict(Outcome.REJECTED, found.code, found.detail)


def _whole(verdicts: Sequence[Verdict]) -> Verdict:
    for number, one in enumerate(verdicts, 1):
        if one.outcome is Outcome.REJECTED:
            which = f"document {number} of {len(verdicts)}" if len(verdicts) > 1 else ""
            return one._replace(detail=": ".join(part for part in (which, one.detail) if not text.fault(part)))
    return _ACCEPTED
