/*
 * Nor can an element of an array.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int a[3][int];
BEGIN { exit(0); }
