/*
 * What is true or false is a scalar.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { int x; } v;
BEGIN { trace(!v); exit(0); }
