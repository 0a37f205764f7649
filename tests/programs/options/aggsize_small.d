/* @status: 1 */
/* A value that cannot fit into the buffer of aggregations. */
#pragma D option aggsize=100
BEGIN
{
	@ = quantize(1);
	exit(0);
}
