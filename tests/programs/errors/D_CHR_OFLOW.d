/*
 * Eight at most.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace('abcdefghi'); exit(0); }
