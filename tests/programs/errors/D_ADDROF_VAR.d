/*
 * A variable has no address.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int x;
BEGIN { trace(&x); exit(0); }
