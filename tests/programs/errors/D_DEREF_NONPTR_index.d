/*
 * A number is no array.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int x;
BEGIN { trace(x[0]); exit(0); }
