/*
 * An array, too.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct nobody_knows x[3];
BEGIN { exit(0); }
