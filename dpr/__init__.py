"""The digital paper prescription: signed prescriptions that a pharmacy can verify without a network."""
