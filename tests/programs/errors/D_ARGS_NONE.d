/*
 * Outside of a clause there are no arguments.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
inline int first = args[0];
BEGIN { exit(0); }
