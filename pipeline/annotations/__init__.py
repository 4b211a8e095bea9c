"""Gold formats in and out. `native` is the project's own; every other format goes through it."""
