"""ELF files: what of them tracing needs."""
