/*
 * What D gives is not written.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { pid = 1; exit(0); }
