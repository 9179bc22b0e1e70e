"""Two sites, two relays on real ports: what one puts into its file, the other has in its ledger, and the answer comes back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dpr.apps.mailing import Mailing, read_status
from dpr.core.errors import SetupError
from dpr.core.mail.carriage import State
from tests.mailing.sites import Net


async def test_a_prescription_goes_from_one_file_to_the_others_ledger_and_back_comes_the_answer(tmp_path: Path) -> None:
    async with Net(tmp_path) as net, net.running("care", "pharmacy"):
        posted = net.post()
        await net.until(lambda: net.state(posted) is State.ACCEPTED)
        assert set(net.kinds(posted)) >= {"R1", "R2", "R3", "R4"}
        with net.site("pharmacy").ledger() as ledger:
            [seen] = ledger.prescriptions()
        assert (seen.path, seen.document) == ("relay", net.world.prescription_document())
        assert seen.proven_at > 0
    told = [one.code for one in net.told["care"] if one.what == "alarm"]
    assert told == [], "a relay was found to lie"


async def test_when_the_first_relay_is_dead_the_second_carries(tmp_path: Path) -> None:
    async with Net(tmp_path) as net:
        await net.rigs["relay a"].stop()
        async with net.running("care", "pharmacy"):
            posted = net.post()
            await net.until(lambda: net.state(posted) is State.ACCEPTED)
    assert {one.origin for one in net.told["care"] if one.what == "custody"} == {net.origin("relay b")}


async def test_a_pharmacy_that_was_away_gets_what_waits_over_both_relays_once(tmp_path: Path) -> None:
    async with Net(tmp_path) as net:
        async with net.running("care"):
            posted = net.post()
            await net.until(lambda: net.kinds(posted) == ["R1", "R1"])
        async with net.running("care", "pharmacy"):
            await net.until(lambda: net.state(posted) is State.ACCEPTED)
            await net.until(
                lambda: ("again", net.origin("relay b")) in acts(net) or ("again", net.origin("relay a")) in acts(net)
            )
        with net.site("pharmacy").ledger() as ledger:
            assert len(ledger.prescriptions()) == 1


def acts(net: Net) -> set[tuple[str, str]]:
    return {(one.what, one.origin) for one in net.told["pharmacy"]}


async def test_a_recall_before_anybody_fetched_it(tmp_path: Path) -> None:
    async with Net(tmp_path) as net, net.running("care"):
        posted = net.post()
        await net.until(lambda: "R1" in net.kinds(posted))
        with net.mail("care") as mail:
            mail.outbox.recall(posted.message_id, now=net.world.now)
        await net.until(lambda: net.state(posted) is State.WITHDRAWN)
        assert "W1" in net.kinds(posted)


async def test_one_message_can_be_carried_and_one_round_fetched_without_a_service(tmp_path: Path) -> None:
    async with Net(tmp_path) as net:
        posted = net.post()
        found = await net.mailing("care").carry_until(
            posted.message_id, seconds=10, enough=lambda standing: standing.state is State.IN_CUSTODY
        )
        assert found.state is State.IN_CUSTODY
        await net.mailing("pharmacy").collect_once(seconds=10)
        found = await net.mailing("care").carry_until(posted.message_id, seconds=10)
        assert found.state is State.ACCEPTED
        assert found.receipt is not None


async def test_there_is_one_service_for_a_site(tmp_path: Path) -> None:
    async with Net(tmp_path) as net, net.running("pharmacy"):
        await net.until(lambda: bool(net.told["pharmacy"]))
        with pytest.raises(SetupError, match="mail_already_running"):
            await Mailing(net.site("pharmacy")).run()


async def test_the_status_says_which_relays_answer(tmp_path: Path) -> None:
    async with Net(tmp_path) as net:
        assert read_status(tmp_path / "pharmacy") is None
        await net.rigs["relay b"].stop()
        async with net.running("pharmacy"):
            await net.until(lambda: len(getattr(read_status(tmp_path / "pharmacy"), "relays", {})) == 2)
            await asyncio.sleep(0)
        status = read_status(tmp_path / "pharmacy")
    assert status is not None
    assert status.relays[net.origin("relay a")].contact_at > 0
    assert status.relays[net.origin("relay b")].code == "relay_unreachable"
    assert status.queue.startswith("gln:")
    (tmp_path / "pharmacy" / "mail-status.json").write_text("{")
    assert read_status(tmp_path / "pharmacy") is None
