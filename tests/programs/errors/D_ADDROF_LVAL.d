/*
 * A value has no address.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(&(1 + 2)); exit(0); }
