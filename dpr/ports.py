"""Every port on one page: what the flows need of the outside, and which errors may come out.

Rules: stores are synchronous, networks are async; one run has one event loop to itself. Any method may raise what its class
names and nothing else of ours. Fakes in tests/fakes mirror the adapters and pass the same contract tests.

Example: `async def report(ledger: Ledger, register: Register, now: int) -> …` in dpr.flows.report
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

import msgspec

from dpr.core import cbor
from dpr.core.backreg import Event, State
from dpr.core.errors import DprError, RegisterError
from dpr.core.keys import PublicKey
from dpr.core.ledger import Past
from dpr.core.mail.address_book import AddressBook
from dpr.core.mail.api import InboxAnswer
from dpr.core.mail.carriage import State as Carried
from dpr.core.mail.chain import Place
from dpr.core.mail.mail_key import SealingKey
from dpr.core.mail.receipt import ReceiptContent, ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.core.mail.retry import Copy
from dpr.core.mail.sealing import Outer, Sealed
from dpr.core.root import Root
from dpr.core.trust import Trust
from dpr.core.verify import Catalogue

__all__ = [
    "Alarm", "Answer", "BroughtIn", "Call", "Came", "Catalogue", "Clock", "DispensingRow", "Fetched", "Inbox", "KeyStore",
    "Ledger", "MailStore", "Mailbox", "MailboxFailed", "Mirror", "MirrorFailed", "Opener", "Outbox", "Outcome", "Posted",
    "QueueRow", "Quota", "Register", "Rejected", "Seen", "Shown", "Signer", "Silent", "StampReceipt", "Submission", "Submitted",
    "TrustStore", "Unreachable",
]  # fmt: skip


class Clock(Protocol):
    """Reads the time; only apps hold one."""

    def __call__(self) -> datetime: ...


class Signer(Protocol):
    """Signs with one private key. Raises SetupError when the key cannot be used, StorageError when what holds it fails."""

    @property
    def key(self) -> PublicKey: ...
    def sign(self, data: bytes) -> bytes:
        """r ‖ s for ES256, Ed25519's 64 bytes for EdDSA (RFC 9053 §2)."""
        ...


class KeyStore(Protocol):
    """Private keys by label, which never leave it (an HSM); many at a time, from several threads. Raises SetupError `token_…`
    for what is not there or not allowed, StorageError `token_…` when it fails."""

    def labels(self) -> Sequence[str]:
        """Of every key, sorted."""
        ...

    def signer(self, label: str) -> Signer:
        """The key with this label; costs little however many there are. SetupError `token_key_missing`."""
        ...

    def create(self, label: str, *, algorithm: str = "ES256") -> Signer:
        """A new key, durable when it returns. `label`: 1 to 64 characters; `algorithm`: `ES256` or `EdDSA`. SetupError
        `token_key_exists`, `token_label_invalid`."""
        ...


# --- the pharmacy's ledger ----------------------------------------------------------------------------------------------


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A prescription that the pharmacy has received. `items`: how many of its items, from 1 on, are to be registered before
    their dispensings (0: none, dpr.core.sinks); `path`: how it came first (`qr`, `file`, `relay`); instants in seconds;
    `clock`: the code of what was wrong with the clock then (dpr.core.ledger_checks), empty where nothing was; `proven_at`: when
    a relay's receipt says that it existed, 0 where none does, and `proof` that receipt (R1), to be judged when it is used."""

    prescription_id: bytes
    document: bytes
    credential: bytes
    items: int
    received_at: int
    path: str
    clock: str = ""
    proven_at: int = 0
    proof: bytes = b""


class DispensingRow(msgspec.Struct, frozen=True, kw_only=True):
    """One dispensing as the ledger holds it; `document` is the signed `dpr-dispensing`."""

    id: bytes
    prescription_id: bytes
    item: int
    number: int
    handed_over_at: int
    document: bytes


class QueueRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing owed to the register: an item's registration (`number` 0) or its dispensing `number`.

    `attempts` since it was queued; `not_before`: instant before which nothing is tried; `register_id`: what the register
    answered; `words`: the register's own words, or ours, for a pharmacist; `was_silent`: it is read back once more after
    it is registered, at `not_before`, until `confirmed`; `not_a_twin`: a pharmacist has said that what looks the same in the
    register is another prescription.
    """

    prescription_id: bytes
    item: int
    number: int
    state: State
    attempts: int = 0
    not_before: int = 0
    register_id: str | None = None
    words: str = ""
    was_silent: bool = False
    confirmed: bool = False
    not_a_twin: bool = False


class Ledger(Protocol):
    """The pharmacy's truth. Every method is one transaction, durable when it returns. Raises StorageError:
    `ledger_…` for a store that cannot be used, `dispensing_taken` where another attempt won."""

    def receive(self, seen: Seen) -> Seen:
        """Keeps a prescription and queues the registration of items 1 to `items`; returns the first `Seen` with this id.

        The same id again changes nothing, whatever the bytes (an ECDSA signature has a twin).
        """
        ...

    def prescription(self, prescription_id: bytes) -> Seen | None: ...
    def prescriptions(self) -> Sequence[Seen]: ...
    def history(self, prescription_id: bytes, item: int) -> tuple[Past, ...]:
        """Every dispensing of an item, by number."""
        ...

    def dispense(self, row: DispensingRow, *, seen: int) -> None:
        """Keeps a dispensing and queues its registration, if the ledger holds exactly `seen` dispensings of the item.

        Otherwise StorageError `dispensing_taken`: somebody else was first, and nothing is changed. Also
        `ledger_unknown_prescription` where it was never received. `row.number` is `seen` + 1.
        """
        ...

    def dispensing(self, prescription_id: bytes, item: int, number: int) -> DispensingRow | None: ...
    def dispensings(self) -> Sequence[DispensingRow]: ...
    def last_instants(self) -> tuple[int, ...]:
        """When the last prescription was received and the last dispensing handed over, as far as there are any."""
        ...

    def queue(self) -> Sequence[QueueRow]:
        """Every row, registrations before the dispensings of the same item, oldest first."""
        ...

    def queue_row(self, prescription_id: bytes, item: int, number: int) -> QueueRow | None: ...
    def advance(self, row: QueueRow, event: Event, **changes: Any) -> QueueRow:
        """The row after `event` (dpr.core.backreg), with `changes` to its other fields, if it still stands as in `row`.

        StorageError `queue_row_changed` when another process has moved it meanwhile; nothing is changed then.
        """
        ...


# --- the register (NLL) --------------------------------------------------------------------------------------------------


class Unreachable(RegisterError):
    """Nothing was sent, or nothing was done with it and no row is to blame (token, proxy, address). Code
    `register_unreachable`."""


class Silent(RegisterError):
    """It may have been sent and committed; no usable answer came. Code `register_silent`."""


class Rejected(RegisterError):
    """The register said no; `words` are its own (OperationOutcome), for a pharmacist, what may be a
    personal number masked. Code `register_rejected`."""

    def __init__(self, words: str, *, status: int) -> None:
        super().__init__("register_rejected", f"HTTP {status}")
        self.words = words
        self.status = status


class Call(NamedTuple):
    """Who calls the register, for its headers (domain.md §7): the acting pharmacist's and the pharmacy's ids, the patient
    reference where there is one, and an id for this request."""

    pharmacist_id: str
    pharmacy_gln: str
    patient_reference: str | None
    request_id: str


class Register(Protocol):
    """NLL or what stands in for it. Every method raises Unreachable, Silent or Rejected and nothing else."""

    async def reachable(self) -> bool:
        """Does it answer at all? Never raises."""
        ...

    async def patient_reference(self, system: str, value: str, call: Call) -> str | None:
        """`Patient/…` for an identifier, or None when the register does not know it."""
        ...

    async def create(self, resource: dict[str, Any], call: Call) -> str:
        """Creates a resource and returns the id that the register gave it."""
        ...

    async def find(self, resource_type: str, system: str, value: str, call: Call) -> list[dict[str, Any]]:
        """Every resource of a type with this identifier."""
        ...

    async def prescriptions_of(self, patient_reference: str, call: Call) -> list[dict[str, Any]]:
        """Every MedicationRequest of a patient, to look for a twin."""
        ...


# --- trust data, and where it is fetched --------------------------------------------------------------------------------


class Outcome(NamedTuple):
    """What became of one document; `place`: its number among those handed over, from 0 on; `kind`: its typ; `name`: its name in
    a published folder or a credential's id, as far as known; `code` and `detail`: why it was refused. `held`: nothing had to be
    done."""

    place: int
    state: Literal["taken", "held", "refused"]
    kind: str
    name: str
    code: str
    detail: str


class BroughtIn(NamedTuple):
    """One bringing in: every outcome, by place, and the instant in seconds before which it is not."""

    outcomes: tuple[Outcome, ...]
    floor: int

    def of(self, state: str) -> tuple[Outcome, ...]:
        """Those that were `taken`, `held` or `refused`."""
        return tuple(one for one in self.outcomes if one.state == state)


class TrustStore(Protocol):
    """What a site holds of trust data. Raises SetupError `trust_not_set_up`, DocumentError for what is torn, StorageError."""

    def root(self) -> Root: ...
    def load(self) -> Trust:
        """Everything that verifies."""
        ...

    def address_book(self) -> AddressBook:
        """The address book that is held. SetupError `address_book_missing`."""
        ...

    def bring_in(self, documents: Iterable[bytes], *, now: int, skew_seconds: int) -> BroughtIn:
        """Takes in what verifies and is newer, as one change that is durable when it returns, or not at all."""
        ...


class MirrorFailed(DprError):
    """A mirror did not give what it should: `mirror_unreachable`, `mirror_slow`, `mirror_too_large`, `mirror_answer`."""


class Answer(NamedTuple):
    """What a mirror gave: None where it says that nothing has changed; `etag` to ask with the next time, or empty."""

    data: bytes | None
    etag: str


class Mirror(Protocol):
    """A published folder somewhere else; whatever it gives is judged by who asked. Raises MirrorFailed and nothing else."""

    @property
    def name(self) -> str:
        """What people and records call it."""
        ...

    async def get(self, name: str, *, limit: int, etag: str = "") -> Answer | None:
        """The list of that name, of at most `limit` bytes, unless it is still the one of `etag`; None where it has none."""
        ...


# --- messages: the relay's store ----------------------------------------------------------------------------------------

#: Signs what a receipt says, at an instant in seconds (dpr.core.mail.stamp.Stamp).
StampReceipt = Callable[[ReceiptContent, int], bytes]


class Submission(NamedTuple):
    """A sealed message that a node hands over. `sender`: thumbprint of the submitting node's key; `digest`: SHA-256 of
    `sealed`."""

    sender: bytes
    outer: Outer
    sealed: bytes
    digest: bytes


class Submitted(NamedTuple):
    """What became of one: its R1, byte for byte the same each time; or why it was not taken (`receipt` empty): `mail_id_taken`,
    `mail_expired`, `queue_full`, `queue_share_full`, `sender_full`. `fresh`: it was not held before."""

    receipt: bytes
    fresh: bool
    code: str = ""


class Quota(NamedTuple):
    """What may be in custody at a time, in messages and bytes: of one queue, of one sender in one queue, of one sender."""

    queue: tuple[int, int]
    share: tuple[int, int]
    sender: tuple[int, int]


class Fetched(NamedTuple):
    """What a recipient gets. `sequence`, `head`: of the queue's last R1; the others as in dpr.core.mail.api.InboxAnswer."""

    sequence: int
    head: bytes
    chain: tuple[bytes, ...]
    messages: tuple[bytes, ...]
    ended: tuple[bytes, ...]


