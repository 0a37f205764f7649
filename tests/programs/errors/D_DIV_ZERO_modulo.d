/*
 * A constant 0 divides nothing.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { x = 1; x %= 2 - 2; exit(0); }
