/*
 * @args: -xerrtags
 * @status: 1
 */
#pragma D depends_on module nosuch
BEGIN { exit(0); }
