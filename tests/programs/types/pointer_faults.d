/*
 * Pointers that point nowhere, or beyond.
 * @args: -q
 * @mask: 0x[0-9a-f]{6,} => ADDRESS
 */
int array[4];
char *c;
int *p;

BEGIN { p = NULL; trace(*p); }
BEGIN { p = array; p[4] = 1; }
BEGIN { p[-1] = 1; }
BEGIN { c = (char *)array; *(long *)(c + 12) = 1; }
BEGIN { p = (int *)1; *p = 2; }
BEGIN { p = (int *)curthread; *p = 2; }
BEGIN { exit(0); }
ERROR { printf("%d\n", arg4); }
