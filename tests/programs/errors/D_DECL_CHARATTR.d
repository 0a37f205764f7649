/*
 * short and long go with int, not with char.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
short char c;
BEGIN { exit(0); }
