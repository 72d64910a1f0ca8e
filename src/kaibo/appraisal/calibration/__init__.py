"""Calibration: scores of a group side by side before they are published; changes have a reason, nobody is ranked."""
