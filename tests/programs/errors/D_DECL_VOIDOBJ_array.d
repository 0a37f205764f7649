/*
 * Nothing is of type void.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
void x[3];
BEGIN { exit(0); }
