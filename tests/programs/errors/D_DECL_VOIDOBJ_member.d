/*
 * Nothing is of type void.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { void x; };
BEGIN { exit(0); }
