/*
 * Both ways of a condition are of one type.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(pid ? "a" : 1); exit(0); }
