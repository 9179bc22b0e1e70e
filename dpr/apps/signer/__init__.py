"""The signing service: a care provider holds one key per prescriber in an HSM, and signs what they prescribe.

Rules: what is signed and what not is the story of dpr.flows.sign_for; here are the ways in (HTTP), who may come in, the
prescribers and the log. docs/signing-service.md is for those who run it.

Example: `dpr signer serve signer.toml`
"""
