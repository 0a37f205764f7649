/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN { exit(0); }
#pragma D binding "1.0" nosuch