class MailStore(Protocol):
    """A relay's custody. Every method is one transaction (`submit` one for all), durable when it returns; several processes may
    use one store. Instants in seconds. Raises StorageError `mail_store_…` and nothing else."""

    def submit(self, submissions: Sequence[Submission], *, stamp: StampReceipt, quota: Quota, now: int) -> list[Submitted]:
        """Takes messages into custody, each with the next number of its queue and an R1 that names the one before."""
        ...

    def fetch(self, queue: str, *, after: int | None, most: int, most_bytes: int, lease_seconds: int, now: int) -> Fetched:
        """The oldest messages of a queue that nobody has leased, leased until now + `lease_seconds`, and the R1s after number
        `after`; None for a reader without a place, whose chain begins with the oldest message held. `most` 0 leases nothing."""
        ...

    def acknowledge(
        self, queue: str, digests: Sequence[bytes], receipts: Sequence[Attested], *, stamp: StampReceipt, now: int
    ) -> list[bytes]:
        """Keeps the recipient's receipts and stops holding what it names; the R2 of each digest that was ever fetched here, the
        same each time. A receipt for what is not known here, and a second R4 that differs, are left out."""
        ...

    def receipts(self, sender: bytes, message_id: bytes) -> list[bytes] | None:
        """Every receipt of a message in order; None where this sender has sent no such message here."""
        ...

    def withdraw(self, sender: bytes, message_id: bytes, *, stamp: StampReceipt, now: int) -> bytes | None:
        """The W1, and it is held no more; or the W2 where it was fetched or had ended; the same each time."""
        ...

    def expire(self, *, stamp: StampReceipt, now: int, most: int) -> int:
        """Ends messages whose not-after has come, each with an N1; how many."""
        ...

    def forget(self, *, before: int, most: int) -> int:
        """Removes what ended before an instant, and whose not-after was before it: from the beginning of a queue on, so that
        its chain has no gap, and never its last R1; how many."""
        ...

    def held(self) -> tuple[int, int]:
        """Messages and bytes in custody."""
        ...


