/*
 * The value of a tag is an int.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
enum e { A = 2147483648 };
BEGIN { exit(0); }
