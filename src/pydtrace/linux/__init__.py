"""The kernel's own interfaces, one file each; the only package that makes system calls of its own."""
