/*
 * @args: -xerrtags
 * @status: 1
 */
#pragma D depends_on library net.d
BEGIN { exit(0); }
