/*
 * Nor has a function.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(sizeof (int (int))); exit(0); }