# --- messages: a node -----------------------------------------------------------------------------------------------------


class MailboxFailed(DprError):
    """A relay did not do what was asked: `relay_unreachable`, `relay_slow`, `relay_answer` (not in the protocol), or the code
    that it gave. `final`: asking again cannot help. `retry_after_seconds`: what it asked for."""

    def __init__(self, code: str, detail: str = "", *, final: bool = False, retry_after_seconds: int | None = None) -> None:
        super().__init__(code, detail)
        self.final = final
        self.retry_after_seconds = retry_after_seconds


class Mailbox(Protocol):
    """One relay, or a pharmacy's own node, for one node of ours (docs/protocol.md §7). What it gives is bytes, to be judged by
    who asked. Raises MailboxFailed and nothing else."""

    @property
    def origin(self) -> str: ...
    async def submit(self, sealed: bytes) -> bytes:
        """The R1."""
        ...

    async def receipts(self, message_id: bytes, *, known: int = 0, wait_seconds: int = 0) -> tuple[bytes, ...]:
        """The receipts beyond the first `known`; waits for one where there is none yet."""
        ...

    async def withdraw(self, message_id: bytes) -> bytes:
        """The W1 or W2."""
        ...

    async def inbox(self, queue: str, *, after: int | None, wait_seconds: int, most: int = 20) -> InboxAnswer: ...
    async def acknowledge(self, queue: str, digests: Sequence[bytes], receipts: Sequence[bytes]) -> tuple[bytes, ...]:
        """The R2s."""
        ...


