"""What a signing service holds, and what it does for a caller: blocking, on any thread, without HTTP.

Rules: a prescriber's key, credential and rights are looked up anew for every signature, so that what an operator or an issuer
changes counts at once; nothing of it asks the token to search. Trust data and people are read again when their files change,
and where that fails, what was held stays in force, each of the two for itself. Nothing leaves before the log has it. An id is
one prescription, on both ways of signing and after a restart.

Example: `service.sign(Caller("SE2321000016-A1B2", "oidc", "journal"), data)` → `Signed`
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from dpr.apps.compose import SiteFolder
from dpr.apps.serving.refusals import ForbiddenError
from dpr.apps.serving.site import HeldSite
from dpr.apps.signer import ids, log_lines
from dpr.apps.signer.log import SigningLog
from dpr.apps.signer.people import People, Person
from dpr.core.errors import DprError, SetupError
from dpr.flows.sign_for import Signed, sign_for, split_structure, to_be_signed
from dpr.ports import Clock, KeyStore, Signer

#: The key with which the token is asked whether it answers.
PROBE = "dpr-readiness"
_MOST_ANSWERS = 2_000
_SOON_SECONDS = 14 * 86_400


class Caller(NamedTuple):
    """Who calls: the prescriber, how they proved it (`oidc`, `mtls`, `local`), and the record system; `client`: what the token
    calls that, where its certificate says `system`."""

    user: str
    how: str
    system: str
    client: str = ""


class Service:
    """The signing service. `open_site`: gives the site, for its policy and trust data, as it is now; `store`: the keys."""

    def __init__(
        self, open_site: Callable[[], SiteFolder], people: People, store: KeyStore, log: SigningLog, clock: Clock
    ) -> None:
        self._people_file, self._store, self.log, self._clock = people, store, log, clock
        self._site = HeldSite(open_site)
        self._lock = threading.Lock()
        self._signers: dict[str, Signer] = {}
        self._going: set[tuple[str, bytes]] = set()
        self._answers: OrderedDict[tuple[str, bytes], tuple[bytes, Signed]] = OrderedDict()
        self._people_version = people.version()
        self._people = people.read()
        self._people_fault: DprError | None = None
        self._ids = ids.SignedIds(log_lines.recent(log.folder, ids.MOST))
        self._probe: Signer | None = None

    def now(self) -> datetime:
        """The time, aware."""
        return self._clock()

    def seconds(self) -> int:
        """The time in seconds, but never before what the authority's lists prove: a clock that is set back must not make an
        ended log-in good again."""
        return max(int(self._clock().timestamp()), self._site.trust.floor)

    @property
    def stale(self) -> DprError | None:
        """Why something on the disk does not count, and what was held before is in force."""
        return self._people_fault or self._site.fault

    # --- for a caller ---

    def sign(self, caller: Caller, data: bytes) -> Signed:
        """Signs a Sig_structure. As `sign_for`; ForbiddenError `prescriber_unknown`, `sign_no_credential`."""
        person = self.prescriber(caller)
        return self._signed(caller, self._signer(person), self._credential_in(data, person), data)

    def prescribe(self, caller: Caller, draft: bytes, id: bytes) -> Signed:
        """Signs a draft (JSON) as the prescription `id`. The same draft with the same id again gets the same answer while it is
        remembered, or SetupError `signer_busy` while that is being made; another draft is `prescription_id_used`, also after a
        restart."""
        asked, key = sha256(draft).digest(), (caller.user, id)
        with self._lock:
            answered = self._answers.get(key)
            if answered is None and key in self._going:
                raise SetupError("signer_busy")
            if answered is None:
                self._going.add(key)
        if answered is None:
            try:
                return self._prescribed(caller, draft, key, asked)
            finally:
                self._going.discard(key)
        if answered[0] != asked:
            raise SetupError("prescription_id_used")
        return answered[1]

    def _prescribed(self, caller: Caller, draft: bytes, key: tuple[str, bytes], asked: bytes) -> Signed:
        person = self.prescriber(caller)
        signer = self._signer(person)
        credential = person.vouched(self.seconds())[0].credential
        data = to_be_signed(draft, id=key[1], credential=credential, key=signer.key, now=self.now())
        signed = self._signed(caller, signer, credential, data, draft=ids.digest(key[1], draft))
        with self._lock:
            self._answers[key] = (asked, signed)
            while len(self._answers) > _MOST_ANSWERS:
                self._answers.popitem(last=False)
        return signed

    def prescriber(self, caller: Caller) -> Person:
        """The prescriber whom the caller is, who has a credential. ForbiddenError."""
        person = self._people.get(caller.user)
        if person is None or person.disabled:
            raise ForbiddenError("prescriber_unknown")
        if not person.credential:
            raise ForbiddenError("sign_no_credential")
        return person

    def begin_session(self, user: str, system: str) -> None:
        """Writes in the log that a local account was logged in to. StorageError."""
        person = self._people.get(user)
        self.log.append("local_session", self.now(), credential=person.id if person else "", system=system)

    # --- for the service ---

    def reload(self) -> None:
        """Takes in what has changed on the disk; what cannot be read leaves what was held in force, and is named in `stale`."""
        version = self._people_file.version()
        if version != self._people_version:
            try:
                self._people, self._people_version = self._people_file.read(), version
                self._people_fault = None
            except DprError as error:
                self._people_fault = error
        self._site.reload()

    def state(self) -> dict[str, Any]:
        """What /readyz tells: counts of prescribers by the state of their credentials, and the end of the log."""
        now = self.seconds()
        counts = {"in_force": 0, "ending_soon": 0, "not_in_force": 0, "without": 0, "disabled": 0}
        for person in list(self._people.values()):
            counts[_state_of(person, now)] += 1
        head = self.log.head
        return {"prescribers": counts, "log": {"sequence": head.sequence, "digest": head.digest}}

    def token_answers(self) -> None:
        """Has the token sign with a key that is nobody's. SetupError or StorageError where it does not answer."""
        if self._probe is None:
            known = PROBE in self._store.labels()
            self._probe = self._store.signer(PROBE) if known else self._store.create(PROBE)
        self._probe.sign(b"dpr signer: readiness")

    # --- within ---

    def _signer(self, person: Person) -> Signer:
        signer = self._signers.get(person.label)
        if signer is None:
            signer = self._signers[person.label] = self._store.signer(person.label)
        return signer

    def _credential_in(self, data: bytes, person: Person) -> bytes:
        """Which of the prescriber's credentials in force the header of a Sig_structure has; else the one to be used."""
        found = [one.credential for one in person.vouched(self.seconds())]
        header, _ = split_structure(data)
        return next((one for one in found if one in header), found[0])

    def _signed(self, caller: Caller, signer: Signer, credential: bytes, data: bytes, *, draft: bytes = b"") -> Signed:
        now = self.now()

        def record(signed: Signed) -> None:
            more = {"client": caller.client} if caller.client else {}
            self.log.append(
                "signed",
                now,
                credential=signed.credential_id,
                prescription=signed.prescription_id.hex(),
                sha256=signed.digest.hex(),
                how=caller.how,
                system=caller.system,
                **more | ({"draft": draft.hex()} if draft else {}),
            )

        def claim(id: bytes, digest: bytes) -> None:
            claimed.enter_context(self._ids.reserved(signer.key.thumbprint.hex()[:16], id, signed=digest, draft=draft))

        with ExitStack() as claimed:
            return sign_for(
                data,
                signer=signer,
                credential=credential,
                trust=self._site.trust,
                now=now,
                policy=self._site.policy,
                catalogue=self._site.catalogue,
                record=record,
                claim=claim,
            )


def _state_of(person: Person, now: int) -> str:
    if person.disabled:
        return "disabled"
    if not person.credential:
        return "without"
    used = person.vouched(now)[0]
    if not used.valid_from <= now < used.valid_until:
        return "not_in_force"
    return "ending_soon" if max(one.valid_until for one in person.vouched(now)) - now < _SOON_SECONDS else "in_force"
