"""Breakpoints: what they replace, where that runs instead, and how everything is put back."""
