/*
 * A value is no place.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { x = 1; (x + 1) = 2; exit(0); }
