/*
 * @args: -xerrtags
 * @status: 1
 */
#pragma D depends_on provider
BEGIN { exit(0); }
