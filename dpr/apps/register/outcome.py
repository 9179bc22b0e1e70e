"""How the reference register says no: an OperationOutcome with a code and words.

Rules: 400 what cannot be read, 401 headers, 404 unknown, 409 what contradicts what is held, 422 what breaks a rule.

Example: `raise Refusal(422, "required", "F.001 giltig förskrivarkod saknas")`
"""

from __future__ import annotations

import json

from aiohttp import web

CONTENT_TYPE = "application/fhir+json"


class Refusal(Exception):
    """A request that is refused: HTTP status, FHIR issue code, and words for a pharmacist."""

    def __init__(self, status: int, code: str, *words: str) -> None:
        super().__init__(status, code)
        self.status = status
        self.code = code
        self.words = words


def answer(refusal: Refusal) -> web.Response:
    """The response: one issue for each of the words."""
    issues = [{"severity": "error", "code": refusal.code, "diagnostics": text} for text in refusal.words]
    body = json.dumps({"resourceType": "OperationOutcome", "issue": issues}, ensure_ascii=False)
    return web.Response(status=refusal.status, text=body, content_type=CONTENT_TYPE)
