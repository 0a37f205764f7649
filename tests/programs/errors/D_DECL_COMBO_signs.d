/*
 * signed and unsigned.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
signed unsigned x;
BEGIN { exit(0); }
