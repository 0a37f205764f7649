/*
 * And with the first assignment.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { x = 1; }
string x;
BEGIN { exit(0); }
