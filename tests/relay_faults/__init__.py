"""The relay under faults: a model of what must hold, simulated runs with seeds, and real processes that are killed."""
