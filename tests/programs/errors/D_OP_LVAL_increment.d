/*
 * A value is no place.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { 3++; exit(0); }
