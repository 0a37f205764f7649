/*
 * @args: -xerrtags
 * @status: 1
 */
#error this is "not to be"
BEGIN { exit(0); }
