/*
 * What is added to is read.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { x += 1; exit(0); }
