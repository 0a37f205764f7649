/*
 * Two pointers have no sum.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int *p;
BEGIN { trace(p + p); exit(0); }
