/*
 * Structs are as different as their names.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct a { int x; } v;
struct b { int x; } w;
BEGIN { v = w; exit(0); }
