/*
 * A struct is no integer.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { int x; } v;
BEGIN { trace((int)v); exit(0); }
