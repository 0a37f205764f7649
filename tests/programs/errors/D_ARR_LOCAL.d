/*
 * Associative arrays live longer than a clause.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { this->a[1] = 2; exit(0); }
