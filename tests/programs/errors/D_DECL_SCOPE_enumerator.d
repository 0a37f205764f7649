/*
 * Nor has a tag.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
enum e { D`x };
BEGIN { exit(0); }
