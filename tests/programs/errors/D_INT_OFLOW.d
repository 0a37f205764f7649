/*
 * A decimal constant is signed.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(9223372036854775808); exit(0); }
