/*
 * A member has a name, unless it is a struct or union.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { int; };
BEGIN { exit(0); }
