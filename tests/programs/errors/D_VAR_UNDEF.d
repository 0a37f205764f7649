/*
 * A variable is set before it is read.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(self->x); exit(0); }
