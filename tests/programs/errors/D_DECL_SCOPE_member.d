/*
 * Nor has a member.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { int D`x; };
BEGIN { exit(0); }
