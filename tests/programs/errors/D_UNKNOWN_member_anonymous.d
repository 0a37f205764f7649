/*
 * Also beside those of an anonymous struct.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { int x; struct { int x; }; };
BEGIN { exit(0); }
