/*
 * An array is not assigned as a whole.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int a[3];
int b[3];
BEGIN { a = b; exit(0); }
