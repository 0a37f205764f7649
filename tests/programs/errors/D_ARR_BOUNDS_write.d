/*
 * An index is one of the array.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int a[5];
BEGIN { a[-1] = 1; exit(0); }
