"""The relay: takes sealed messages into custody, hands them to whom they are for, and signs for both (docs/protocol.md).

Rules: what may become of a message is the store's business (dpr.ports.MailStore); here are the ways in (HTTP), who may come
in, what is bounded, and what is told. docs/howto-relay.md is for those who run it.

Example: `dpr relay serve relay.toml`
"""
