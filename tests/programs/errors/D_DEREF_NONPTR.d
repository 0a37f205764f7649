/*
 * A number is no pointer.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { x = 1; trace(*x); exit(0); }
