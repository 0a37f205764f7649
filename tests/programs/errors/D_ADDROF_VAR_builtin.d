/*
 * Nor has what D gives.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(&pid); exit(0); }
