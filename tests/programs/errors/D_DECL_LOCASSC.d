/*
 * Associative arrays live longer than a clause.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
this int a[int];
BEGIN { exit(0); }
