/*
 * A tag is a value.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
enum e { A };
BEGIN { A = 1; exit(0); }
