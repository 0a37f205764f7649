/*
 * Strings are joined by strjoin.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { x = 3; x += "a"; exit(0); }
