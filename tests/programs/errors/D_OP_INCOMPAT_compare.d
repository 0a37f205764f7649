/*
 * A string is no number.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace("1" == 1); exit(0); }
