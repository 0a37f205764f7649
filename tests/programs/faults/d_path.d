/*
 * A struct path that cannot be read, and one that is not one: only the first is a fault.
 * @engines: kernel
 * @args: -q
 */
BEGIN { trace(d_path((struct path *)0x18)); }
BEGIN { trace(d_path((struct path *)curthread)); }
BEGIN { printf("%d\n", cwd == d_path(&curthread->fs->pwd)); exit(0); }
ERROR { printf("fault %d at %x\n", arg4, arg5); }
