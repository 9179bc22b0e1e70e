"""The conformance kit: every test vector, given to any implementation, and what it makes of them.

Rules: an implementation is a command that answers JSON lines (docs/conformance.md); it never sees a vector's name, comment or
expectation; whatever it does, the kit names the outcome and goes on.

Example: `dpr conformance run --command 'dpr conformance answer'`
"""
