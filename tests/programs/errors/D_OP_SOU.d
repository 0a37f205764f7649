/*
 * . is for structs and unions.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int v;
BEGIN { trace(v.x); exit(0); }
