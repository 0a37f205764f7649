/*
 * @args: -xerrtags
 * @status: 1
 */
#pragma D attributes Stable/Stable/Common provider syscall weather
BEGIN { exit(0); }
