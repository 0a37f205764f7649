/*
 * Only structs and unions have offsets.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(offsetof(int, x)); exit(0); }
