/*
 * An integer is no struct.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { int x; } v;
BEGIN { v = (struct s)1; exit(0); }
