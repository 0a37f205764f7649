/* Parameters may be any constant expression. */
/* @operands: 4 2 */
#pragma D option quiet

BEGIN
{
	@ = lquantize(3, -(1 + 1), $1 * 2, $2);
	@l = llquantize(30, 5 * 2, 1 - 1, 1, sizeof (short) * 5);
	exit(0);
}
