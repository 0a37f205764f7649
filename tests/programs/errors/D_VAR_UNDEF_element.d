/*
 * An array, too.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(a[1]); exit(0); }
