/*
 * A second declaration must agree with the first.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int x;
string x;
BEGIN { exit(0); }
