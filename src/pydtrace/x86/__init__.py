"""x86-64 instructions: what becomes of one when a breakpoint takes its place."""
