/*
 * void is no value.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
void *p;
BEGIN { trace(*p); exit(0); }
