/*
 * Nor is an aggregating function.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(count); exit(0); }
