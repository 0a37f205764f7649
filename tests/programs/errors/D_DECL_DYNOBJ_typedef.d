/*
 * Nor a type.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
typedef int foo[string];
BEGIN { exit(0); }
