/*
 * Not negative.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { int x : -1; };
BEGIN { exit(0); }
