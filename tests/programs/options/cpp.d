/* The preprocessor's options in their order; -C is one of them. */
/* @args: -x cpp -D ONE=1 -x define=TWO=2 -x undef=ONE -U NONE -x cppargs=-w -x incdir=. */
#pragma D option quiet

#ifdef ONE
#error ONE is not undefined
#endif

BEGIN
{
	trace(TWO);
	exit(0);
}
