"""Everything around the constructs: settings, rollout, onboarding, preflight, status, trace, rehearsal."""

__version__ = "0.1.0.dev0"
