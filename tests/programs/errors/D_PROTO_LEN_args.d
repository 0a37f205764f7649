/*
 * args[] has one index.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(args[1, 2]); exit(0); }
