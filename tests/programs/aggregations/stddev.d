/* stddev in 128 bits: the squares of the largest numbers, carries between the words, one value. */
#pragma D option quiet

BEGIN
{
	@one = stddev(12345);
	@few = stddev(1);
	@few = stddev(2);
	@few = stddev(3);
	@few = stddev(4);
	@few = stddev(100);
	@far = stddev(0x7fffffffffffffff);
	@far = stddev(-0x7fffffffffffffff);
	@carry = stddev(4294967295);
	@carry = stddev(4294967297);
	@carry = stddev(4294967295);
	@carry = stddev(-4294967296);
	@low = stddev(0x8000000000000000);
	@low = stddev(0x8000000000000000);
	@low = stddev(0x8000000000000000);
	@low = stddev(0);
	normalize(@few, 2);
	exit(0);
}
