/*
 * A bit-field has no address.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { int x : 3; } v;
BEGIN { trace(&v.x); exit(0); }
