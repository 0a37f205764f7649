/*
 * An action is no value.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { pid ? trace(1) : trace(2); exit(0); }
