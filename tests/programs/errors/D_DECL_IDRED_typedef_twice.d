/*
 * A typedef is made once.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
typedef int foo;
typedef int foo;
BEGIN { exit(0); }