class Opener(Protocol):
    """The private keys that messages to us are sealed to."""

    @property
    def keys(self) -> Sequence[SealingKey]:
        """The public halves, the one to publish first."""
        ...

    def open(self, sealed: Sealed) -> bytes:
        """The signed message inside. DocumentError `mail_key_unknown`, `mail_not_opened`, `mail_padding`."""
        ...


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """A message in the outbox. `message_id`: 16 bytes; `origins`: the endpoints in their order when it was posted; `digest`:
    SHA-256 of what is sealed; `documents`: SHA-256 of each document; instants in seconds. `recalled_at`: when its sender asked
    for it back, 0 where not; `ended`: how it stood when nothing more was to be done, and `ended_at` when that was."""

    message_id: bytes
    queue: str
    origins: tuple[str, ...]
    digest: bytes
    documents: tuple[bytes, ...]
    posted_at: int
    not_after: int
    recalled_at: int = 0
    ended: Carried | None = None
    ended_at: int = 0


class Outbox(Protocol):
    """What a node has sent or is to send. Every method is one transaction, durable when it returns; several processes may use
    one outbox. Raises StorageError: `mail_file_…`, `message_not_in_outbox` for an id that is not there."""

    def put(self, posted: Posted, sealed: bytes, *, same: bytes, again: bool = False) -> Posted:
        """Keeps a message. Where one with the same `same` (32 bytes: what makes two of them one) is held and not `again`, the
        latest of those, unchanged."""
        ...

    def find(self, same: bytes) -> Posted | None:
        """The latest with this `same`."""
        ...

    def message(self, message_id: bytes) -> Posted: ...
    def messages(self, *, open_only: bool = False) -> Sequence[Posted]:
        """In the order posted."""
        ...

    def sealed(self, message_id: bytes) -> bytes: ...
    def copies(self, message_id: bytes) -> tuple[Copy, ...]:
        """One for each of its origins, in their order."""
        ...

    def keep_copy(self, message_id: bytes, copy: Copy) -> None:
        """In place of what was known of the message at that origin."""
        ...

    def keep_receipts(self, message_id: bytes, origin: str, receipts: Sequence[bytes]) -> int:
        """Keeps what is not held of this message already, byte for byte; how many that were."""
        ...

    def receipts(self, message_id: bytes) -> tuple[tuple[str, bytes], ...]:
        """(origin that gave it, receipt), in the order kept."""
        ...

    def recall(self, message_id: bytes, *, now: int) -> Posted:
        """Asks for a message back, once; one that has ended stays as it was."""
        ...

    def end(self, message_id: bytes, state: Carried, *, now: int) -> Posted:
        """Nothing more is to be done for it, once."""
        ...

    def forget(self, *, before: int) -> int:
        """Removes what ended before an instant; how many messages."""
        ...

    def changed(self) -> int:
        """A number that is another one after anybody else has changed something; cheap."""
        ...


class Shown(NamedTuple):
    """An R1 that a relay showed of our queue. `relay`: issuer of its credential, and its name; `shown_at`: instant in seconds,
    by our clock."""

    relay: tuple[str, str]
    queue: str
    sequence: int
    message_id: bytes
    digest: bytes
    receipt: bytes
    shown_at: int


