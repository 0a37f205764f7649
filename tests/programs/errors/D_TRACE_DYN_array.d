/*
 * An array is not shown.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { self->a[1] = 2; trace(self->a); exit(0); }
