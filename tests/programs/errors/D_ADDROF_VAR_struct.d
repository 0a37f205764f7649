/*
 * Nor has a struct.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { int x; } v;
struct s *p;
BEGIN { p = &v; exit(0); }
