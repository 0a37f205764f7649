/*
 * No digit.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(12ab); exit(0); }
