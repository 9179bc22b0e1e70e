"""The parts of scripts/make_vectors.py: one module per file (or two) of tests/vectors/."""
