"""What holds for every test: a property is judged by what it says, not by how fast a busy machine says it."""

from hypothesis import HealthCheck, settings

from tests.adapters.softhsm import soft_hsm

__all__ = ["soft_hsm"]

settings.register_profile("dpr", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("dpr")
