/*
 * Absent arguments with defaultargs are 0 and "".
 * @args: -q
 * @operands: 5
 */
#pragma D option defaultargs

BEGIN { printf("%d %d \"%s\"\n", $1, $2, $$3); exit(0); }
