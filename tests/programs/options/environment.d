/* DTRACE_OPT_NAME sets an option; a name that is none is nobody's business. */
/* @env: DTRACE_OPT_QUIET= */
/* @env: DTRACE_OPT_STRSIZE=4 */
/* @env: DTRACE_OPT_FLOWINDENT=no */
/* @env: DTRACE_OPT_NOSUCH=1 */
/* @args: -x quiet=yes */
BEGIN
{
	s = "abcdef";
	printf("%s %d\n", s, sizeof (s));
	exit(0);
}
