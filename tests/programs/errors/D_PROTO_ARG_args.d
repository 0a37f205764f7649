/*
 * A constant one.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { x = 1; trace(args[x]); exit(0); }
