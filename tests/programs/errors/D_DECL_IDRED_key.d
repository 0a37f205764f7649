/*
 * Keys, too.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int x[int];
int x[string];
BEGIN { exit(0); }
