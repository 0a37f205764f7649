/*
 * A second declaration must agree with the first.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int x;
int x[int];
BEGIN { exit(0); }
