/*
 * What D gives is not written.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { timestamp++; exit(0); }
