/*
 * A struct is no string.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { int x; } v;
BEGIN { trace(stringof(v)); exit(0); }
