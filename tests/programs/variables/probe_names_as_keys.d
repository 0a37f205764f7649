/* A name of the probe as a key is a string like any other: entry and return of a call are two probes with one probefunc.
 * @args: -q
 * @target: sleep 0.01
 */
syscall::clock_nanosleep:entry
/pid == $target/
{
	x[probefunc] = 5;
	self->y[probefunc, 1] = 6;
	z["clock_nanosleep"] = 7;
	@[probefunc] = count();
	@mixed[probefunc, probefunc] = count();
	@strings["clock_nanosleep"] = sum(1);
}

syscall::clock_nanosleep:return
/pid == $target/
{
	printf("%d %d %d\n", x[probefunc], self->y[probefunc, 1], z[probefunc]);
	@[probefunc] = count();
	@mixed[strjoin("clock_", "nanosleep"), probefunc] = count();
	@strings[probefunc] = sum(1);
}
