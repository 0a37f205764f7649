/*
 * Only integers have a sign.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
unsigned struct s { int x; } v;
BEGIN { exit(0); }
