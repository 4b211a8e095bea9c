"""What `renzhi train` does."""
