/* -xstdc, -xcpphdrs: passed to the preprocessor; -Xs is the traditional one, for which __STDC__ is not defined.
 * @args: -q -C -x stdc=s -x cpphdrs
 */
BEGIN
{
#ifdef __STDC__
	trace("standard");
#else
	trace("traditional");
#endif
	exit(0);
}
