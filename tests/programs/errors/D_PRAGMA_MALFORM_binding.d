/*
 * @args: -xerrtags
 * @status: 1
 */
#pragma D binding 1.0 x
BEGIN { exit(0); }
