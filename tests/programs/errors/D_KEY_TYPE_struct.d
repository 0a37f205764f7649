/*
 * A struct is no key: its members are.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { int x; } v;
BEGIN { a[v] = 2; exit(0); }
