/*
 * What void points to has no size.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
void *p;
BEGIN { trace(p + 1); exit(0); }
