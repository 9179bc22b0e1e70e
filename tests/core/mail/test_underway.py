"""What is to be done for a message now: handing over, asking, taking back, and when it is over."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dpr.core.mail import receipts
from dpr.core.mail.carriage import State
from dpr.core.mail.following import FOLLOWED_SECONDS, LATE_SECONDS, pause_seconds
from dpr.core.mail.receipt import Outcome, ReceiptContent, ReceiptType
from dpr.core.mail.receipts import Attested
from dpr.core.mail.retry import Copy, Timing
from dpr.core.mail.underway import Asking, UnderWay, actions, looks_again_at
from tests.mail_world import QUEUE, MailWorld

A, B = "https://a.test", "https://b.test"
WORLD = MailWorld()
TRUST = WORLD.trust()
NOW = float(WORLD.now)
NEEDS: dict[str, dict[str, Any]] = {
    "R1": {"sequence": 1, "previous": bytes(32)},
    "R2": {"sequence": 1},
    "R3": {"documents": (bytes(32),)},
    "R4": {"documents": (bytes(32),), "outcome": Outcome.ACCEPTED},
    "N1": {"sequence": 1},
    "N2": {"code": "mail_not_opened"},
    "W1": {"sequence": 1},
    "W2": {"sequence": 1},
}


def receipt(name: str) -> Attested:
    stamp = WORLD.pharmacy_stamp() if name in ("R3", "R4", "N2") else WORLD.stamp()
    about = {"type": ReceiptType[name], "queue": QUEUE, "message_id": bytes(16), "digest": bytes(32)}
    return receipts.read(stamp(ReceiptContent(**about, **NEEDS[name]), WORLD.now), TRUST)


def way(*held: str, recalled: bool = False, busy: set[Any] | None = None, **copies: dict[str, Any]) -> UnderWay:
    return UnderWay(
        posted_at=WORLD.now - 60, not_after=WORLD.now + 3600, recalled_at=WORLD.now if recalled else 0,
        copies={origin: Copy(origin=origin, **copies.get(name, {})) for name, origin in (("a", A), ("b", B))},
        held=[(A, receipt(one)) for one in held], busy=busy or set(),
    )  # fmt: skip


def found(message: UnderWay, *, now: float = NOW, blocked: dict[str, float] | None = None) -> set[tuple[str, str]]:
    due = actions(message, now=now, timing=Timing(), blocked=blocked or {})
    return {(one.what, one.origin) for one in due if one.at <= now}


TRIED, HELD = {"tried_at": NOW - 5}, {"tried_at": NOW - 5, "custody_at": NOW - 5}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (way(), {("submit", A)}),
        (way(a=TRIED), {("submit", A), ("submit", B)}),
        (way("R1", a=HELD), {("ask", A)}),
        (way("R1", a={"tried_at": NOW - 90, "custody_at": NOW - 90}), {("ask", A), ("submit", B)}),
        (way("R1", "R2", a={"tried_at": NOW - 90, "custody_at": NOW - 90}), {("ask", A), ("submit", B)}),
        (way("R1", "R3", a={"tried_at": NOW - 90, "custody_at": NOW - 90}), {("ask", A)}),
        (way("R1", a=HELD, busy={("ask", A)}), set()),
        (way(recalled=True), set()),
        (way("R1", a=HELD, b=TRIED, recalled=True), {("recall", A), ("recall", B), ("ask", A)}),
        (way("R1", a=HELD, b=TRIED, recalled=True, busy={("submit", B)}), {("recall", A), ("ask", A)}),
        (way("R1", "W2", a=HELD, recalled=True), {("ask", A)}),
        (way("R1", "W1", a=HELD | {"ended": True}, recalled=True), set()),
        (way("R1", "W1", a=HELD | {"ended": True}), {("ask", A), ("submit", B)}),
        (way("R1", "N1", a=HELD | {"ended": True}), {("ask", A), ("submit", B)}),
    ],
)
def test_what_is_to_be_done(message: UnderWay, expected: set[tuple[str, str]]) -> None:
    assert found(message) == expected


def test_after_not_after_nothing_is_handed_over_but_receipts_are_asked_for() -> None:
    message = way("R1", a={"tried_at": NOW - 90, "custody_at": NOW - 90})
    assert found(message, now=NOW + 3600) == {("ask", A)}
    expired = way("R1", "N1", a=HELD | {"ended": True})
    assert found(expired, now=NOW + 3600) == {("ask", A)}


def test_a_relay_that_is_left_alone_is_asked_for_nothing() -> None:
    message = way("R1", a={"tried_at": NOW - 90, "custody_at": NOW - 90}, recalled=False)
    assert found(message, blocked={A: NOW + 9}) == {("submit", B)}
    message.asking[A] = Asking(next_at=NOW + 3)
    assert found(message) == {("submit", B)}


@pytest.mark.parametrize(
    ("message", "now", "expected"),
    [
        (way(), NOW, None),
        (way(), NOW + 3600, State.EXPIRED),
        (way("R1", a=HELD), NOW + 3600, None),
        (way("R1", a=HELD), NOW + 3600 + FOLLOWED_SECONDS, State.IN_CUSTODY),
        (way("R1", "N1", a=HELD | {"ended": True}), NOW + 3600, None),
        (way("R1", "N1", a=HELD | {"ended": True}), NOW + 3600 + LATE_SECONDS, State.EXPIRED),
        (way("R1", "N1", "R4", a=HELD | {"ended": True}), NOW + 3600, State.ACCEPTED),
        (way("R1", "R4", a=HELD), NOW, State.ACCEPTED),
        (way("R1", "N2", a=HELD), NOW, State.QUARANTINED),
        (way(recalled=True), NOW, State.WITHDRAWN),
        (way(recalled=True, busy={("submit", A)}), NOW, None),
        (way("R1", "W1", a=HELD | {"ended": True}, recalled=True), NOW, State.WITHDRAWN),
        (way("R1", "W1", a=HELD | {"ended": True}, b=TRIED, recalled=True), NOW, None),
        (way("R1", "W1", a=HELD | {"ended": True}, b=TRIED, recalled=True), NOW + 3600, State.WITHDRAWN),
        (way("R1", "W1", a=HELD | {"ended": True}, b=HELD | {"ended": True}), NOW, None),
        (way("R1", "W1", a=HELD | {"ended": True}), NOW + 3600 + LATE_SECONDS, State.EXPIRED),
        (way("R1", "W2", a=HELD, recalled=True), NOW, None),
        (way("R1", "W2", "R4", a=HELD, recalled=True), NOW, State.ACCEPTED),
    ],
)
def test_when_it_is_over(message: UnderWay, now: float, expected: State | None) -> None:
    assert message.ends_as(now) is expected


def test_an_r1_that_is_held_says_custody_where_the_run_that_got_it_was_killed() -> None:
    message = way("R1", a=TRIED)
    message.take_custody_from_receipts(NOW)
    assert message.copies[A].custody_at == NOW
    forgotten = way("R1", a=TRIED | {"code": "relay_forgot"})
    forgotten.take_custody_from_receipts(NOW)
    assert not forgotten.copies[A].custody_at


def test_time_alone_is_looked_at_when_it_may_change_something() -> None:
    assert looks_again_at(way(), NOW) == NOW + 3600
    assert looks_again_at(way(), NOW + 3600) == NOW + 3600 + LATE_SECONDS
    assert looks_again_at(way(), NOW + 3600 + LATE_SECONDS) == NOW + 3600 + FOLLOWED_SECONDS


@pytest.mark.parametrize(("age", "waited", "pause"), [(10, True, 0), (10, False, 2), (1200, True, 60), (1e6, False, 300)])
def test_the_older_a_message_the_rarer_it_is_asked_for(age: float, waited: bool, pause: float) -> None:
    assert pause_seconds(age, waited=waited, random=0.999999) == pytest.approx(pause, rel=1e-5)
    assert pause_seconds(age, waited=waited, random=0.0) == pause / 2


def test_a_copy_is_as_it_was_when_nothing_happened() -> None:
    message = way("R1", a=HELD)
    before = msgspec.structs.asdict(message.copies[A])
    actions(message, now=NOW, timing=Timing(), blocked={})
    assert msgspec.structs.asdict(message.copies[A]) == before
