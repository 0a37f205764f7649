/*
 * A bit-field is no wider than its type.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { char x : 9; };
BEGIN { exit(0); }
