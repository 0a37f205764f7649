/*
 * Bits are of integers.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(~curthread); exit(0); }
