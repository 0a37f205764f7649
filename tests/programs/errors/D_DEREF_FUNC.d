/*
 * A function is no value.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int (*p)(int);
BEGIN { trace(*p); exit(0); }
