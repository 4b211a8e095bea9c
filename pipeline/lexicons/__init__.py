"""Word lists that ship with the package: evidence for the recogniser, one word a line."""
