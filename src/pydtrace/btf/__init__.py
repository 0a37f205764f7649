"""Kernel types from BTF: an indexed reader of our own."""
