/*
 * Keys of the same types.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { a["x", 2] = 3; trace(a["x", "y"]); exit(0); }
