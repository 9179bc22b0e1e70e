"""The model: what must hold of a whole history, whatever was killed, cut off, full or late.

Rules: each invariant is one function over a finished history that yields a sentence for every breach; its docstring is the
invariant. Nothing is assumed of how relay, sender or recipient work inside. Relays that are meant to misbehave are held to one
thing only: what they do to a message is found out, or does no harm.

Example: `broken(history)` → `[]`
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from dpr.core.mail.receipt import Outcome, ReceiptType
from dpr.core.mail.receipts import Attested
from tests.relay_faults.history import (
    Acked,
    Acknowledged,
    Alarm,
    Answered,
    Concluded,
    Delivered,
    History,
    Holds,
    Key,
    Letter,
    Recalled,
    Shown,
    Submitted,
    Told,
)

R1, R2, R3, R4 = ReceiptType.R1, ReceiptType.R2, ReceiptType.R3, ReceiptType.R4
N1, N2, W1 = ReceiptType.N1, ReceiptType.N2, ReceiptType.W1

#: What may be a clock's or a moment's fault.
NO_ACCUSATIONS = frozenset(("relay_head_old", "relay_gap"))


class Facts:
    """What several invariants ask of a history. Letters are known by the digest of what was sealed."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.letters: dict[Key, Letter] = {one.letter.key: one.letter for one in history.of(Submitted)}
        self.by_digest = {one.digest: one for one in self.letters.values()}
        self.delivered = {one.key for one in history.of(Delivered)}
        self.given = [one.receipt for one in history.of(Answered)]
        self.refused = {
            one.content.digest for one in self.given if one.content.type is N2 or one.content.outcome is Outcome.REJECTED
        }
        self.quarantined = {one.content.digest for one in self.given if one.content.type is N2}
        self.held = {one.relay: one.digests for one in history.of(Holds)}
        self.acked = {(one.relay, digest) for one in history.of(Acked) for digest in one.digests}
        self.seen = [*self._receipts()]
        self.ended = {(relay, one.content.digest) for _, relay, one in self.seen if one.content.type in (N1, W1)}

    def _receipts(self) -> Iterator[tuple[int, str, Attested]]:
        """Every relay's and recipient's receipt that anybody was shown: place in the history, by which relay, receipt."""
        for at, event in enumerate(self.history.events):
            if isinstance(event, Acknowledged | Told):
                yield at, event.relay, event.receipt
            elif isinstance(event, Shown):
                yield from ((at, event.relay, one) for one in (*event.chain, *event.ended, event.head))

    def of(self, kind: ReceiptType, *, honest: bool = True) -> Iterator[tuple[int, str, Attested]]:
        """Those of one type; of honest relays only."""
        bad = self.history.malicious if honest else ()
        return ((at, relay, one) for at, relay, one in self.seen if one.content.type is kind and relay not in bad)


def nothing_acknowledged_is_lost(facts: Facts) -> Iterator[str]:
    """What an honest relay gave an R1 for is still held there, or was acknowledged by the recipient, or has its N1 or W1 there;
    and what the recipient acknowledged it has taken, or has refused by an N2 or R4."""
    given = {(relay, one.content.digest or b"") for _, relay, one in facts.of(R1)}
    for relay, digest in sorted(given - facts.acked - facts.ended):
        if relay in facts.held and digest not in facts.held[relay]:
            yield f"{relay} has neither held nor ended {digest.hex()[:12]}"
    for event in facts.history.of(Acked):
        for digest in event.digests:
            letter = facts.by_digest.get(digest)
            if letter and letter.key not in facts.delivered and digest not in facts.refused:
                yield f"{digest.hex()[:12]} was acknowledged to {event.relay} and never taken"


def none_is_new_twice(facts: Facts) -> Iterator[str]:
    """A recipient takes each message (sender, id) for new at most once, however many copies come over however many relays."""
    count: dict[tuple[str, Key], int] = defaultdict(int)
    for event in facts.history.of(Delivered):
        count[event.queue, event.key] += 1
    for (queue, key), times in count.items():
        if times > 1:
            yield f"{key[1].hex()} was new {times} times in {queue}"


