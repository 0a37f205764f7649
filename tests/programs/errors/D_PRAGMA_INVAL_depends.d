/*
 * @args: -xerrtags
 * @status: 1
 */
#pragma D depends_on weather sunny
BEGIN { exit(0); }
