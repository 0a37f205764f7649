/*
 * Keys of the declared types.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int a[int, string];
BEGIN { a[1, 2] = 3; exit(0); }
