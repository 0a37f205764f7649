/*
 * A struct is a base type, too: a semicolon is missing.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct a { int x; }
struct b { int y; };
BEGIN { exit(0); }
