"""Codes of several documents in any order, doubled, forged and begun anew, against a model that knows which were read."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dpr.core import qr
from dpr.core.errors import DocumentError
from dpr.core.qr_parts import Gathering
from tests.fuzz.machines import machine_settings
from tests.fuzz.site import SITE

DOCUMENTS = (SITE.prescriptions[0], SITE.prescriptions[1], SITE.credentials[0])
SETS = tuple(qr.to_texts(document, max_digits=digits) for document, digits in zip(DOCUMENTS, (400, 250, 300), strict=True))
WHICH, PLACE = st.integers(0, len(SETS) - 1), st.integers(0, 15)


def forged(text: str, index: int, total: int, chunk: bytes | None) -> str:
    """A code of the same set that says something else."""
    part = qr.read(text)
    assert isinstance(part, qr.Part)
    body = bytes((6,)) + part.set_id + bytes((index, total)) + (part.chunk if chunk is None else chunk)
    return f"DPR1{int.from_bytes(bytes((1,)) + body, 'big')}"


class Scanning(RuleBasedStateMachine):
    """Only genuine documents come out, each once, as soon as its last code is read; what is missing is what was not read; an
    error changes nothing."""

    @initialize()
    def begin(self) -> None:
        self.held = Gathering()
        self.read: dict[int, set[int]] = {which: set() for which in range(len(SETS))}
        self.poisoned: set[int] = set()

    def add(self, text: str) -> str:
        """`ok`, or the code of the error, after which everything is as it was."""
        before = self.held
        try:
            self.held = self.held.add(text)
        except DocumentError as error:
            assert self.held == before
            return error.code
        assert self.held.add(text) == self.held, "the same code again says nothing"
        return "ok"

    @rule(which=WHICH, place=PLACE)
    def scan(self, which: int, place: int) -> None:
        place %= len(SETS[which])
        ended = self.add(SETS[which][place])
        if which in self.poisoned:
            assert ended in ("ok", "qr_parts_differ", "qr_parts_damaged")
        else:
            assert ended == "ok"
            self.read[which].add(place)

    @rule(which=WHICH, place=PLACE)
    def scan_in_small_letters_with_line_breaks(self, which: int, place: int) -> None:
        if which not in self.poisoned:
            place %= len(SETS[which])
            text = SETS[which][place]
            assert self.add(text[:40].lower() + "\r\n" + text[40:] + "\r\n") == "ok"
            self.read[which].add(place)

    @rule(which=WHICH, place=PLACE, flip=st.integers(0, 40))
    def scan_a_forged_chunk(self, which: int, place: int, flip: int) -> None:
        place %= len(SETS[which])
        part = qr.read(SETS[which][place])
        assert isinstance(part, qr.Part)
        chunk = bytearray(part.chunk)
        chunk[flip % len(chunk)] ^= 1
        ended = self.add(forged(SETS[which][place], place, len(SETS[which]), bytes(chunk)))
        whole = len(self.read[which]) == len(SETS[which])
        if place in self.read[which] and which not in self.poisoned:
            assert ended == "qr_parts_differ"
        elif ended == "ok":
            assert not whole
            self.poisoned.add(which)
        else:
            assert ended in ("qr_parts_differ", "qr_parts_damaged")

    @rule(which=WHICH, total=st.integers(0, 17), index=st.integers(0, 17))
    def scan_another_total(self, which: int, total: int, index: int) -> None:
        if total == len(SETS[which]):
            return
        ended = self.add(forged(SETS[which][0], index, total, None))
        if not 2 <= total <= qr.MAX_PARTS or index >= total:
            assert ended == "qr_part_malformed"
        elif self.read[which] or which in self.poisoned:
            assert ended in ("qr_parts_differ", "ok") and (ended != "ok" or which in self.poisoned)
        elif ended == "ok":
            self.poisoned.add(which)

    @rule(which=WHICH)
    def begin_anew(self, which: int) -> None:
        self.held = self.held.forget(SETS[which][0])
        self.poisoned.discard(which)
        self.read[which].clear()

    @rule(text=st.sampled_from(["", "DPR2123", "DPR1x", "hello", "DPR1" + "9" * 4297, "DPR1\u0661\u0662"]))
    def scan_something_else(self, text: str) -> None:
        assert self.add(text) != "ok"

    @invariant()
    def only_genuine_documents_each_once(self) -> None:
        if hasattr(self, "held"):
            assert set(self.held.documents) <= set(DOCUMENTS) and len(set(self.held.documents)) == len(self.held.documents)
            for which, places in self.read.items():
                if len(places) == len(SETS[which]) and which not in self.poisoned:
                    assert DOCUMENTS[which] in self.held.documents

    @invariant()
    def what_is_missing_was_not_read(self) -> None:
        if not hasattr(self, "held"):
            return
        missing = {one.set_id: set(one.numbers) for one in self.held.missing}
        for which, places in self.read.items():
            part = qr.read(SETS[which][0])
            assert isinstance(part, qr.Part)
            if which not in self.poisoned:
                unread = {place + 1 for place in range(len(SETS[which]))} - {place + 1 for place in places}
                assert missing.get(part.set_id, set()) == (unread if places else set())


TestScanningMachine = Scanning.TestCase
TestScanningMachine.settings = machine_settings(40, 40)
