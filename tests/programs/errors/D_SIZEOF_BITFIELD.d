/*
 * A bit-field has no size in bytes.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { int x : 3; } v;
BEGIN { trace(sizeof (v.x)); exit(0); }
