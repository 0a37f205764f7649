/* ring: the newest records, as many as the buffer holds, printed at the end. */
/* @args: -x bufsize=2k */
#pragma D option bufpolicy=ring
#pragma D option quiet

BEGIN
{
	trace("a");
}

BEGIN
{
	trace("b");
}

BEGIN
{
	trace("c");
}

BEGIN
{
	trace("d");
}

BEGIN
{
	trace("e");
}

BEGIN
{
	trace("f");
}

BEGIN
{
	trace("g");
}

BEGIN
{
	trace("h");
}

BEGIN
{
	trace("i");
}

BEGIN
{
	trace("j");
}

BEGIN
{
	trace("k");
}

BEGIN
{
	trace("l");
}

BEGIN
{
	trace("m");
}

BEGIN
{
	trace("n");
}

BEGIN
{
	trace("o");
}

BEGIN
{
	trace("p");
}

BEGIN
{
	trace("q");
}

BEGIN
{
	trace("r");
}

BEGIN
{
	trace("s");
}

BEGIN
{
	trace("t");
}

BEGIN
{
	exit(0);
}

END
{
	trace("end");
}
