/*
 * Strings do not count.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { s = "a"; s++; exit(0); }