class Head(NamedTuple):
    """The newest H1 that a relay has given for a queue. `relay`: as in `Shown`; `at`: its time, an instant in seconds by the
    relay's clock. Beside the R1 of a sender it shows that the relay kept a message from us."""

    relay: tuple[str, str]
    queue: str
    at: int
    receipt: bytes


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed message that came. `digest`: SHA-256 of it; `sender`: the credential of the node that signed it, empty where it
    was not opened; `answers`: our R3, R4 or N2 in that order, as far as they are made; `first_at`: instant in seconds."""

    digest: bytes
    queue: str
    message_id: bytes
    first_at: int
    sender: bytes = b""
    answers: tuple[bytes, ...] = ()


class Alarm(NamedTuple):
    """A relay did what it must not: `code` of docs/codes.md; `evidence`: signed receipts; `at`: instant in seconds.
    `settled_at`: when somebody (`settled_by`) said that it has been looked into; 0 while nobody has."""

    origin: str
    relay: tuple[str, str]
    queue: str
    code: str
    detail: str
    evidence: tuple[bytes, ...]
    at: int
    settled_at: int = 0
    settled_by: str = ""

    @property
    def digest(self) -> bytes:
        """Names it: SHA-256 of what makes two alarms one."""
        return hashlib.sha256(cbor.encode([*self.relay, self.queue, self.code, *self.evidence])).digest()


class Inbox(Protocol):
    """What a node has received, and how far it has read. Every method is one transaction, durable when it returns; several
    processes may use one inbox. Raises StorageError `mail_file_…`."""

    def relay_at(self, origin: str) -> tuple[str, str] | None:
        """Which relay answered there the last time."""
        ...

    def place(self, relay: tuple[str, str], queue: str) -> tuple[Place, bytes] | None:
        """How far a queue was read at a relay, and the receipt that ends there (an R1 or H1)."""
        ...

    def advance(
        self, origin: str, relay: tuple[str, str], queue: str, place: Place, last: bytes, shown: Sequence[Shown], *, watch: bool
    ) -> None:
        """Moves a place on, never back, and keeps what was shown up to there. `watch`: the messages of `shown` are to come."""
        ...

    def keep_head(self, head: Head) -> None:
        """Keeps it in place of the one before of this relay and queue, unless that is newer."""
        ...

    def heads(self) -> Sequence[Head]:
        """The newest of each relay and queue."""
        ...

    def shown(self, digest: bytes) -> Sequence[Shown]:
        """The R1s of one sealed message, of every relay."""
        ...

    def not_come(self, relay: tuple[str, str], queue: str, digests: Sequence[bytes]) -> None:
        """These are not to come any more: they expired, or were withdrawn."""
        ...

    def missing(self, *, before: int) -> Sequence[Shown]:
        """What was shown before an instant, is to come and has not, at any relay."""
        ...

    def came(self, digest: bytes, *, origin: str, queue: str, message_id: bytes, now: int) -> Came:
        """Keeps that a message came from a relay, which so lacks our answers; the same as the first time where it came
        before."""
        ...

    def opened(self, digest: bytes, *, sender: bytes, thumbprint: bytes) -> bytes:
        """Keeps who sent it. The digest of the first message of this sender (`thumbprint` of its key) with this one's id:
        another one where an id is used again."""
        ...

    def answer(self, digest: bytes, given: Mapping[ReceiptType, bytes]) -> tuple[bytes, ...]:
        """Keeps R3, R4 or N2, together, each where there is none of its type; all that are kept. An R4 and an N2 exclude each
        other: the one that is there stays."""
        ...

    def message(self, digest: bytes) -> Came | None:
        """The one with this digest."""
        ...

    def messages(self) -> Sequence[Came]:
        """In the order they came."""
        ...

    def unsent(self, origin: str, *, most: int) -> Sequence[Came]:
        """Messages that came from a relay and have an answer that it was not given yet, oldest first."""
        ...

    def sent(self, origin: str, digests: Mapping[bytes, int]) -> None:
        """A relay was given so many of the answers to these messages."""
        ...

    def raise_alarm(self, alarm: Alarm) -> bool:
        """Keeps an alarm, once for the same relay, queue, code and evidence; was it not there?"""
        ...

    def alarms(self) -> Sequence[Alarm]: ...
    def settle(self, digest: bytes, *, by: str, now: int) -> None:
        """Somebody has looked into an alarm; the first who says so stands. It is kept with its evidence."""
        ...

    def forget(self, *, before: int) -> int:
        """Removes messages that came before an instant and are answered, R1s shown and alarms settled before it; how many
        messages. An alarm that nobody has settled stays."""
        ...
