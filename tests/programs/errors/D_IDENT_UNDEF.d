/*
 * Nobody knows the name.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(timestmap); exit(0); }
