/*
 * A variable is no type.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int foo;
typedef int foo;
BEGIN { exit(0); }
