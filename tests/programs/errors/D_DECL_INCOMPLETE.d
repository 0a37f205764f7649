/*
 * A variable needs the whole struct.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct nobody_knows x;
BEGIN { exit(0); }
