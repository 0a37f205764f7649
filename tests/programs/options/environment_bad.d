/* @env: DTRACE_OPT_STRSIZE=many */
/* @status: 1 */
/* A value that is wrong is told with the variable's name. */
BEGIN
{
	exit(0);
}
