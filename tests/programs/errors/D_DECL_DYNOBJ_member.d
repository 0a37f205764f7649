/*
 * A member cannot be an associative array.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { int a[int]; };
BEGIN { exit(0); }
