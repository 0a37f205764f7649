/*
 * A member has a name of its own.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { int x; long x; };
BEGIN { exit(0); }
