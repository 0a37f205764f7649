/*
 * BEGIN has no arguments.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(args[0]); exit(0); }
