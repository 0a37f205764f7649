/*
 * Of each dimension.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int a[2][3];
BEGIN { trace(a[1][3]); exit(0); }
