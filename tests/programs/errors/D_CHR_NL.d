/*
 * A character constant ends on its line.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace('a
'); exit(0); }
