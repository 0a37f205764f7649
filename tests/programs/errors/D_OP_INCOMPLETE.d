/*
 * Nobody knows the members.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct nobody_knows *p;
BEGIN { trace(p->x); exit(0); }
