/*
 * A struct is defined once.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { int x; };
struct s { int y; };
BEGIN { exit(0); }
