/*
 * What is true or false is a scalar.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace("a" && 1); exit(0); }
