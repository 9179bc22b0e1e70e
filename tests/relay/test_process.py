"""`dpr relay serve` as an operator runs it: started, terminated, killed, started again."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

from tests.relay.process import Serving
from tests.relay.rig import COSE, authorization


def submit(serving: Serving, sealed: bytes) -> tuple[int, bytes]:
    token = serving.world.token(serving.world.node)
    headers = {"Content-Type": COSE, "Authorization": authorization(token)}
    request = urllib.request.Request(f"{serving.url}/v1/messages", sealed, headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status, answer.read()


def test_a_relay_that_is_killed_has_what_it_receipted_and_ends_in_order_when_terminated(tmp_path: Path) -> None:
    with Serving(tmp_path) as serving:
        sealed = serving.world.sealed()
        status, receipt = submit(serving, sealed)
        assert status == 201
        serving.kill()
        serving.start()
        assert submit(serving, sealed) == (200, receipt)
        with urllib.request.urlopen(f"{serving.url}/health/ready", timeout=10) as answer:
            assert json.load(answer)["ready"]
        assert serving.stop() == 0
    lines = serving.lines()
    assert [line["status"] for line in lines if line.get("route") == "/v1/messages"][-1] == 200
