/*
 * Nor has a defined struct.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct D`s { int x; };
BEGIN { exit(0); }
