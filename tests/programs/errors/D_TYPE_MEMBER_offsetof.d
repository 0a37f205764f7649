/*
 * No such member.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct s { int first; } v;
BEGIN { trace(offsetof(struct s, frist)); exit(0); }
