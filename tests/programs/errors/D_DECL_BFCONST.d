/*
 * The width of a bit-field is a constant.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int n;
struct s { int x : n; };
BEGIN { exit(0); }
