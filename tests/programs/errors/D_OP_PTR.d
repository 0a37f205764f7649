/*
 * -> is for pointers.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { int x; } v;
BEGIN { trace(v->x); exit(0); }
