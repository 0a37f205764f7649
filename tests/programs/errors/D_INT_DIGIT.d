/*
 * No octal digit.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(089); exit(0); }
