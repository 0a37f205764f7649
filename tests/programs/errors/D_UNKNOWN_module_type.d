/*
 * No such type in that module.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
struct nomodule`nothing *p;
BEGIN { exit(0); }
