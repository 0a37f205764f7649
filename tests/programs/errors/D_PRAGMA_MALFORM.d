/*
 * @args: -xerrtags
 * @status: 1
 */
#pragma D attributes Stable/Stable/Common
BEGIN { exit(0); }
