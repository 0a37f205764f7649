/*
 * 64 bits at most.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(0x10000000000000000); exit(0); }
