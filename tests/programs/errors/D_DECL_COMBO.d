/*
 * One base type is enough.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int int x;
BEGIN { exit(0); }
