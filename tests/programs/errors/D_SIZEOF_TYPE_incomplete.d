/*
 * Nor has a struct that nobody knows.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(sizeof (struct nobody_knows)); exit(0); }