def one_answer(facts: Facts) -> Iterator[str]:
    """A message has at most one R3, one R4 and one N2, the same bytes each time and by whatever way they come, and no N2 beside
    an R3 or R4."""
    found: dict[tuple[str, bytes | None, bytes | None], dict[ReceiptType, set[bytes]]] = defaultdict(lambda: defaultdict(set))
    for one in [*facts.given, *(receipt for _, _, receipt in facts.seen)]:
        content = one.content
        if content.type in (R3, R4, N2):
            found[content.queue, content.message_id, content.digest][content.type].add(one.digest)
    for (_, message, _), kinds in found.items():
        for kind, digests in kinds.items():
            if len(digests) > 1:
                yield f"{message.hex() if message else ''} has {len(digests)} different {kind.name}"
        if N2 in kinds and len(kinds) > 1:
            yield f"{message.hex() if message else ''} has an N2 beside {sorted(one.name for one in kinds)}"


def one_chain(facts: Facts) -> Iterator[str]:
    """The R1s of a queue at an honest relay are one chain for everybody: one receipt for a number, each naming the one before;
    an H1 names the R1 of its number, and is never behind an R1 that was known before it was asked for."""
    chain: dict[tuple[str, str], dict[int, Attested]] = defaultdict(dict)
    known_at: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for at, relay, one in facts.of(R1):
        place, number = (relay, one.content.queue), one.content.sequence or 0
        if chain[place].setdefault(number, one).digest != one.digest:
            yield f"{relay} has given number {number} of {one.content.queue} twice"
        known_at[place].append((at, number))
    for (relay, queue), numbers in chain.items():
        for number, one in numbers.items():
            before = numbers.get(number - 1)
            if before is not None and one.content.previous != before.digest:
                yield f"{relay}: number {number} of {queue} does not name the one before"
    for event in facts.history.of(Shown):
        if event.relay in facts.history.malicious:
            continue
        place, number = (event.relay, event.queue), event.head.content.sequence or 0
        named = chain[place].get(number)
        if named is not None and named.digest != event.head.content.head:
            yield f"{event.relay}: the H1 at {number} of {event.queue} names another R1"
        if any(at < event.asked and known > number for at, known in known_at[place]):
            yield f"{event.relay}: the H1 at {number} of {event.queue} is behind an R1 that was given before"


def the_same_each_time(facts: Facts) -> Iterator[str]:
    """An honest relay has one R1, one R2, one N1, one W1 and one W2 for a copy, the same bytes each time it is asked."""
    found: dict[tuple[str, bytes | None, ReceiptType], set[bytes]] = defaultdict(set)
    for kind in (R1, R2, N1, W1, ReceiptType.W2):
        for _, relay, one in facts.of(kind):
            found[relay, one.content.digest, kind].add(one.digest)
    for (relay, digest, kind), several in found.items():
        if len(several) > 1:
            yield f"{relay} has given {len(several)} different {kind.name} for {digest.hex()[:12] if digest else ''}"


def an_end_is_an_end(facts: Facts) -> Iterator[str]:
    """At an honest relay: custody begins before not-after; an N1 comes at or after it; a W1 only where the sender has asked and
    nobody was handed the message, before or after; an R2 only where the recipient has acknowledged; nothing is handed out by a
    poll that was asked after the end of that copy was known."""
    ends: dict[tuple[str, bytes | None], tuple[int, ReceiptType]] = {}
    recalled = {one.key for one in facts.history.of(Recalled)}
    for kind in (R1, N1, W1, R2):
        for at, relay, one in facts.of(kind):
            letter = facts.by_digest.get(one.content.digest or b"")
            name = f"{relay}: {kind.name} of {(one.content.digest or b'').hex()[:12]}"
            if letter and kind is R1 and one.at >= letter.not_after:
                yield f"{name} after not-after"
            if letter and kind is N1 and one.at < letter.not_after:
                yield f"{name} before not-after"
            if letter and kind is W1 and letter.key not in recalled:
                yield f"{name} that nobody asked for"
            if kind is R2 and (relay, one.content.digest) not in facts.acked:
                yield f"{name} without an acknowledgement"
            if kind is not R1:
                ends.setdefault((relay, one.content.digest), (at, kind))
    for event in facts.history.of(Shown):
        for digest in event.messages:
            at, kind = ends.get((event.relay, digest), (len(facts.history), R1))
            if event.relay not in facts.history.malicious and (at < event.asked or kind is W1):
                yield f"{event.relay} has handed out {digest.hex()[:12]} in spite of its {kind.name}"


