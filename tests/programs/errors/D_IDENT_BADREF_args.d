/*
 * args[] is an array.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(args); exit(0); }
