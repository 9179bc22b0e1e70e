"""dpr's own answers to the kit: a request a line, an answer a line (docs/conformance.md).

Rules: a layer that there is no judge for is unsupported; what is no request ends it with an error, never with a wrong answer.

Example: `answer(b'{"number": 1, "layer": "cbor", "input": "a0"}')` → `{"number": 1, "verdict": "accepted"}`
"""

from __future__ import annotations

import json
from typing import IO, Any

from dpr.apps.conformance.asked import ACCEPTED
from dpr.apps.conformance.judges import JUDGES, judged
from dpr.core.errors import SetupError


def answer_all(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answers until the requests end, each at once. SetupError `request_invalid`."""
    for line in requests:
        answers.write(json.dumps(answer(line)).encode() + b"\n")
        answers.flush()


def answer(line: bytes) -> dict[str, Any]:
    """What dpr says of a request. SetupError `request_invalid`."""
    try:
        request = json.loads(line)
        number, layer = request["number"], request["layer"]
        if layer not in JUDGES:
            return {"number": number, "verdict": "unsupported"}
        code, said = judged(request)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SetupError("request_invalid", type(error).__name__) from None
    verdict = {"verdict": ACCEPTED} if code == ACCEPTED else {"verdict": "refused", "code": code}
    return {"number": number} | verdict | said
