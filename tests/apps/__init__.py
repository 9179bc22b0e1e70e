"""Tests of what the apps put together, below the command line."""
