/*
 * A struct cannot hold itself.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct a { struct a x; };
BEGIN { exit(0); }
