"""Values and bytes: no I/O, no clock, no async, no logging."""
