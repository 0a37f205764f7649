/*
 * As many keys as declared.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int a[int];
BEGIN { a[1, 2] = 3; exit(0); }
