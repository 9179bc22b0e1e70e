"""What the relay's measurements rest on: messages that a relay takes, and large stores whose rows are as it writes them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from benchmarks import relay, relay_load, relay_size, relay_way
from dpr.adapters.mail_store_sql import SqlMailStore
from dpr.core.mail import sealing
from tests.mail_world import QUEUE, MailWorld


def test_made_messages_are_sealed_ones_to_a_relay(tmp_path: Path) -> None:
    now = MailWorld().now
    made = [*relay_load.messages(6, now, queues=2)]
    parts = [sealing.read(one) for one in made]
    assert len({one.outer.id for one in parts}) == 6 and len({one.outer.content.queue for one in parts}) == 2
    assert parts[0].outer.content.queue == QUEUE and len(made[0]) == len(MailWorld().sealed())
    relay_load.write(tmp_path / "file", iter(made))
    assert relay_load.read(tmp_path / "file") == made
    moved = relay_way.addressed(made, ["key:" + "a" * 32])
    assert {sealing.read(one).outer.content.queue for one in moved} == {"key:" + "a" * 32}


def test_a_filled_store_carries_messages_and_its_counts_are_right(tmp_path: Path) -> None:
    relay_size.fill(tmp_path / "store.db", 3_000)
    with SqlMailStore.open(tmp_path / "store.db", now=relay_size.WORLD.now) as store:
        before = store.held()
        cost = relay_size.round_of(store, 0, relay_size.WORLD.now)
        assert before[0] >= 3_000 and store.held() == before and cost.whole > 0
    with sqlite3.connect(tmp_path / "store.db") as db:
        [(queues, shares, senders, held)] = db.execute(
            "SELECT (SELECT sum(held) FROM mail_queues), (SELECT sum(held) FROM mail_shares),"
            " (SELECT sum(held) FROM mail_senders), (SELECT count(*) FROM mail_held)"
        ).fetchall()
        assert queues == shares == held and abs(senders - held) <= 1


def test_a_ratio_is_to_the_smaller_of_both_and_the_median_of_its_rounds() -> None:
    found = {"nothing": [1000.0, 400.0, 800.0], "x_submits": [300.0, 300.0, 300.0], "x_batches": [600.0, 900.0, 2000.0]}
    assert relay.ratio(found, "x") == pytest.approx(0.5)