def nothing_is_invented(facts: Facts) -> Iterator[str]:
    """What is new to the recipient is what a sender has put in its outbox: the same sender, id and documents. What an honest
    relay hands out is byte for byte what was submitted, and stands in the chain that it has shown."""
    for event in facts.history.of(Delivered):
        letter = facts.letters.get(event.key)
        if letter is None or (letter.queue, letter.documents) != (event.queue, event.documents):
            yield f"{event.key[1].hex()} is not what its sender sent"
    in_chain: set[tuple[str, bytes | None]] = set()
    for shown in facts.history.of(Shown):
        in_chain |= {(shown.relay, one.content.digest) for one in shown.chain}
        for digest in shown.messages if shown.relay not in facts.history.malicious else ():
            if digest not in facts.by_digest:
                yield f"{shown.relay} has handed out {digest.hex()[:12]}, which nobody sent"
            if (shown.relay, digest) not in in_chain:
                yield f"{shown.relay} has handed out {digest.hex()[:12]} before its R1"


def drops_are_found(facts: Facts) -> Iterator[str]:
    """A message that a misbehaving relay has given an R1 for was taken all the same (or refused by an N2, or withdrawn by the
    sender, or its copy at an honest relay is held or has ended there), or that relay was found out by name."""
    accused = {one.relay for one in facts.history.of(Alarm)}
    recalled = {one.key for one in facts.history.of(Recalled)}
    honest = {one.content.digest for _, _, one in facts.of(R1)}
    for _, relay, one in facts.of(R1, honest=False):
        letter = facts.by_digest.get(one.content.digest or b"")
        if relay not in facts.history.malicious or letter is None or relay in accused:
            continue
        if letter.key in facts.delivered | recalled or letter.digest in facts.quarantined | honest:
            continue
        yield f"{relay} has dropped {letter.digest.hex()[:12]} and nobody has noticed"


def alarms_are_true(facts: Facts) -> Iterator[str]:
    """Nobody accuses an honest relay, whatever the network does. That a head is not of now, or a number is not there yet, is no
    accusation; and whose clock is wrong by minutes seems to withhold what it has leased."""
    for event in facts.history.of(Alarm):
        signs = NO_ACCUSATIONS | ({"relay_withholds"} if event.relay in facts.history.wrong_clocks else set())
        if event.relay not in facts.history.malicious and event.code not in signs:
            yield f"{event.relay} is accused of {event.code}"


def the_sender_is_told_right(facts: Facts) -> Iterator[str]:
    """When all is over the sender's state is what has become of the message: accepted or rejected as the recipient's R4 says;
    quarantined where it gave an N2; withdrawn or expired only where the recipient has not taken it, and waiting or in custody
    neither, when there was time enough to hear of it."""
    untaken = ("withdrawn", "expired", "waiting", "in_custody") if facts.history.settled else ("withdrawn",)
    answers = {
        one.content.digest: one.content.outcome.name.lower()
        for one in facts.given
        if one.content.type is R4 and one.content.outcome is not None
    }
    for event in facts.history.of(Concluded):
        letter = facts.letters[event.key]
        name, said = letter.key[1].hex(), answers.get(letter.digest)
        if event.state in ("accepted", "rejected") and event.state != said:
            yield f"{name} is {event.state} to its sender; the recipient said {said}"
        if event.state == "quarantined" and letter.digest not in facts.quarantined:
            yield f"{name} is quarantined to its sender; the recipient never said so"
        if event.state in untaken and event.key in facts.delivered:
            yield f"{name} is {event.state} to its sender; the recipient has taken it"


#: Every invariant by its name.
INVARIANTS: dict[str, Callable[[Facts], Iterator[str]]] = {
    one.__name__: one
    for one in (
        nothing_acknowledged_is_lost,
        none_is_new_twice,
        one_answer,
        one_chain,
        the_same_each_time,
        an_end_is_an_end,
        nothing_is_invented,
        drops_are_found,
        alarms_are_true,
        the_sender_is_told_right,
    )
}


def broken(history: History) -> list[tuple[str, str]]:
    """Every breach: the invariant's name and what happened."""
    facts = Facts(history)
    return [(name, what) for name, invariant in INVARIANTS.items() for what in invariant(facts)]
