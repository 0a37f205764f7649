/*
 * void is no value.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { x = (void)1; exit(0); }
