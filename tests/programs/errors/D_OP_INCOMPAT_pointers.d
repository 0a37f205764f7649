/*
 * A pointer to another type, too.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int *p;
long *q;
BEGIN { p = q; exit(0); }
