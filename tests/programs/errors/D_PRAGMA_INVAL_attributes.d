/*
 * @args: -xerrtags
 * @status: 1
 */
#pragma D attributes Good/Stable/Common x
int x;
BEGIN { exit(0); }
