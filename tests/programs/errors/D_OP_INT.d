/*
 * A shift is of integers.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(1 << "a"); exit(0); }
