/*
 * A type is no variable.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
typedef int foo;
int foo;
BEGIN { exit(0); }
