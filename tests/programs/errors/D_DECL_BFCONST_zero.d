/*
 * Not 0, when it has a name.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { int x : 0; };
BEGIN { exit(0); }
