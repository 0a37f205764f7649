/*
 * A kernel variable has one type.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
extern int foo;
extern long foo;
BEGIN { exit(0); }
