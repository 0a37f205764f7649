/*
 * At least one.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int a[0];
BEGIN { exit(0); }
