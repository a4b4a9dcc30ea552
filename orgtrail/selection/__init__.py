"""Which stacks a command works on."""
