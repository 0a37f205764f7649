/*
 * No such type.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { x = (long short)0; exit(0); }
