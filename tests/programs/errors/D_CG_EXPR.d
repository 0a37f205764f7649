/*
 * An action is no value.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { x = trace(1); exit(0); }
