"""Many stacks at once: what a rollout would change, and doing it, in waves and within a failure budget."""
