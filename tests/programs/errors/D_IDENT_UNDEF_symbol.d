/*
 * Nor does the kernel.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(`no_such_symbol_here); exit(0); }
