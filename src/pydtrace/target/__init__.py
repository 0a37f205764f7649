"""What is traced by stopping it: processes, by ptrace."""
