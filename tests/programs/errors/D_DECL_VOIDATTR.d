/*
 * Nothing may be said of void.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
unsigned void *p;
BEGIN { exit(0); }
