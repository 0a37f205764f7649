/*
 * @args: -xerrtags
 * @status: 1
 */
#pragma D attributes Stable/Stable/Common curthread
BEGIN { exit(0); }
