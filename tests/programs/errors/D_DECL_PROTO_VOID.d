/*
 * void stands alone.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int f(void, int);
BEGIN { exit(0); }
