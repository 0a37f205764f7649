"""The kernel of a virtual machine, from outside: the stub that holds it, its symbols, types and tasks, all read from its memory."""
