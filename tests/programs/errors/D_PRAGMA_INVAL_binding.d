/*
 * @args: -xerrtags
 * @status: 1
 */
int x;
#pragma D binding "one" x
BEGIN { exit(0); }
