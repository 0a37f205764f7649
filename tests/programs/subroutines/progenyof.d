/*
 * The process itself and all above it, up to the idle task.
 * @args: -q
 */
BEGIN
{
	printf("%d %d %d %d\n", progenyof(pid), progenyof(ppid), progenyof(1), progenyof(0));
	printf("%d %d\n", progenyof(-1), progenyof(4194305));
	exit(0);
}
