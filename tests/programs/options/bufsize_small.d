/* @status: 1 */
/* A record that cannot fit into the buffer. */
#pragma D option bufsize=64
BEGIN
{
	trace("abc");
	exit(0);
}
