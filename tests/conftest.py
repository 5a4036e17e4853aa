"""What every test has: properties tried on as many examples as two cores can afford, never failed for being slow."""

from hypothesis import settings

settings.register_profile("suite", max_examples=50, deadline=None)
settings.load_profile("suite")
