/*
 * A bit-field is an integer.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { float x : 3; };
BEGIN { exit(0); }
