/* The names of the probe as keys, of one firing and of several probes. */
#pragma D option quiet

BEGIN, END
{
	@[probeprov, probemod, probefunc, probename] = count();
	@n[probename] = count();
}

BEGIN
{
	exit(0);
}

END
{
	printa("%s:%s:%s:%s %@d\n", @);
	printa("%s %@d\n", @n);
}
