/*
 * A function is no number.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(strlen); exit(0); }
