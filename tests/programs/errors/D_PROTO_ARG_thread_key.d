/*
 * Of thread variables, too.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { self->a["x"] = 3; self->a[1] = 2; exit(0); }
