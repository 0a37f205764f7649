/*
 * As many keys as the first time.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { a[1, 2] = 3; trace(a[1]); exit(0); }
