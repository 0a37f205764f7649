/*
 * Only integers and floats are long.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
long struct s { int x; } v;
BEGIN { exit(0); }
