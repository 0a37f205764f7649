/*
 * Two names in one declaration.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int int32_t x;
BEGIN { exit(0); }
