/*
 * A base is 2 to 36.
 *
 * @args: -q
 * @mask: DIF offset \d+ => DIF offset N
 */

ERROR
{
	printf("%d\n", arg4);
}

BEGIN { trace(lltostr(1, 1)); }
BEGIN { this->b = 37; trace(lltostr(1, this->b)); }
BEGIN { this->b = -2; trace(strtoll("1", this->b)); }
BEGIN { trace(strtoll("1", 0)); }
BEGIN { exit(0); }
