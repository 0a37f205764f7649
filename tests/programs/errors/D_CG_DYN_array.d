/*
 * An array is no value.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { self->a[1] = 2; self->a; exit(0); }
