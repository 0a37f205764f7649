/* @target: sleep 1 */
/* switchrate: nothing is printed before its time, nothing is lost. */
#pragma D option switchrate=100ms
#pragma D option quiet

int n;

tick-5ms
/n < 10/
{
	trace(n++);
	trace(" ");
}

tick-150ms
/n == 10/
{
	exit(0);
}
