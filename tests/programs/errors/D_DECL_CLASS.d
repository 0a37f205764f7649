/*
 * One storage class is enough.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
self this int x;
BEGIN { exit(0); }
