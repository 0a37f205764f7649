/*
 * At least one.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int a[-1];
BEGIN { exit(0); }
