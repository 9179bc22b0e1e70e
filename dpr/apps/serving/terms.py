"""The codes by which one server says what every server has to say.

Example: `TERMS = Terms(**{"malformed": "signer_request_malformed", …})`
"""

from __future__ import annotations

from typing import NamedTuple


class Terms(NamedTuple):
    """A code for each. `malformed`: no HTTP; `too_large`, `type`, `slow`: a body; `route`, `method`: asked for; `busy`: too
    much waits; `address`: cannot listen there; `tls`: certificate files that cannot be used."""

    malformed: str
    too_large: str
    type: str
    slow: str
    route: str
    method: str
    busy: str
    address: str
    tls: str
