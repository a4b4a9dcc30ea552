"""Everything around the constructs: settings, rollout, onboarding, preflight, status, trace, rehearsal."""
