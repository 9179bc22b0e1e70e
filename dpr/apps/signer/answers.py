"""What the signing service answers where something is wrong: JSON with a code of docs/codes.md and its words.

Rules: `{code, sv, en, do_sv, do_en, detail}`, and `problems` for a draft; no personal data and no path of this machine stand in
it. 4xx: the caller, 5xx: the service.

Example: `failed(DocumentError("sign_structure"))` → 400
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from dpr.apps.serving.refusals import NotAuthenticatedError
from dpr.apps.signer.accounts import WaitError
from dpr.core.codes import CODES
from dpr.core.documents import ClaimsError
from dpr.core.errors import DocumentError, DprError, InputError

#: Codes whose status does not follow from the kind of error.
STATUS = {
    "signer_request_too_large": 413,
    "signer_request_type": 415,
    "signer_request_slow": 408,
    "signer_request_malformed": 400,
    "signer_route_unknown": 404,
    "signer_method": 405,
    "signer_busy": 503,
    "signer_id_form": 400,
    "prescription_id_used": 409,
    "local_password_weak": 422,
    "prescription_would_be_refused": 422,
    "sign_kind": 422,
    "sign_credential_other": 422,
    "sign_time": 422,
    "json_invalid": 400,
    "program_fault": 500,
}
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def status_of(error: DprError) -> int:
    """The HTTP status."""
    if error.code in STATUS:
        return STATUS[error.code]
    if isinstance(error, NotAuthenticatedError):
        return 403 if error.forbidden else 401
    if isinstance(error, WaitError):
        return 429
    if isinstance(error, InputError | ClaimsError):
        return 422
    return 400 if isinstance(error, DocumentError) else 503


def failed(error: DprError) -> web.Response:
    """The answer to an error."""
    status = status_of(error)
    words = CODES[error.code]
    body: dict[str, Any] = {"code": error.code, **words._asdict()}
    # What is wrong here is this machine's business: its details name files and tokens.
    body["detail"] = "" if status >= 500 or isinstance(error, InputError) else error.detail
    if isinstance(error, InputError):
        body["problems"] = [
            {name: getattr(one, name) for name in ("path", "code", "wrong", "expected")} for one in error.problems
        ]
    response = answer(body, status)
    if status in (408, 413, 415):  # what of the body has not been read is not waited for
        response.force_close()
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, WaitError):
        response.headers["Retry-After"] = str(error.seconds)
    elif status == 503:
        response.headers["Retry-After"] = "5"
    return response


def answer(body: dict[str, Any], status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.json_response(body, status=status, headers=_HEADERS)


def octets(body: bytes, **headers: str) -> web.Response:
    """A signature."""
    return web.Response(body=body, content_type="application/octet-stream", headers=_HEADERS | headers)
