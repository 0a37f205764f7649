/*
 * @args: -xerrtags
 * @status: 1
 */
#pragma D nosuch thing
BEGIN { exit(0); }
