"""Many documents at once: the same answers as one by one, in order, whatever happens to a worker."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from dpr.adapters import verify_many as module
from dpr.adapters.verify_many import Judged, verify_many
from dpr.core import documents
from dpr.core.errors import DprError, StorageError
from dpr.core.status import Status
from dpr.core.verify import Accepted, verify
from tests.world import DAY, World

NOW = datetime.fromtimestamp(World().now, UTC)
VECTORS = Path(__file__).resolve().parent.parent / "vectors"
CHILDREN = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")


def mixed(world: World, count: int) -> list[bytes]:
    """Good prescriptions of two prescribers, and every one-fault vector of prescriptions between them."""
    faulty = [bytes.fromhex(one["input"]) for one in json.loads((VECTORS / "prescription.json").read_text("utf-8"))["vectors"]]
    value, credential = world.prescription(), world.credential()
    good = [
        documents.sign(
            documents.PRESCRIPTION,
            msgspec.structs.replace(value, id=number.to_bytes(16, "big")),
            world.prescriber,
            credential=credential,
        )
        for number in range(count)
    ]
    return [one for pair in zip(good, faulty * (count // len(faulty) + 1), strict=False) for one in pair]


def one_by_one(given: list[bytes], world: World) -> list[tuple[str, object]]:
    verdicts = [verify(one, world.trust(), NOW, policy=world.policy) for one in given]
    return [("accepted" if isinstance(one, Accepted) else one.code, one.checks) for one in verdicts]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are started for few documents already."""
    monkeypatch.setattr(module, "MANY", 20)
    monkeypatch.setattr(module, "_CHUNK", 8)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_answers_are_those_of_verify_in_order(few: None, workers: int) -> None:
    world = World()
    given = mixed(world, 150)
    judged = list(verify_many(given, world.trust(), NOW, policy=world.policy, workers=workers))
    assert [(one.code, one.checks) for one in judged] == one_by_one(given, world)
    assert sum(one.accepted for one in judged) >= 150
    assert len({one.digest for one in judged}) == len(set(given))
    assert judged[0].id == "00" * 16 and all(one.id for one in judged if one.accepted)


def test_any_bytes_are_a_result(few: None) -> None:
    world = World()
    given = [b"", b"\xd2\x84", os.urandom(300), b"\xd2" * 5000] * 20
    judged = list(verify_many(given, world.trust(), NOW, policy=world.policy, workers=2))
    assert len(judged) == len(given) and not any(one.accepted for one in judged)


def test_nothing_gives_nothing() -> None:
    assert list(verify_many([], World().trust(), NOW, policy=World().policy)) == []


def test_documents_are_read_as_they_are_needed(few: None) -> None:
    world, read = World(), 0
    document = world.prescription_document()

    def endless() -> Iterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield document

    results = verify_many(endless(), world.trust(), NOW, policy=world.policy, workers=2)
    for _ in range(100):
        assert next(results).accepted
    assert read <= 100 + 20 + 8 * 2 * 4 + 8
    results.close()  # type: ignore[attr-defined]


def test_large_documents_are_few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MANY_BYTES", 100_000)
    monkeypatch.setattr(module, "_CHUNK_BYTES", 50_000)
    world, read = World(), 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield bytes(10_000)

    results = verify_many(endless(), world.trust(), NOW, policy=world.policy, workers=2)
    for _ in range(12):
        assert not next(results).accepted
    assert 10 + 5 < read <= 10 + 5 * (2 * 4 + 1) + 1
    results.close()  # type: ignore[attr-defined]


def test_a_trust_as_of_then_shares_what_is_remembered() -> None:
    world = World()
    trust = world.trust()
    earlier = trust.known_at(world.now - 2 * 3600)
    assert earlier is not trust and earlier.remembered is trust.remembered
    early = world.prescription_document(world.prescription(authored_at=world.now - 3 * 3600))
    [judged] = verify_many([(early, NOW - timedelta(hours=2))], trust, NOW, policy=world.policy)
    assert judged.accepted
    assert trust.remembered


def test_a_document_with_its_own_time_is_judged_as_of_then_by_what_is_known_now() -> None:
    world = World()
    document = world.prescription_document()
    then = NOW - timedelta(seconds=30)  # before the lists of today, an hour and ten minutes old, there were none
    earlier, trust = NOW - timedelta(hours=2), world.trust()
    early = world.prescription_document(world.prescription(authored_at=world.now - 3 * 3600))
    judged = list(verify_many([(document, then), (early, earlier), early], trust, earlier, policy=world.policy))
    assert [one.code for one in judged] == ["accepted", "accepted", "accepted"]
    assert "clock_behind" in {check.code for check in judged[2].checks}
    assert [check.age_seconds for check in judged[1].checks if check.step in (1, 2)] == [0, 0]
    late = list(verify_many([(document, NOW + timedelta(days=500))], trust, NOW, policy=world.policy))
    assert late[0].code == "expired"
    revoked = world.trust(status={7: Status.REVOKED})
    assert [one.code for one in verify_many([(early, earlier)], revoked, NOW, policy=world.policy)] == ["credential_revoked"]
    assert trust.known_at(world.now + DAY) is trust


