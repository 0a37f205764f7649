/* Options that may change while tracing do; the others, and what is no option, are told of, and the clause goes on.
 * @args: -q
 */
BEGIN
{
	trace("quiet");
	setopt("quiet", "no");
	trace("loud");
}
BEGIN { trace(1); setopt("quiet"); }
BEGIN { trace(2); }
BEGIN
{
	setopt("Nixon");
	setopt("quiet", "um, no");
	setopt("bufsize", "1m");
	setopt("stackindent", "7");
	trace("still here");
	exit(0);
}
