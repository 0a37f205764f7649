/*
 * @args: -xerrtags
 * @status: 1
 */
#pragma D depends_on provider nosuch
BEGIN { exit(0); }
