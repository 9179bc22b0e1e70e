"""Who may not do what they ask, by error: it becomes HTTP 401 or 403.

Rules: the code says why; nothing of what the caller showed stands in it.

Example: `raise NotAuthenticatedError("login_expired")`
"""

from __future__ import annotations

from dpr.core.errors import DprError


class NotAuthenticatedError(DprError):
    """The caller is not known: HTTP 401, or 403 for `forbidden`."""

    forbidden = False


class ForbiddenError(NotAuthenticatedError):
    """It is known who calls, and they may not."""

    forbidden = True
