/*
 * Keys are counted.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int a[int, ...];
BEGIN { exit(0); }
