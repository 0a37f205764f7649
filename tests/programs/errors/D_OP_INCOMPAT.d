/*
 * A variable keeps its type.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { x = 1; x = "a"; exit(0); }
