/*
 * void has no size.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(sizeof (void)); exit(0); }
