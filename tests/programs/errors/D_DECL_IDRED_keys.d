/*
 * Their number, too.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int x[int];
int x[int, int];
BEGIN { exit(0); }
