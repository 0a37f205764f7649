/*
 * A declaration that declares nothing.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int;
BEGIN { exit(0); }
