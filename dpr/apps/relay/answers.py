"""What a relay answers where something is wrong: a problem (RFC 9457) with a code of docs/codes.md.

Rules: `{type, title, status, code, detail}`; no personal data, nothing that was sent, no path of this machine. 4xx: the caller,
5xx: the relay. Where waiting helps, Retry-After says how long.

Example: `failed(DocumentError("mail_header"))` → 400
"""

from __future__ import annotations

import msgspec
from aiohttp import web

from dpr.apps.serving.refusals import NotAuthenticatedError
from dpr.core.codes import CODES
from dpr.core.errors import DocumentError, DprError

COSE, CBOR, JSON = "application/cose", "application/cbor", "application/json"
#: What of dpr.ports.Quota is used up → what the sender is told.
FULL = {"queue": "queue_full", "share": "queue_share_full", "sender": "sender_full"}
#: Codes whose status does not follow from the kind of error.
STATUS = {
    "relay_request_malformed": 400,
    "relay_query": 400,
    "relay_route_unknown": 404,
    "message_unknown": 404,
    "list_unknown": 404,
    "relay_method": 405,
    "relay_request_slow": 408,
    "mail_id_taken": 409,
    "mail_expired": 410,
    "relay_request_too_large": 413,
    "relay_request_type": 415,
    "queue_elsewhere": 421,
    "mail_environment": 422,
    "mail_early": 422,
    "relay_rate": 429,
    "program_fault": 500,
    "relay_busy": 503,
    "relay_draining": 503,
} | dict.fromkeys(FULL.values(), 507)
#: Where nobody says otherwise: a pause that lets a store recover, and one in which a recipient may come.
_PAUSE = {503: 5, 507: 60}
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Server": "dpr"}
#: What of the body has not been read is not waited for.
_CLOSES = (408, 413, 415)


class WaitError(DprError):
    """Too many of one node's requests: come again after `seconds`."""

    def __init__(self, code: str, seconds: int) -> None:
        super().__init__(code, f"{seconds} s")
        self.seconds = seconds


def status_of(error: DprError) -> int:
    """The HTTP status."""
    known = STATUS.get(error.code)
    if known is not None:
        return known
    if isinstance(error, NotAuthenticatedError):
        return 403 if error.forbidden else 401
    return 400 if isinstance(error, DocumentError) else 503


def failed(error: DprError) -> web.Response:
    """The answer to an error."""
    status = status_of(error)
    # What is wrong here is this machine's business: its details name files and tables.
    detail = error.detail if status < 500 else ""
    body = {"type": "about:blank", "title": CODES[error.code].en, "status": status, "code": error.code, "detail": detail}
    response = answer(msgspec.json.encode(body), "application/problem+json", status)
    if status in _CLOSES:
        response.force_close()
    if status == 401:
        response.headers["WWW-Authenticate"] = "DPR"
    if status == 405:
        response.headers["Allow"] = error.detail
    pause = error.seconds if isinstance(error, WaitError) else _PAUSE.get(status)
    if pause is not None:
        response.headers["Retry-After"] = str(pause)
    return response


def answer(body: bytes, content_type: str, status: int = 200, **headers: str) -> web.Response:
    """An answer that nobody keeps."""
    return web.Response(body=body, status=status, headers={**_HEADERS, "Content-Type": content_type, **headers})
