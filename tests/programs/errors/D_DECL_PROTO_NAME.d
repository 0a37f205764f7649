/*
 * void has no name.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int f(void nothing);
BEGIN { exit(0); }
