/*
 * A pointer has no sign.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(-curthread); exit(0); }
