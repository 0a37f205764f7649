/*
 * @args: -xerrtags
 * @status: 1
 */
#pragma D attributes Stable/Stable/Common nosuch
BEGIN { exit(0); }
