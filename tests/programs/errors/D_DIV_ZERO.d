/*
 * A constant 0 divides nothing.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(1 / 0); exit(0); }
