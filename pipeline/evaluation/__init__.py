"""What `renzhi evaluate` does: scores, calibration, significance, error reports."""
