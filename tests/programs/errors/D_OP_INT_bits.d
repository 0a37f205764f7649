/*
 * Bits are of integers.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { x = 1; x |= "a"; exit(0); }
