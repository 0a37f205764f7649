/*
 * A pointer is assigned with a cast.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { x = 1; x = curthread; exit(0); }
