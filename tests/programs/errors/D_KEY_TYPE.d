/*
 * A key is a value.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { a[(void)1] = 2; exit(0); }
