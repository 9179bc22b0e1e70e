"""The gateway between SDK and our relays (docs/sdk.md): a node of its own, beside a message service.

Rules: it holds no document but on its way. It decides nothing about a prescription that the recipient is to decide. Everything
it does is done again, with the same ids, after it was killed.

Example: `dpr sdk in; dpr sdk out`
"""
