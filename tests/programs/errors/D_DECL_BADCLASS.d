/*
 * D has no static variables.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
static int x;
BEGIN { exit(0); }
