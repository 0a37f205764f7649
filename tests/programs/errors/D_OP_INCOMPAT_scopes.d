/*
 * In every scope.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { self->x = "a"; self->x = 1; exit(0); }
