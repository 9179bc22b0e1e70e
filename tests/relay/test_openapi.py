"""The interface is as it is documented: schemathesis against a running relay, and every documented code."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from urllib.request import Request, urlopen

import pytest
import schemathesis
from hypothesis import HealthCheck, settings, strategies
from schemathesis.checks import CHECKS, load_all_checks

from dpr.apps.relay.answers import STATUS
from dpr.apps.relay.public import OPENAPI
from dpr.core.codes import CODES
from tests.mail_world import MailWorld
from tests.relay.documented import OPERATIONS, codes_of
from tests.relay.process import Serving
from tests.relay.rig import CONFIG, COSE, authorization

load_all_checks()
#: A sealed message is taken among what is none, so that submitting is tried too.
SEALED = MailWorld(now=int(time.time())).sealed()
schemathesis.openapi.media_type("application/cose", strategies.just(SEALED) | strategies.binary(max_size=300))
schemathesis.openapi.media_type("application/cbor", strategies.just(b"\xa0") | strategies.binary(max_size=300))
SCHEMA = schemathesis.openapi.from_path(str(OPENAPI))
#: What is well formed by the schema is still no sealed message: that is told with 400.
NOT_ASKED = ("positive_data_acceptance",)
LIMITS = "[limits]\nrequests_per_second = 100000\nburst = 100000\n"


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with Serving(tmp_path_factory.mktemp("relay"), config=CONFIG + LIMITS) as serving:
        headers = {"Authorization": authorization(serving.world.token()), "Content-Type": COSE}
        # Where there is a message, a poll without a place does not wait.
        with urlopen(Request(f"{serving.url}/v1/messages", SEALED, headers), timeout=10) as answer:
            assert answer.status == 201
        yield serving


@pytest.mark.parametrize("signed_in", [True, False], ids=["with a token", "without"])
@SCHEMA.parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
def test_every_answer_is_a_documented_one(case: schemathesis.Case, relay: Serving, signed_in: bool) -> None:
    token = relay.world.token(relay.world.pharmacy, issued_at=int(time.time()))
    headers = {"Authorization": authorization(token)} if signed_in else {}
    excluded = [CHECKS.get_one(name) for name in NOT_ASKED]
    case.call_and_validate(base_url=relay.url, headers=headers, excluded_checks=excluded)


def test_every_documented_code_has_words_and_its_status() -> None:
    listed = [(int(status), code) for _, _, operation in OPERATIONS for status, code in codes_of(operation)]
    assert len(listed) > 60
    assert {code for _, code in listed} <= CODES.keys()
    wrong = {(status, code) for status, code in listed if STATUS.get(code, status) != status}
    assert not wrong


def test_the_page_that_is_served_is_the_file_and_is_written_one_way() -> None:
    written = OPENAPI.read_text("utf-8")
    assert json.dumps(json.loads(written), indent=1, ensure_ascii=False) + "\n" == written
