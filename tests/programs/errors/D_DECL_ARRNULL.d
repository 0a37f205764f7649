/*
 * The size of a variable must be known.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int a[];
BEGIN { exit(0); }
