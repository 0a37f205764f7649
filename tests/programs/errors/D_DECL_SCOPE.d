/*
 * A declared name has no scope.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int D`x;
BEGIN { exit(0); }
