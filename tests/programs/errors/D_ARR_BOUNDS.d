/*
 * An index is one of the array.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int a[5];
BEGIN { trace(a[5]); exit(0); }
