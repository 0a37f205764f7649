/*
 * A member, too.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct a { struct nobody_knows x; };
BEGIN { exit(0); }
