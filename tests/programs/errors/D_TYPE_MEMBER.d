/*
 * No such member.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { int first; } v;
BEGIN { v.frist = 1; exit(0); }
