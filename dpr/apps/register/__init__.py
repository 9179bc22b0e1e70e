"""The reference register: an NLL-shaped subset of FHIR R4 over HTTP, so that anybody can rehearse an outage.

Rules: it is not NLL and says so in /metadata; docs/nll-mapping.md says how they differ. It knows every patient whose number is
well formed, gives the ids, checks headers and resources, and answers what it refuses with an OperationOutcome. It does not
de-duplicate by x-request-id, since nothing says that NLL does. What it is told at /_rehearsal it does: be down, slow,
answer with an error, commit late, or commit and lose the reply. For test persons only; it listens on this machine unless
told otherwise.

Example: `dpr register serve --port 8090`
"""

from __future__ import annotations

from dpr.apps.register.faults import faults_of
from dpr.apps.register.server import create_app, run

__all__ = ["create_app", "faults_of", "run"]