def test_a_time_without_a_zone_is_misuse() -> None:
    world = World()
    with pytest.raises(ValueError, match="aware"):
        list(verify_many([(b"", datetime(2026, 11, 21))], world.trust(), NOW, policy=world.policy))


def test_a_product_file_that_is_none_is_named_before_anything_is_judged(tmp_path: Path) -> None:
    world = World()
    with pytest.raises(StorageError, match="products_file_missing"):
        next(verify_many([b""], world.trust(), NOW, policy=world.policy, catalogue_path=tmp_path / "products.db"))


def children() -> set[int]:
    return {int(pid) for pid in CHILDREN.read_text().split() if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()}


@pytest.mark.skipif(not CHILDREN.exists(), reason="needs /proc")
def test_a_worker_that_dies_is_a_named_error_and_no_worker_is_left(few: None) -> None:
    world = World()
    document, before = world.prescription_document(), children()
    results = verify_many((document for _ in iter(int, 1)), world.trust(), NOW, policy=world.policy, workers=2)
    for _ in range(200):
        next(results)
    os.kill(min(children() - before), signal.SIGKILL)
    with pytest.raises(DprError, match="batch_worker_died"):
        for _ in range(100_000):
            next(results)
    assert children() <= before


@pytest.mark.skipif(not CHILDREN.exists(), reason="needs /proc")
def test_whoever_stops_listening_leaves_no_worker(few: None) -> None:
    world = World()
    document, before = world.prescription_document(), children()
    results = verify_many((document for _ in iter(int, 1)), world.trust(), NOW, policy=world.policy, workers=2)
    for _ in range(200):
        next(results)
    assert children() - before
    results.close()  # type: ignore[attr-defined]
    assert children() <= before


@pytest.mark.skipif(not CHILDREN.exists(), reason="needs /proc")
def test_a_worker_never_hears_ctrl_c_from_its_first_instruction_on(few: None) -> None:
    world = World()
    document, before = world.prescription_document(), children()
    results = verify_many((document for _ in iter(int, 1)), world.trust(), NOW, policy=world.policy, workers=2)
    next(results)
    workers = children() - before
    assert workers
    for pid in workers:
        fields = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        assert int(fields["SigBlk"], 16) & 1 << (signal.SIGINT - 1)
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    results.close()  # type: ignore[attr-defined]


_ENDLESS = """
import sys
from datetime import UTC, datetime
from dpr.adapters import verify_many as module
from tests.world import World

if __name__ == "__main__":
    module.MANY, world = 20, World()
    document = world.prescription_document()
    now = datetime.fromtimestamp(world.now, UTC)
    endless = (document for _ in iter(int, 1))
    for number, _ in enumerate(module.verify_many(endless, world.trust(), now, policy=world.policy, workers=2)):
        if number == 2000:
            print("going", flush=True)
"""


@pytest.mark.skipif(not CHILDREN.exists(), reason="needs /proc")
@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "killed"])
def test_an_audit_that_is_ended_leaves_no_worker(tmp_path: Path, signal_number: int) -> None:
    script = tmp_path / "endless.py"
    script.write_text(_ENDLESS)
    root = str(Path(__file__).resolve().parent.parent.parent)
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": root},
        start_new_session=True,
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == b"going\n"
        workers = [int(one) for one in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
        assert len(workers) >= 2
        if signal_number == signal.SIGINT:
            os.killpg(process.pid, signal_number)  # as a terminal does: to everybody in front of it
        else:
            process.kill()
        process.wait(20)
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{one}").exists() for one in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [one for one in workers if Path(f"/proc/{one}").exists()]


def test_a_result_is_small() -> None:
    world = World()
    judged = list(verify_many([world.prescription_document()], world.trust(), NOW, policy=world.policy))
    assert isinstance(judged[0], Judged) and len(msgspec.msgpack.encode(judged)) < 600


def test_a_trust_goes_to_a_worker_without_what_it_remembers() -> None:
    world = World()
    trust, document = world.trust(), world.prescription_document()
    assert isinstance(verify(document, trust, NOW, policy=world.policy), Accepted) and trust.remembered
    there = pickle.loads(pickle.dumps(trust))
    assert not there.remembered and trust.remembered
    assert verify(document, there, NOW, policy=world.policy) == verify(document, trust, NOW, policy=world.policy)
