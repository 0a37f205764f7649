/*
 * The value of a tag is a constant.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
enum e { A = "a" };
BEGIN { exit(0); }
