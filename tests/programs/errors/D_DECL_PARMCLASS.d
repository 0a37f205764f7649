/*
 * A parameter has no storage class.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int f(static int);
BEGIN { exit(0); }
