/*
 * @args: -xerrtags
 * @status: 1
 */
#pragma D option nosuch
BEGIN { exit(0); }
