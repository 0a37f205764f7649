/*
 * D has such a variable.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int timestamp;
BEGIN { exit(0); }
