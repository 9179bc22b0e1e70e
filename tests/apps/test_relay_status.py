"""What `dpr relay status` calls a fault: each by itself, and none of what is in order."""

from __future__ import annotations

from typing import Any

import pytest

from dpr.apps import relay_status
from dpr.apps.mail_view import Sent
from dpr.core.mail.carriage import Standing, State
from dpr.ports import Posted

NOW = 1_800_000_000
GOOD: dict[str, Any] = {
    "service": {"pid": 7, "code": None},
    "relays": [{"answers": True}, {"answers": True}],
    "alarms": [{"settled_at": NOW}],
}
ALARMS = [{"settled_at": NOW}, {"settled_at": None}]


def waiting(since: int, recalled_at: int = 0) -> Sent:
    posted = Posted(
        message_id=bytes(16), queue="gln:7350000000009", origins=(), digest=bytes(32), documents=(), posted_at=since,
        not_after=NOW + 9999, recalled_at=recalled_at,
    )  # fmt: skip
    return Sent(posted, "", Standing(State.WAITING), (), 0, ())


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, None),
        ({"service": None}, "service_stopped"),
        ({"service": {"pid": 7, "code": "mail_file_full"}}, "service_failing"),
        ({"relays": []}, "relays_none"),
        ({"relays": [{"answers": True}, {"answers": False}]}, "relay_silent"),
        ({"alarms": ALARMS}, "alarm"),
    ],
)
def test_each_fault_is_named_and_what_is_in_order_is_none(changes: dict[str, Any], fault: str | None) -> None:
    assert relay_status.faults(GOOD | changes, [], NOW, 10) == ([fault] if fault else [])


def test_a_message_waits_too_long_after_the_limit_and_never_when_it_was_recalled() -> None:
    assert relay_status.faults(GOOD, [waiting(NOW - 600)], NOW, 10) == []
    assert relay_status.faults(GOOD, [waiting(NOW), waiting(NOW - 601)], NOW, 10) == ["messages_waiting"]
    assert relay_status.faults(GOOD, [waiting(NOW - 601)], NOW, 11) == []
    assert relay_status.faults(GOOD, [waiting(NOW - 601, recalled_at=NOW)], NOW, 10) == []
