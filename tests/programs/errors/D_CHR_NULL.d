/*
 * A character constant has a character.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(''); exit(0); }
