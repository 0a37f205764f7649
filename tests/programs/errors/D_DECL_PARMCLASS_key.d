/*
 * Nor has a key.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int a[self int];
BEGIN { exit(0); }
