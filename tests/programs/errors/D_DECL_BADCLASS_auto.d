/*
 * Nor automatic ones.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
auto int x;
BEGIN { exit(0); }
